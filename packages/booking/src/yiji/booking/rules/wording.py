"""The words of a refusal: the rule's title, then the facts of this case, in Chinese and in English."""

from datetime import datetime

from yiji.booking.hooks import Refusal
from yiji.booking.rules.moments import local
from yiji.core.contract.rule import RuleSpec


def refusal(spec: RuleSpec, zh: str, en: str, conflict: str = "", earliest: datetime | None = None) -> Refusal:
    """Return a refusal whose reason is the rule's title and what is the matter here."""
    return Refusal(f"{spec.title}：{zh}", conflict, earliest, f"{spec.title_en}: {en}")


def when(moment: datetime, zone: str) -> str:
    """Return a moment as the hospital reads it."""
    return f"{local(moment, zone):%Y-%m-%d %H:%M}"


def length(count: int) -> tuple[str, str]:
    """Return a number of minutes in the largest unit that tells it exactly, in Chinese and English."""
    for size, zh, en in ((1440, "天", "days"), (60, "小时", "hours")):
        if count >= 2 * size and count % size == 0:
            return f"{count // size} {zh}", f"{count // size} {en}"
    return f"{count} 分钟", f"{count} minutes"
