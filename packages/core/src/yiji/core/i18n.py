"""Words in Chinese and English, from the `zh.toml` and `en.toml` of every plugin's locale package.

A table's key is an error code or a text's name; an error has `message` and `hint`, a text is a plain string.
"""

import os
import tomllib
from functools import cache
from typing import Any, cast

from yiji.core.errors import YijiError

LANGS = ("zh", "en")


def default_lang() -> str:
    """Return the language that the environment asks for: YIJI_LANG, else LC_ALL / LANG, else English."""
    asked = os.environ.get("YIJI_LANG") or os.environ.get("LC_ALL") or os.environ.get("LANG") or ""
    return "zh" if asked.lower().startswith("zh") else "en"


def read_table(package: str, lang: str) -> dict[str, Any]:
    """Read one table; raises whatever a plugin's package may raise."""
    from importlib.resources import files

    return tomllib.loads(files(package).joinpath(f"{lang}.toml").read_text("utf-8"))


@cache
def _table(package: str, lang: str) -> dict[str, Any]:
    try:
        return read_table(package, lang)
    except (ImportError, OSError, ValueError):  # must not take the other plugins' words; `yiji plugin check` tells
        return {}


def _find(key: str, lang: str) -> Any:
    from yiji.core.plug.manager import plugins
    from yiji.core.plug.manifest import Locale

    for locale in plugins().records(Locale):
        found = _table(locale.package, lang).get(key)
        if found is not None:
            return found
    return None


NOTHING = {"zh": "无", "en": "none"}  # how an empty parameter reads


class _Lenient(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return "?"


def text(key: str, lang: str, **params: Any) -> str:
    """Return the text named `key`; the key itself where there is none."""
    found = _find(key, lang)
    return found.format_map(_Lenient(params)) if isinstance(found, str) else key


def _word(name: str, value: str, lang: str) -> str:
    """Return the word for a parameter's value where a table has one (``what.order``), else the value."""
    if not value:
        return NOTHING.get(lang, "-")
    found = _find(f"{name}.{value}", lang)
    return found if isinstance(found, str) else value


def explain(error: YijiError, lang: str) -> tuple[str, str]:
    """Return what happened and what to do next, in `lang`."""
    found = _find(error.code, lang)
    if not isinstance(found, dict):
        return str(error), ""
    words = cast("dict[str, str]", found)
    told = error.params  # a parameter that comes in two languages has its English beside it: reason, reason_en
    params = _Lenient({name: _word(name, told.get(f"{name}_{lang}", value), lang) for name, value in told.items()})
    return words["message"].format_map(params), words.get("hint", "").format_map(params)
