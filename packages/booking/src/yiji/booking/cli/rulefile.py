"""A rule set in a TOML file: read with the line of each mistake, and written."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from yiji.booking.errors import BadRuleFile

if TYPE_CHECKING:
    from pydantic import ValidationError

    from yiji.core.contract.rule import RuleSet

_SHOWN = 20
_RULE = re.compile(r"\s*\[\[\s*rules\s*\]\]")


def read_rules(file: Path) -> "RuleSet":
    """Return the rule set of a file; raises `BadRuleFile`."""
    import tomllib

    from pydantic import ValidationError

    from yiji.core.contract.rule import RuleSet

    text = _text(file)
    try:
        return RuleSet.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as fault:
        end = f"at line {len(text.splitlines())}, the end"
        raise _bad(file, [str(fault).replace("at end of document", end)]) from None  # tells line and column
    except ValidationError as fault:
        raise _bad(file, [told for _, told in sorted(_mistakes(fault, text))]) from None


def write_rules(rules: "RuleSet") -> str:
    """Return a rule set as TOML, without what is left at its default."""
    from yiji.booking.exchange.rules import rules_to_toml

    return rules_to_toml(rules)


def example() -> str:
    """Return the rule set that ships."""
    from importlib.resources import files

    return files("yiji.booking.examples").joinpath("rules.toml").read_text("utf-8")


def _text(file: Path) -> str:
    try:
        return file.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        raise _bad(file, [f"UTF-8: byte {fault.start}"]) from None


def _bad(file: Path, problems: list[str]) -> BadRuleFile:
    more = [f"... ({len(problems)})"] if len(problems) > _SHOWN else []
    return BadRuleFile(file=file.name, problems="\n  - ".join(problems[:_SHOWN] + more))


def _mistakes(fault: "ValidationError", text: str) -> Iterator[tuple[int, str]]:
    lines = text.splitlines()
    for one in fault.errors(include_url=False):
        path = one["loc"]
        where = ".".join(str(part) for part in path) or "rules"
        line = _line(lines, path)
        yield line, f"{f'line {line}: ' if line else ''}{where}: {one['msg']}"


def _line(lines: list[str], path: tuple[Any, ...]) -> int:
    """Return the line of a field: found by its rule's header and its name; 0 where the file is written otherwise."""
    if len(path) < 2 or path[0] != "rules":
        return next((number for number, line in enumerate(lines, 1) if _sets(line, path)), 0)
    heads = [number for number, line in enumerate(lines) if _RULE.match(line)] + [len(lines)]
    if not isinstance(path[1], int) or path[1] >= len(heads) - 1:
        return 0
    first, last = heads[path[1]], heads[path[1] + 1]
    return next((number + 1 for number in range(first + 1, last) if _sets(lines[number], path[2:])), first + 1)


def _sets(line: str, path: tuple[Any, ...]) -> bool:
    names = [part for part in path if isinstance(part, str)]
    return bool(names) and bool(re.match(rf"""\s*["']?{re.escape(names[0])}["']?\s*[.=]""", line))
