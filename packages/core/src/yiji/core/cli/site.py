"""``yiji init`` and ``yiji serve``: make a site and run its daemons."""

import json
from pathlib import Path
from typing import Annotated

import typer
from pydantic import BaseModel

from yiji.core.faces import shell
from yiji.core.plug.manager import plugins
from yiji.core.plug.manifest import Daemon

ALL = "all"


class Made(BaseModel):
    """A site that was just made."""

    site: Path
    name: str
    zone: str
    lang: str


class DaemonRow(BaseModel):
    """A daemon that this environment can run."""

    name: str
    en: str
    zh: str


def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The folder of the new site. 新站点的目录。")],
    name: Annotated[str, typer.Option(help="The hospital's name. 医院名称。")] = "yiji",
    zone: Annotated[str, typer.Option(help="Its time zone (IANA). 时区。")] = "Asia/Shanghai",
    database: Annotated[
        str, typer.Option(metavar="URL", help="Your own PostgreSQL; else an embedded one. 自有数据库，默认用内置的。")
    ] = "",
    home: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Where the embedded database lies. 内置数据库的目录。")
    ] = None,
) -> None:
    """Make a site: settings, secret, database; its language is --lang. 建立站点：配置、密钥和数据库，语言按 --lang。

    Example:
        yiji init /srv/yiji --name 市第一医院 --lang zh
        yiji init /srv/yiji --database postgresql://yiji:SECRET@db.example/yiji
    """
    from yiji.core.app import make_site

    with shell().progress(shell().words("正在建立站点", "making the site")):
        make_site(folder, name, zone, shell().lang, _database(database, home))
    shell().show(Made(site=folder.resolve(), name=name, zone=zone, lang=shell().lang))
    shell().say(shell().words("下一步：", "next: ") + f"yiji --site {folder} serve all")


def _database(url: str, home: Path | None) -> str:
    """Return the section [database], where it says something; a JSON string is a TOML string, too."""
    told = {"url": url, "home": str(home.absolute()) if home else ""}
    lines = [f"{key} = {json.dumps(value, ensure_ascii=False)}\n" for key, value in told.items() if value]
    return "".join(["\n[database]\n", *lines]) if lines else ""


def _names() -> list[str]:
    return [ALL, *(daemon.name for daemon in plugins().records(Daemon))]


def _show_daemons() -> None:
    rows = [DaemonRow(name=daemon.name, en=daemon.en, zh=daemon.zh) for daemon in plugins().records(Daemon)]
    told = shell().words("zh", "en")
    shell().table(rows, [("name", "名称", "Name"), (told, "作用", "What it does")])


def serve(
    name: Annotated[
        str,
        typer.Argument(help="A daemon, or all; none lists them. 服务名或 all；省略则列出全部。", autocompletion=_names),
    ] = "",
    workers: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            min=1,
            help="rpc: processes that share the port, each connection with one of them; else [rpc] workers."
            " rpc 的进程数，共用一个端口，每个连接归其中一个；默认取 [rpc] workers。",
        ),
    ] = None,
) -> None:
    """Run one daemon of the site, or all of them, until Ctrl-C or SIGTERM. 运行站点的一个或全部服务，直到收到停止信号。

    Example:
        yiji serve all
        yiji --site /srv/yiji serve rpc
        yiji serve rpc --workers 4
    """
    if not name:
        return _show_daemons()
    from yiji.core import serve as room
    from yiji.core.app import open_app
    from yiji.core.log import to_file

    if workers is not None and name != "rpc":
        raise typer.BadParameter(shell().words("仅用于 rpc", "only of rpc"), param_hint="--workers")
    to_file(None)
    if name == ALL:
        return room.serve_all(shell().site)
    with open_app(shell().site) as app:
        if workers is not None:
            app.settings = app.settings.override("rpc", workers=workers)
        return room.run(app, name)
