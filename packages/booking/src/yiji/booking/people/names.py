"""Names as they are compared: dots, spaces, width and capitals make no difference, one character makes a small one."""

import re
import unicodedata

# What stands between the parts of a name such as 阿依古丽·买买提: U+00B7, and what keyboards and systems make of it.
DOTS = "·•‧∙⋅・･●．.。｡"
_BETWEEN = re.compile(rf"[\s{re.escape(DOTS)}]+")


def parts(name: str) -> list[str]:
    """Return the parts of a name as they stand between dots and spaces."""
    return [part for part in _BETWEEN.split(name) if part]


def words(name: str) -> list[str]:
    """Return the parts of a name in small letters."""
    return parts(unicodedata.normalize("NFKC", name).casefold())


def comparable(name: str) -> str:
    """Return a name in the form in which two spellings of the same name are equal."""
    return "".join(words(name))


def is_one_off(first: str, second: str) -> bool:
    """Return whether two comparable names differ by one character: another one, one more or one less."""
    short, long = sorted((first, second), key=len)
    if len(short) < 2 or len(long) - len(short) > 1 or short == long:
        return False
    start = next((at for at, (a, b) in enumerate(zip(short, long, strict=False)) if a != b), len(short))
    rest = short[start + 1 :] if len(short) == len(long) else short[start:]
    return rest == long[start + 1 :]
