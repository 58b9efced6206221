"""The page docs/cli.md, made from the commands of every installed plugin.

``python -m yiji.cli.reference`` writes it, ``--check`` tells (exit status 1) whether it is stale. Both languages stand
in the page, as the commands give them.
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer

from yiji.cli.commands import LazyCommand
from yiji.cli.options import global_options
from yiji.cli.page import split_help
from yiji.cli.root import build
from yiji.core.errors import KINDS

PAGE = Path("docs/cli.md")
_INTRODUCTION = """<!-- Made by python -m yiji.cli.reference; do not edit. -->
# The command line 命令行

stdout carries data, stderr carries narration, progress and errors. With `--json` stdout holds exactly one JSON document
in UTF-8: what the command shows (a list if it shows several things), or `{"error": {"code", "kind", "message", "hint",
"params"}}`, beside `"partial"` if something had been shown before. A command that shows nothing, such as a daemon,
prints nothing; a page of help is for people and goes to stderr then. Times are ISO 8601 in UTC, bytes are base64.

The exit status is 0 when the command did its work, else by the error's kind; 130 after Ctrl-C.

The options below go before or after the name of the command; the one nearer to the end counts. What is given on the
command line goes before the environment; `--site` goes before `YIJI_SERVER`. Without `--site` the site is the working
folder, or the nearest folder above it, that has a `yiji.toml`. `NO_COLOR` and `FORCE_COLOR` are honoured.
"""


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _table(params: list[Any], ctx: Any) -> Iterator[str]:
    records = [record for param in params if (record := param.get_help_record(ctx))]
    if records:
        yield "| | |\n|---|---|\n"
        yield from (f"| `{_cell(name)}` | {_cell(told)} |\n" for name, told in records)
        yield "\n"


def _command(command: Any, path: str, depth: int) -> Iterator[str]:
    ctx = typer.Context(command, info_name=path, color=False)
    prose, examples = split_help(command.help or "")
    more, examples_below = split_help(command.epilog or "")
    yield f"{'#' * depth} `{path}`\n\n"
    yield from (f"{paragraph}\n\n" for paragraph in [*prose, *more])
    if not hasattr(command, "commands"):
        yield f"`{' '.join([path, *command.collect_usage_pieces(ctx)])}`\n\n"
    shared = {id(option) for option in global_options()}
    yield from _table([param for param in command.params if id(param) not in shared], ctx)
    if examples + examples_below:
        yield "```sh\n" + "\n".join(examples + examples_below) + "\n```\n\n"
    for name, below in getattr(command, "commands", {}).items():
        yield from _command(below, f"{path} {name}", depth + 1)


def _statuses() -> Iterator[str]:
    yield "\n| exit status | kind |\n|---|---|\n"
    yield from (f"| {facts.exit} | {kind} |\n" for kind, facts in sorted(KINDS.items(), key=lambda item: item[1].exit))


def page() -> str:
    """Return the page."""
    root = build("en")
    parts = [_INTRODUCTION, *_statuses(), "\n", *_table(list(global_options()), typer.Context(root, info_name="yiji"))]
    for name, lazy in root.commands.items():
        assert isinstance(lazy, LazyCommand)
        lazy.help = f"{lazy.record.en} {lazy.record.zh}"  # of a group that says nothing itself
        parts += _command(lazy.load(), f"yiji {name}", 2)
    return "".join(parts).rstrip() + "\n"


def main() -> int:
    """Write the page, or with --check compare it."""
    made = page()
    if "--check" not in sys.argv[1:]:
        PAGE.parent.mkdir(exist_ok=True)
        PAGE.write_text(made, "utf-8")
        return 0
    if PAGE.is_file() and PAGE.read_text("utf-8") == made:
        return 0
    print(f"{PAGE} is stale: python -m yiji.cli.reference", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
