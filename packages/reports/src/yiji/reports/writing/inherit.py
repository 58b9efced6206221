"""Templates that build on others: a hospital's over a department's over ours, each saying only what it changes.

``base = "package:file.toml"``, or the name of a template that is offered (by a plugin, or ours). Rules: tables merge
key by key, at any depth; everything else - texts, numbers, lists - replaces what the base says; `name` and `base` are a
template's own. A circle is refused, and an error names the file that says the wrong thing.
"""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any, cast

from pydantic import ValidationError

from yiji.reports.errors import BadTemplate
from yiji.reports.writing.template import Template

DEFAULT = "yiji.reports.writing.templates:ecg-12.toml"
OURS = ("ecg-12", "ecg-3x4-3r", "ecg-6x2", "ecg-12x1", "holter", "holter-full")

Said = dict[str, Any]
Names = tuple[tuple[str, str], ...]  # templates that are offered: name, source


@cache
def load(source: str = DEFAULT, names: Names = ()) -> Template:
    """Read a template, and what it builds on, from ``package:file.toml``.

    `names` tells the sources of bases that are given by name; ours are known. Raises `BadTemplate`, naming the file
    and the field that are wrong.
    """
    return template_of(_chain(source, dict(names)))


def ours(name: str) -> str:
    """Return the source of a template of ours."""
    return f"yiji.reports.writing.templates:{name}.toml"


def template_of(chain: Mapping[str, Said]) -> Template:
    """Return the template that files make: each by its source, what builds on nothing last; raises `BadTemplate`."""
    whole: Said = {}
    for said in reversed(list(chain.values())):
        whole = merged(whole, said)
    first = next(iter(chain))
    whole |= {"name": chain[first].get("name"), "base": ""}
    try:
        return Template.model_validate({key: value for key, value in whole.items() if value is not None})
    except ValidationError as fault:
        wrong = fault.errors()[0]
        told = ".".join(str(part) for part in wrong["loc"])
        raise BadTemplate(source=_culprit(chain, wrong["loc"]), detail=f"{told}: {wrong['msg']}") from None


def merged(base: Said, over: Said) -> Said:
    """Return `over` laid on `base`.

    >>> merged({"layout": {"speed": 25, "gain": 10}, "header": [1, 2]}, {"layout": {"gain": 5}, "header": [3]})
    {'layout': {'speed': 25, 'gain': 5}, 'header': [3]}
    """
    out = dict(base)
    for key, value in over.items():
        below = out.get(key)
        both = isinstance(below, dict) and isinstance(value, dict)
        out[key] = merged(cast(Said, below), cast(Said, value)) if both else value
    return out


def _chain(source: str, names: Mapping[str, str]) -> dict[str, Said]:
    """Read a template and its bases, the template itself first."""
    chain = {source: read(source)}
    while base := _base(source, chain[source], names):
        if base in chain:
            raise BadTemplate(source=source, detail=f"base: {' > '.join([*chain, base])}")
        try:
            chain[base] = read(base)
        except BadTemplate as fault:
            raise BadTemplate(source=source, detail=f"base: {fault.params['detail']}") from None
        source = base
    return chain


def _base(source: str, said: Said, names: Mapping[str, str]) -> str:
    """Return the source of what a template builds on; empty where it stands alone."""
    base = said.get("base", "")
    if not isinstance(base, str):
        raise BadTemplate(source=source, detail="base: Input should be a valid string")
    return base if ":" in base or not base else names.get(base) or ours(base)


def read(source: str) -> Said:
    """Return what one file says; raises `BadTemplate`."""
    package, _, name = source.partition(":")
    try:
        return tomllib.loads(files(package).joinpath(name).read_text("utf-8"))
    except (OSError, ImportError, ValueError) as fault:
        raise BadTemplate(source=source, detail=str(fault)) from None


def _culprit(chain: Mapping[str, Said], place: tuple[int | str, ...]) -> str:
    """Return the file that says what is wrong: the first from above that says anything at that place."""
    first = next(iter(chain))
    if place[:1] == ("name",):  # nobody else says it
        return first
    return next((source for source, said in chain.items() if _says(said, place)), first)


def _says(said: Any, place: tuple[int | str, ...]) -> bool:
    """Whether there is anything at a place; a list, which replaces as a whole, answers for all that is in it."""
    if not place or isinstance(said, list):
        return True
    return isinstance(said, dict) and place[0] in said and _says(cast(Said, said)[str(place[0])], place[1:])
