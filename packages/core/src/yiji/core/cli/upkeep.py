"""``yiji audit`` and ``yiji db``: work on the site's own database, on its own machine."""

import typer
from pydantic import BaseModel

from yiji.core.faces import shell

audit_app = typer.Typer(add_completion=False, no_args_is_help=True, help="The audit chain. 审计链。")
db_app = typer.Typer(add_completion=False, no_args_is_help=True, help="The database. 数据库。")


class Verified(BaseModel):
    """What a walk along the audit chain found."""

    sealed: int
    waiting: int
    head: str


class Upgraded(BaseModel):
    """The migrations that the database has reached, one a branch."""

    heads: tuple[str, ...]


@audit_app.command()
def verify() -> None:
    """Walk the whole audit chain; it fails at the first entry that was altered. 校验整条审计链，被改动处即报错。

    Example:
        yiji audit verify --json
    """
    from yiji.core.app import open_app
    from yiji.core.store import audit

    words = shell().words("正在校验审计链", "walking the audit chain")
    with open_app(shell().site) as app, shell().progress(words), app.store.told(), app.store.begin() as tx:
        found = audit.verify(tx.db, app.settings.root)
    shell().show(Verified(sealed=found.sealed, waiting=found.waiting, head=found.head))


@db_app.command()
def upgrade() -> None:
    """Bring the database to the installed version of every plugin. 把数据库升级到各插件当前版本。

    Example:
        yiji --site /srv/yiji db upgrade
    """
    from yiji.core.app import open_app
    from yiji.core.store import migrate

    words = shell().words("正在升级数据库", "upgrading the database")
    with open_app(shell().site) as app, shell().progress(words), app.store.told():
        heads = migrate.upgrade(app.store)
    shell().show(Upgraded(heads=tuple(heads)))


@db_app.callback()
def _db() -> None: ...


@audit_app.callback()
def _audit() -> None: ...
