"""What somebody means who types into the search field: the ways to look for it, the likeliest first.

Each way is one that an index answers. Chinese characters are a name or a part of one; letters are pinyin, initials, a
foreign name or a number; digits are a number or a phone's end.
"""

import re
from dataclasses import dataclass
from enum import Enum, auto

from yiji.booking.people.identity import tidy
from yiji.booking.people.names import comparable, words
from yiji.booking.people.spelling import is_han, spell, typed

_PHONE = re.compile(r"[+\d][\d\s()\-]*")
_LEAST_PHONE = 4  # digits of a phone's end
_LEAST_NUMBER = 3  # characters of a number's beginning
_MOST_INITIALS = 8


class Way(Enum):
    """A way to look for patients."""

    ID = auto()
    SYSTEM_NUMBER = auto()  # value: system, number
    NUMBER = auto()
    NUMBER_START = auto()
    NAME_START = auto()  # the whole name first
    NAME_PART = auto()  # value: words that the name holds, in small letters
    PINYIN = auto()
    PINYIN_START = auto()
    INITIALS_START = auto()
    PHONE_END = auto()


@dataclass(frozen=True, slots=True)
class Probe:
    """One way to look, and for what."""

    way: Way
    value: tuple[str, ...]


def probes(text: str) -> list[Probe]:
    """Return the ways to look for what was typed, the likeliest first; nothing where nothing can be looked for."""
    told = "".join(letter for letter in text if letter.isprintable()).strip()
    if not comparable(told):
        return []
    if told.startswith("pat-"):
        return [Probe(Way.ID, (told,))]
    ways = _named(told) if is_han(told) else [*_numbered(told), *_lettered(told), *_number_starts(told)]
    return list(dict.fromkeys(ways))


def _named(told: str) -> list[Probe]:
    ways = [Probe(Way.NAME_START, (told,)), Probe(Way.NAME_START, (comparable(told),))]
    ways.append(Probe(Way.NAME_PART, tuple(words(told))))
    spelt = spell(told).pinyin
    if len(comparable(told)) > 1 and spelt:  # 张姗 for 张珊, 张san for 张三
        ways.append(Probe(Way.PINYIN, (spelt,)))
    return ways


def _numbered(told: str) -> list[Probe]:
    number = tidy(told)
    ways = [Probe(Way.NUMBER, tuple(dict.fromkeys((told, number))))]
    system, colon, value = told.partition(":")
    if colon and system and value:
        ways.insert(0, Probe(Way.SYSTEM_NUMBER, (system, value)))
    digits = phone_digits(told)
    if _PHONE.fullmatch(told) and len(digits) >= _LEAST_PHONE:
        ways.append(Probe(Way.PHONE_END, (digits,)))
    return ways


def _number_starts(told: str) -> list[Probe]:
    number = tidy(told)
    starts = [told, number] if len(number) >= _LEAST_NUMBER else []
    return [Probe(Way.NUMBER_START, (start,)) for start in starts]


def _lettered(told: str) -> list[Probe]:
    letters = typed(told)
    if not letters or any(letter.isdigit() for letter in told):
        return []
    spelt = [Probe(Way.PINYIN_START, (letters,))]
    first = [Probe(Way.INITIALS_START, (letters,))] if len(letters) <= _MOST_INITIALS else []
    both = spelt + first if set(letters) & set("aeiouv") else first + spelt  # zs is no beginning of any pinyin
    return [*both, Probe(Way.NAME_PART, tuple(words(told)))]


def phone_digits(told: str) -> str:
    """Return a phone's digits: a Chinese mobile number without +86, anything else as the digits that it has."""
    digits = "".join(letter for letter in told if letter.isdigit())
    mobile = re.fullmatch(r"(?:00)?86(1\d{10})", digits)
    return mobile[1] if mobile else digits


def tidy_phone(told: str) -> str:
    """Return a phone as it is kept: a mobile number as its 11 digits, anything else as it was told."""
    digits = phone_digits(told)
    return digits if _PHONE.fullmatch(told.strip()) and re.fullmatch(r"1\d{10}", digits) else told.strip()


def after(start: str) -> str:
    """Return the least text that is greater than every text beginning with `start` (in the order of code points)."""
    last = ord(start[-1])
    if last == 0x10FFFF:
        return after(start[:-1]) if len(start) > 1 else start + "\U0010ffff"
    return start[:-1] + chr(0xE000 if last == 0xD7FF else last + 1)
