"""The pages that are made from the plugins: docs/errors.md and docs/hooks.md.

``python -m yiji.core.reference`` writes them, ``--check`` tells (exit status 1) whether they are stale.
"""

import sys
from collections.abc import Iterator
from dataclasses import MISSING, Field, fields, is_dataclass
from importlib import import_module
from inspect import getdoc, getmembers, isfunction
from pathlib import Path
from types import ModuleType
from typing import Any, get_args, get_type_hints

from yiji.core.errors import KINDS, REGISTRY, YijiError
from yiji.core.i18n import LANGS, read_table
from yiji.core.plug import hooks as core_hooks
from yiji.core.plug.manager import plugins
from yiji.core.plug.manifest import Errors, Hooks, Locale

DOCS = Path("docs")
_MADE = "<!-- Made by python -m yiji.core.reference; do not edit. -->\n"
_ERRORS = """# Errors 错误码

Every error has a code, a kind and words in Chinese and English. A program decides by the kind; the code and the text
are for people. An interface that meets an error tells it in its own way:

| kind | exit status | gRPC status | HL7 MSA-1 | HL7 table 0357 | DICOM status | tried again |
|---|---|---|---|---|---|---|
"""
_HOOKS = """# Hooks

A plugin names its manifest in the entry-point group `yiji.plugins`; a manifest fills hooks with `hookimpl` of
`yiji.core.plug`. A hook returns frozen records; their targets are dotted strings (`package.module:name`), imported when
they are first needed. The wings register exactly so.
"""


def error_classes() -> list[type[YijiError]]:
    """Return the error classes of all plugins' `Errors` modules, by code."""
    homes = {record.module for record in plugins().records(Errors)}
    for home in sorted(homes):
        import_module(home)
    return [known for _, known in sorted(REGISTRY.items()) if known.__module__ in homes]


def words(lang: str) -> dict[str, Any]:
    """Return the words of all plugins in one language."""
    tables = [read_table(record.package, lang) for record in plugins().records(Locale)]
    return {key: value for table in tables for key, value in table.items()}


def hook_modules() -> list[ModuleType]:
    """Return core's hook specifications and those that the wings open."""
    return [core_hooks, *(import_module(record.module) for record in plugins().records(Hooks))]


def hook_specs(module: ModuleType) -> list[tuple[str, Any]]:
    """Return the hooks that a module specifies, with their functions."""
    return [(name, value) for name, value in getmembers(module, isfunction) if hasattr(value, "yiji_spec")]


def record_types(hook: Any) -> list[type]:
    """Return the record types that a hook's return annotation names."""
    wanted = [get_type_hints(hook).get("return")]
    found: list[type] = []
    while wanted:
        one = wanted.pop(0)
        if is_dataclass(one) and isinstance(one, type):
            found.append(one)
        elif one is not None:
            wanted = [*get_args(one), *wanted]
    return found


def _kind_rows() -> Iterator[str]:
    for kind, facts in KINDS.items():
        again = "yes" if facts.retry else "no"
        yield f"| {kind} | {facts.exit} | {facts.grpc} | {facts.ack} | {facts.hl7} | {facts.dicom:04X} | {again} |\n"


def _error(known: type[YijiError], told: dict[str, dict[str, Any]]) -> Iterator[str]:
    facts = KINDS[known.kind]
    yield f"\n### {known.code}\n\n{known.kind} · exit status {facts.exit} · gRPC {facts.grpc} · HL7 {facts.ack}\n\n"
    yield f"{' '.join((getdoc(known) or '').split())}\n\n"
    for lang in LANGS:
        text = told[lang].get(known.code, {})
        yield f"- {lang}: {text.get('message', '')}\n  {text.get('hint', '')}\n"


def errors_page() -> str:
    """Return docs/errors.md."""
    parts = [_MADE, _ERRORS, *_kind_rows(), "\nWords in braces are the error's parameters.\n"]
    told = {lang: words(lang) for lang in LANGS}
    room = ""
    for known in error_classes():
        if known.code.split(".")[0] != room:
            room = known.code.split(".")[0]
            parts.append(f"\n## {room}\n")
        parts.extend(_error(known, told))
    return "".join(parts)


def _field(field: Field[Any]) -> str:
    kind = field.type.__name__ if isinstance(field.type, type) and not get_args(field.type) else str(field.type)
    return f"`{field.name}: {kind}`" if field.default is MISSING else f"`{field.name}: {kind} = {field.default!r}`"


def _hook(name: str, hook: Any, module: ModuleType) -> Iterator[str]:
    yield f"\n## {name}\n\n{getdoc(hook)}\n\nSpecified in `{module.__name__}`.\n"
    for record in record_types(hook):
        told = ", ".join(_field(field) for field in fields(record))
        yield f"\n- **{record.__name__}**({told}): {' '.join((getdoc(record) or '').split())}"
    yield "\n"


def hooks_page() -> str:
    """Return docs/hooks.md."""
    parts = [_MADE, _HOOKS]
    for module in hook_modules():
        for name, hook in hook_specs(module):
            parts.extend(_hook(name, hook, module))
    return "".join(parts)


def main(arguments: list[str]) -> int:
    """Write the pages, or check them."""
    pages = {DOCS / "errors.md": errors_page(), DOCS / "hooks.md": hooks_page()}
    stale = [path for path, text in pages.items() if not path.is_file() or path.read_text("utf-8") != text]
    if "--check" in arguments:
        print("\n".join(f"{path} is stale: python -m yiji.core.reference" for path in stale) or "fresh")
        return 1 if stale else 0
    DOCS.mkdir(exist_ok=True)
    for path in stale:
        path.write_text(pages[path], "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
