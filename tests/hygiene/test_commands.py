"""Every command explains itself, with an example."""

from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest

from tests.hygiene.manifests import records, resolve
from yiji.cli.commands import compile_target
from yiji.core.plug.manifest import Commands

# The least that a user must be able to do.
WANTED = """
init; serve; slot list; booking book; booking move; booking cancel; booking show; order list; order show; recording add;
recording info; analyse; report render; report sign; report show; user add; user token; outbox list; outbox retry;
audit verify; db upgrade; plugin list; plugin check; doctor; desk; demo
"""


def leaves(command: Any, name: str) -> Iterator[tuple[str, Any]]:
    """Yield a command, or the commands below a group, with their full names."""
    below = getattr(command, "commands", None)
    if not below:
        yield name, command
    for part, child in (below or {}).items():
        yield from leaves(child, f"{name} {part}")


@cache
def command_tree() -> dict[str, Any]:
    """Every command of every plugin: ``slot list`` and what it is."""
    found: dict[str, Any] = {}
    for record in records(Commands):
        found.update(leaves(compile_target(resolve(record.target), record.name), record.name))
    return found


@cache
def command_names() -> frozenset[str]:
    """The names of all commands and of the groups above them."""
    parts = [name.split() for name in command_tree()]
    return frozenset(" ".join(words[: length + 1]) for words in parts for length in range(len(words)))


def test_the_commands_that_a_user_needs_are_there():
    wanted = {" ".join(name.split()) for name in WANTED.split(";")}
    assert wanted - command_names() == set()


@pytest.mark.parametrize("record", records(Commands), ids=lambda record: record.name)
def test_a_group_has_one_line_in_each_language(record: Commands):
    assert record.zh
    assert record.en
    assert "\n" not in record.zh + record.en


def test_every_command_explains_itself_with_an_example():
    silent = [
        name
        for name, command in command_tree().items()
        if f"yiji {name}" not in f"{command.help or ''}\n{command.epilog or ''}"
    ]
    assert not silent


def test_every_option_explains_itself():
    silent = [
        f"{name} {param.name}"
        for name, command in command_tree().items()
        for param in command.params
        if param.param_type_name == "option" and not getattr(param, "help", "")
    ]
    assert not silent
