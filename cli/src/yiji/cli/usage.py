"""What Typer says about a wrong command line, in Chinese as well."""

import re
from typing import Any

from yiji.cli.errors import UsageWrong
from yiji.core.plug.manager import plugins

# Typer 0.29's own English sentences; one that is not here stays English.
_CHINESE = tuple(
    (re.compile(pattern, re.DOTALL), chinese)
    for pattern, chinese in (
        (r"No such command '(.+?)'\. Did you mean (.+)\?", "没有命令 {0}，是否想用 {1}？"),
        (r"No such command '(.+?)'\.", "没有命令 {0}。"),
        (r"No such option: (\S+) \(Possible options: (.+)\)", "没有选项 {0}，相近的有 {1}。"),
        (r"No such option: (\S+)", "没有选项 {0}。"),
        (r"Missing argument '(.+?)'\..*", "缺少参数 {0}。"),
        (r"Missing option '(.+?)'\..*", "缺少选项 {0}。"),
        (r"Missing command\.", "缺少子命令。"),
        (r"Option '(.+?)' requires an argument\.", "选项 {0} 后面要有值。"),
        (r"Option '(.+?)' does not take a value\.", "选项 {0} 不带值。"),
        (r"Got unexpected extra argument\(s\) \((.+)\)", "多余的参数：{0}。"),
        (r"Invalid value for '(.+?)': (.+)", "{0} 的值不对：{1}"),
    )
)


def in_chinese(sentence: str) -> str:
    """Return Typer's sentence in Chinese; one that we do not know as it is."""
    for pattern, chinese in _CHINESE:
        found = pattern.fullmatch(sentence)
        if found:
            return chinese.format(*found.groups())
    return sentence


def is_page(fault: Any) -> bool:
    """Return whether only a group was named: the message is its page of help (the class is in a private module)."""
    return type(fault).__name__ == "NoArgsIsHelpError"


def wrong(fault: Any, lang: str) -> UsageWrong:
    """Return our error for a `typer.TyperException` raised while the command line was read."""
    ctx = getattr(fault, "ctx", None)
    detail = "Missing command." if is_page(fault) else fault.format_message().replace("Value error, ", "")
    absent = ", ".join(plugin.name for plugin in plugins().found if plugin.broken)
    if absent and detail.startswith("No such command"):
        detail_more = f"（未加载的插件：{absent}）" if lang == "zh" else f" (plugins not loaded: {absent})"
    else:
        detail_more = ""
    told = in_chinese(detail) if lang == "zh" else detail
    return UsageWrong(detail=told + detail_more, help=f"{ctx.command_path if ctx else 'yiji'} --help")
