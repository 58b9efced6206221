"""Examinations for which patients come with an empty stomach, and the hours in which that can be asked of them."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from yiji.booking.hooks import Proposal, Refusal

ZONE = ZoneInfo("Asia/Shanghai")
OPENS, CLOSES = time(7), time(10, 30)
FASTING = {"USABD": "腹部彩超", "USREN": "肾动脉彩超"}


def in_the_morning(proposal: Proposal) -> Refusal | None:
    """Refuse a fasting examination outside of the hours; the earliest legal time is told."""
    at = proposal.starts_at.astimezone(ZONE)
    if proposal.order.exam_code not in FASTING or OPENS <= at.time() < CLOSES:
        return None
    day = at.date() if at.time() < OPENS else at.date() + timedelta(days=1)
    return Refusal("stranger.fasting", earliest=datetime.combine(day, OPENS, ZONE))
