"""How a name is typed in letters: pinyin without tones, and initials.

The readings of characters are pypinyin's; those of surnames that are read in a way of their own stand here. A character
with several readings counts by its first, one without any is left out. ü is written v, as it is typed.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from yiji.booking.people.names import parts

# Surnames whose reading is not the character's first one in pypinyin 0.55 (the readings are recalled, from 姓氏 usage).
_SURNAMES = {
    "单": "shan", "單": "shan", "曾": "zeng", "仇": "qiu", "解": "xie", "查": "zha", "区": "ou", "區": "ou",
    "朴": "piao", "盖": "ge", "蓋": "ge", "乐": "yue", "樂": "yue", "覃": "qin", "翟": "zhai", "缪": "miao",
    "繆": "miao", "繁": "po", "员": "yun", "員": "yun", "秘": "bi", "种": "chong", "洗": "xian", "折": "she",
    "黑": "he", "召": "shao", "薄": "bo", "隗": "wei", "重": "chong", "句": "gou", "祭": "zhai", "炅": "gui",
    "都": "du", "藏": "zang", "粘": "nian", "角": "jue", "乜": "nie", "佴": "nai", "阚": "kan", "六": "lu",
}  # fmt: skip
_COMPOUND = {
    "单于": "chan yu", "單于": "chan yu", "尉迟": "yu chi", "尉遲": "yu chi", "万俟": "mo qi", "澹台": "tan tai",
    "澹臺": "tan tai", "长孙": "zhang sun", "長孫": "zhang sun", "鲜于": "xian yu", "鮮于": "xian yu",
    "令狐": "ling hu", "夏侯": "xia hou", "宰父": "zai fu", "乐正": "yue zheng", "樂正": "yue zheng",
}  # fmt: skip
_HAN = re.compile("[\u2e80-\u2fdf\u3005-\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_LATIN = re.compile("[a-z]+")


@dataclass(frozen=True, slots=True)
class Spelling:
    """A name in small letters: ``ouyangnana`` and ``oynn``."""

    pinyin: str
    initials: str


def is_han(text: str) -> bool:
    """Return whether there is a Chinese character in a text."""
    return _HAN.search(text) is not None


@lru_cache(maxsize=1 << 15)
def spell(name: str) -> Spelling:
    """Return how a name is typed. The first call loads pypinyin (half a second, some 55 MB)."""
    told = parts(name)
    syllables = [syllable for part in told for syllable in _syllables(part, has_surname=len(told) == 1)]
    return Spelling("".join(syllables), "".join(syllable[0] for syllable in syllables))


def _syllables(part: str, has_surname: bool) -> list[str]:
    if not is_han(part):
        return _letters(part)
    head = _surname(part) if has_surname else []
    return head + _readings(part[len(head) :])


def _surname(name: str) -> list[str]:
    """Return the syllables of a surname that is read in a way of its own, one a character."""
    if name[:2] in _COMPOUND:
        return _COMPOUND[name[:2]].split()
    return [_SURNAMES[name[0]]] if name[0] in _SURNAMES else []


def _readings(text: str) -> list[str]:
    from pypinyin import lazy_pinyin  # not with the module: it brings its dictionaries

    read = lazy_pinyin(text, errors=lambda unread: " ".join(_letters(unread)))
    return [syllable for told in read for syllable in told.split()]


def _letters(text: str) -> list[str]:
    """Return the runs of Latin letters, their accents taken off."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    return _LATIN.findall("".join(letter for letter in plain if not unicodedata.combining(letter)))


def typed(text: str) -> str:
    """Return typed pinyin as it is kept: small letters only; ü, and the lyu of passports, as v."""
    small = unicodedata.normalize("NFC", text).casefold().replace("ü", "v").replace("lyu", "lv")
    return "".join(_letters(small))
