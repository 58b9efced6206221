"""The words of a guide sheet 导引单: Chinese, English, or both, one under the other."""

import re
from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from yiji.core.clock import local
from yiji.core.contract.patient import Sex
from yiji.core.contract.queue import GuideSheet, RenderGuide
from yiji.reports.writing.words import sex_word, word

LANGS = ("zh", "en", "both")
MOST_STEPS = 100
_AGE_UNITS = {"": "years", "m": "months", "d": "days"}
_WEEKDAYS = "一二三四五六日"
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip

_WORDS: dict[str, tuple[str, str]] = {
    "title": ("检查导引单", "Examination Guide"),
    "title_continued": ("检查导引单（续）", "Examination Guide (continued)"),
    "printed": ("打印时间 {at}", "Printed {at}"),
    "count": ("共 {steps} 项检查，分 {days} 天", "Examinations: {steps} · days: {days}"),
    "place": ("地点", "Where"),
    "preparation": ("检查前准备", "How to prepare"),
    "held": (
        "尚未确认：请于 {until} 前确认或缴费，逾期号源释放",
        "Not confirmed yet: confirm or pay before {until}, or the place is given away",
    ),
    "none": ("没有待做的检查。", "No examinations to come."),
    "check_in": (
        "请按时到达，到达后凭条形码签到，并留意叫号。",
        "Please come in time. On arrival check in with the barcode, then wait for your number.",
    ),
    "change": (
        "如不能前来，请尽早改约或取消。",
        "If you cannot come, please move or cancel the appointment as soon as you can.",
    ),
}


def not_drawable(query: RenderGuide) -> str:
    """Return what is wrong with a request for a sheet; empty where nothing is."""
    if query.lang not in LANGS:
        return f"lang is none of {', '.join(LANGS)}: {query.lang}"
    if len(query.sheet.steps) > MOST_STEPS:
        return f"more than {MOST_STEPS} steps"
    try:
        ZoneInfo(query.sheet.zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # the last two: "../x", "", a folder's name
        return f"there is no time zone {query.sheet.zone!r}"
    return ""


def say(key: str, lang: str, **params: object) -> tuple[str, ...]:
    """Return a word of the sheet as one line, or two for both languages."""
    return pick(*(text.format(**params) for text in _WORDS[key]), lang=lang)


def pick(zh: str, en: str, *, lang: str) -> tuple[str, ...]:
    """Return what is to be written of a text in two languages; what one of them lacks is taken from the other.

    >>> pick("腹部彩超", "Abdominal ultrasound", lang="both"), pick("胸片", "", lang="en")
    (('腹部彩超', 'Abdominal ultrasound'), ('胸片',))
    """
    chosen = {"zh": (zh or en,), "en": (en or zh,)}.get(lang, (zh, en))
    return tuple(dict.fromkeys(text.strip() for text in chosen if text.strip()))


def clock(at: datetime, zone: str) -> str:
    """Return the hour on the hospital's clock."""
    return local(at, zone).strftime("%H:%M")


def stamp(at: datetime, zone: str) -> str:
    """Return day and hour on the hospital's clock."""
    return local(at, zone).strftime("%Y-%m-%d %H:%M")


def day_words(at: datetime, zone: str, lang: str) -> tuple[str, ...]:
    """Return a day with its weekday, whatever the locale of the machine."""
    day = local(at, zone)
    zh = f"{day.year}年{day.month}月{day.day}日 星期{_WEEKDAYS[day.weekday()]}"
    return pick(zh, f"{_DAYS[day.weekday()]}, {day.day} {_MONTHS[day.month - 1]} {day.year}", lang=lang)


def patient_words(sheet: GuideSheet, lang: str) -> str:
    """Return sex and age: the sheet tells the sex by its code, the age as 74, 8m (months) or 12d (days)."""
    return "   ".join(part for part in (_sex(sheet.patient_sex, lang), _age(sheet.patient_age, lang)) if part)


def _sex(told: str, lang: str) -> str:
    known = told in set(Sex)
    return " / ".join(pick(sex_word(Sex(told), "zh"), sex_word(Sex(told), "en"), lang=lang)) if known else told


def _age(told: str, lang: str) -> str:
    read = re.fullmatch(r"(\d+)([md]?)", told)
    if read is None:
        return told
    unit = _AGE_UNITS[read[2]]
    return " / ".join(pick(word(unit, "zh", n=read[1]), word(unit, "en", n=read[1]), lang=lang))
