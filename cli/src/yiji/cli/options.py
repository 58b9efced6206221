"""The options that every command takes, before or after its name."""

from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal, cast

import typer

from yiji.cli.session import Session


def session_of(ctx: Any) -> Session:
    """Return the session that the command line runs in."""
    return cast(Session, ctx.find_root().obj)


def _keep(ctx: typer.Context, param: typer.CallbackParam, value: Any) -> None:
    if value is not None and not ctx.resilient_parsing:
        session_of(ctx).keep(str(param.name), value)


def _version(ctx: typer.Context, value: bool | None) -> None:
    if value and not ctx.resilient_parsing:
        from importlib.metadata import version

        session_of(ctx).answer({"version": version("yiji")}, f"yiji {version('yiji')}")
        raise typer.Exit


def _option(*names: str, help: str, metavar: str | None = None) -> Any:
    return typer.Option(*names, help=help, metavar=metavar, callback=_keep, expose_value=False, show_default=False)


def _globals(
    site: Annotated[
        Path | None,
        _option(
            "--site",
            metavar="DIR",
            help="The site's folder [YIJI_SITE]; else the one around here. 站点目录 [YIJI_SITE]，默认向上查找。",
        ),
    ] = None,
    server: Annotated[
        str | None,
        _option("--server", metavar="HOST:PORT", help="Ask this server [YIJI_SERVER]. 连接远程服务 [YIJI_SERVER]。"),
    ] = None,
    token: Annotated[
        str | None,
        _option("--token", metavar="TOKEN", help="Who asks; better in [YIJI_TOKEN]. 令牌，最好放在 [YIJI_TOKEN]。"),
    ] = None,
    lang: Annotated[
        Literal["zh", "en"] | None, _option("--lang", help="Language [YIJI_LANG]. 语言 [YIJI_LANG]。")
    ] = None,
    json: Annotated[bool | None, _option("--json", help="Print one JSON document. 输出一个 JSON 文档。")] = None,
    verbose: Annotated[
        bool | None, _option("--verbose", help="Tell more on stderr, tracebacks too. 显示更多信息与出错堆栈。")
    ] = None,
    version: Annotated[
        bool | None,
        typer.Option(
            "--version", help="Print the version. 显示版本。", callback=_version, is_eager=True, expose_value=False
        ),
    ] = None,
) -> None: ...


@cache
def global_options() -> tuple[Any, ...]:
    """Return the options, as parameters that any command may carry."""
    app = typer.Typer(add_completion=False)
    app.command()(_globals)
    return tuple(typer.main.get_command(app).params)
