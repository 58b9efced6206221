"""``yiji user``: who may sign in."""

from typing import Annotated

import typer

from yiji.core.contract.access import AddUser, IssueToken, ListUsers
from yiji.core.faces import shell

app = typer.Typer(add_completion=False, no_args_is_help=True, help="Users and their tokens. 用户与令牌。")
COLUMNS = [
    ("name", "登录名", "Name"),
    ("full_name", "姓名", "Full name"),
    ("roles", "角色", "Roles"),
    ("department", "科室", "Department"),
    ("active", "启用", "Active"),
]


@app.command()
def add(
    name: Annotated[str, typer.Argument(help="The name to sign in with. 登录名。")],
    role: Annotated[list[str], typer.Option(help="A role; again for more. 角色，可重复。")],
    full_name: Annotated[str, typer.Option(help="The person's name; else the sign-in name. 姓名，默认同登录名。")] = "",
    department: Annotated[str, typer.Option(help="The department's code. 科室代码。")] = "",
) -> None:
    """Add a user, or change one that is there. 新增用户，或修改已有用户。

    Example:
        yiji user add wang --role doctor --full-name 王医生 --department ECG
    """
    command = AddUser(name=name, full_name=full_name or name, roles=tuple(role), department=department)
    shell().show(shell().bus.ask(command))


@app.command()
def token(
    name: Annotated[str, typer.Argument(help="The user's sign-in name. 登录名。")],
    hours: Annotated[int, typer.Option(min=1, help="How long it is good. 有效小时数。")] = 12,
) -> None:
    """Sign a token for a user; who holds it acts as that user. 为用户签发令牌，持有者即代表该用户。

    Example:
        yiji user token wang --hours 8 --json
    """
    shell().show(shell().bus.ask(IssueToken(name=name, hours=hours)))


@app.command("list")
def list_users() -> None:
    """List the users. 列出用户。

    Example:
        yiji user list
    """
    shell().table(shell().bus.ask(ListUsers()).users, COLUMNS)
