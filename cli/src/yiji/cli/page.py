"""A page of help: usage, what it does, arguments, options, commands, examples, in the user's language.

Drawn here instead of by Typer's rich pages, which cost more than the whole rest of ``yiji --help``.
"""

import inspect
import re
import shutil
from typing import Any

import typer
from rich.cells import cell_len

from yiji.cli.cells import pad, pick, wrap
from yiji.cli.options import global_options, session_of

WIDEST = 110
_EXAMPLE = re.compile(r"(?:^|\s)(?:Examples?|示例)\s*[:：]\s*")
_HEADINGS = {
    "usage": ("用法", "Usage"),
    "arguments": ("参数", "Arguments"),
    "options": ("选项", "Options"),
    "commands": ("命令", "Commands"),
    "globals": ("全局选项", "Global options"),
    "examples": ("示例", "Example"),
    "broken": ("无法加载的插件", "Broken plugins"),
}
_EXTRAS = (("default: ", "默认："), ("required", "必填"), ("env var: ", "环境变量："))
_TYPERS_OWN = {
    "--help": "Show this page. 显示本帮助。",
    "--install-completion": "Install completion for this shell. 为当前 shell 安装补全。",
    "--show-completion": "Show the script of completion. 显示补全脚本。",
}

Rows = list[tuple[str, str]]


def split_help(text: str) -> tuple[list[str], list[str]]:
    """Part a help text into its paragraphs and its lines of example."""
    prose, *examples = _EXAMPLE.split(inspect.cleandoc(text).partition("\f")[0])
    paragraphs = [" ".join(paragraph.split()) for paragraph in prose.replace("\b", "").split("\n\n")]
    lines = [line.strip() for example in examples for line in example.splitlines()]
    return [paragraph for paragraph in paragraphs if paragraph], [line for line in lines if line]


def summary(command: Any, lang: str) -> str:
    """Return a command's one line."""
    paragraphs, _ = split_help(command.short_help or command.help or "")
    return pick(paragraphs[0], lang) if paragraphs else ""


def _heading(key: str, lang: str) -> str:
    return typer.style(_HEADINGS[key][lang == "en"], bold=True)


def _width() -> int:
    return min(shutil.get_terminal_size().columns, WIDEST) - 2


def _columns(rows: Rows) -> list[str]:
    """Return rows as two columns; a long left cell gets a line of its own."""
    left = min(max(cell_len(name) for name, _ in rows) + 2, 30)
    lines: list[str] = []
    for name, told in rows:
        first, *rest = wrap(told, max(_width() - left - 2, 20))
        shown = typer.style(pad(name, left), fg="cyan")
        lines += [f"  {shown}{first}"] if cell_len(name) < left else [f"  {shown}", " " * (left + 2) + first]
        lines += [" " * (left + 2) + line for line in rest]
    return [line.rstrip() for line in lines]


def _section(key: str, rows: Rows, lang: str) -> str:
    return "\n".join([_heading(key, lang), *_columns(rows)]) if rows else ""


def _told(help: str, lang: str) -> str:
    """Word a parameter's help: the user's half, then Click's remarks such as the default."""
    text, bracket, extras = help.rpartition("  [")
    if not bracket:
        return pick(help, lang)
    if lang == "zh":
        for english, chinese in _EXTRAS:
            extras = extras.replace(english, chinese)
    return f"{pick(text, lang)} [{extras}"


def _rows(params: list[Any], ctx: Any, lang: str) -> Rows:
    records = [record for param in params if (record := param.get_help_record(ctx))]
    return [(name, _told(_TYPERS_OWN.get(name, told or ""), lang)) for name, told in records]


def _compact(params: list[Any], ctx: Any, lang: str) -> str:
    """Name the global options in a line or two; what they mean stands on the root's page."""
    records = [param.get_help_record(ctx) for param in params if param.name != "version"]
    more = ("说明见 yiji --help", "see yiji --help")[lang == "en"]
    named = [record[0].replace(" ", "\N{NO-BREAK SPACE}") for record in records if record]
    lines = [f"  {line.replace(chr(0xA0), ' ')}" for line in wrap(" · ".join(named), _width())]
    return "\n".join([f"{_heading('globals', lang)} ({more})", *(typer.style(line, fg="cyan") for line in lines)])


def _params(command: Any, ctx: Any, lang: str) -> list[str]:
    shared = [param for param in command.get_params(ctx) if param in global_options()]
    own = [param for param in command.get_params(ctx) if param not in shared]
    arguments = [param for param in own if param.param_type_name == "argument"]
    options = [param for param in own if param.param_type_name == "option"]
    if ctx.parent is None:
        return [_section("globals", _rows(shared + options, ctx, lang), lang)]
    return [
        _section("arguments", _rows(arguments, ctx, lang), lang),
        _section("options", _rows(options, ctx, lang), lang),
        _compact(shared, ctx, lang),
    ]


def _commands(command: Any, lang: str) -> str:
    below = [sub for sub in getattr(command, "commands", {}).values() if not sub.hidden]
    return _section("commands", [(sub.name, summary(sub, lang)) for sub in below], lang)


def _examples(lines: list[str], lang: str) -> str:
    return "\n".join([_heading("examples", lang), *(f"  {line}" for line in lines)]) if lines else ""


def _usage(text: str) -> str:
    word, _, rest = "\n    ".join(wrap(text, _width() - 4)).partition(":")
    return f"{typer.style(word, bold=True)}:{rest}"


def of(command: Any, ctx: Any) -> str:
    """Return the page of `command` (a Typer command or group, called in `ctx`), with ANSI styles."""
    lang = session_of(ctx).lang
    prose, examples = split_help(command.help or "")
    more, examples_below = split_help(command.epilog or "")
    usage = " ".join([ctx.command_path, *command.collect_usage_pieces(ctx)])
    blocks = [
        _usage(f"{_HEADINGS['usage'][lang == 'en']}: {usage}"),
        *("\n".join(f"  {line}" for line in wrap(pick(text, lang), _width())) for text in [*prose, *more]),
        _commands(command, lang),
        *_params(command, ctx, lang),
        _section("broken", getattr(command, "broken", []), lang),
        _examples(examples + examples_below, lang),
    ]
    return "\n\n".join(block for block in blocks if block) + "\n"
