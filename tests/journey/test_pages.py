"""The operator's page tells every setting there is, with its default."""

import json
import re
from collections.abc import Iterator
from typing import Any, get_args

from pydantic import BaseModel

from tests.hygiene.workspace import ROOT
from yiji.core.plug import Reads, resolve
from yiji.core.plug.manager import plugins

ROW = re.compile(r"^\| `([a-z._]+)` \| (required|`(.*?)`) \|", re.MULTILINE)


def settings_of(model: type[BaseModel], name: str) -> Iterator[tuple[str, str]]:
    """Yield every setting of a section: its name, and its default as TOML writes it."""
    for key, field in model.model_fields.items():
        where = f"{name}.{key}"
        inner = [one for one in (field.annotation, *get_args(field.annotation)) if is_section(one)]
        if field.annotation not in inner:
            yield where, "required" if field.is_required() else written(field.get_default(call_default_factory=True))
        if inner and where != "devices.watch":  # told in one row
            yield from settings_of(inner[0], where)


def is_section(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def written(value: Any) -> str:
    return f"`{json.dumps(list(value) if isinstance(value, tuple) else value)}`"


def test_every_setting_is_told() -> None:
    page = (ROOT / "docs" / "operate.md").read_text("utf-8")
    told = {name: default for name, default, _ in ROW.findall(page)}
    there = {
        name: default
        for record in plugins().records(Reads)
        for name, default in settings_of(resolve(record.model), record.section)
    }
    assert told == there
