"""The desk's own words. Read straight from its tables: the first screen must not wait for those of all plugins."""

from functools import cache

from yiji.core.i18n import read_table


@cache
def _table(lang: str) -> dict[str, str]:
    return {key: word for key, word in read_table("yiji.tui.locale", lang).items() if isinstance(word, str)}


def word(key: str, lang: str) -> str:
    """Return the text ``tui.KEY``; empty where there is none."""
    return _table(lang).get(f"tui.{key}", "")
