"""Rules about the start alone: a window of the day (空腹), notice for a preparation (肠道准备, 憋尿)."""

from datetime import datetime, time, timedelta

from yiji.booking.hooks import Proposal, Refusal
from yiji.booking.rules.moments import at, day_of, local, minutes, utc
from yiji.booking.rules.wording import length, refusal, when
from yiji.core.contract.rule import RuleSpec

_DAYS = 4  # a window may fall into an hour that a change of the clock leaves out


def window(spec: RuleSpec, proposal: Proposal) -> Refusal | None:
    """Starts from `opens` to before `closes` on the hospital's clock; a bound left out is the day's own."""
    start, zone = utc(proposal.starts_at), proposal.zone
    if _inside(spec, start, zone):
        return None
    opens, closes = _told(spec.opens, "00:00"), _told(spec.closes, "24:00")
    zh = f"限 {opens} 至 {closes} 前开始，所选时间为 {when(start, zone)}"
    en = f"starts from {opens} to before {closes}, not at {when(start, zone)}"
    return refusal(spec, zh, en, earliest=_next_opening(spec, start, zone))


def notice(spec: RuleSpec, proposal: Proposal) -> Refusal | None:
    """Booked at least `gap_minutes` before the start."""
    earliest = utc(proposal.now) + minutes(spec.gap_minutes)
    if utc(proposal.starts_at) >= earliest:
        return None
    zone, (zh, en) = proposal.zone, length(spec.gap_minutes)
    return refusal(
        spec,
        f"须至少提前 {zh} 预约，最早 {when(earliest, zone)}",
        f"to be booked {en} ahead, {when(earliest, zone)} at the earliest",
        earliest=local(earliest, zone),
    )


def _inside(spec: RuleSpec, start: datetime, zone: str) -> bool:
    clock = local(start, zone).time()
    return (spec.opens or time.min).replace(tzinfo=None) <= clock and (
        spec.closes is None or clock < spec.closes.replace(tzinfo=None)
    )


def _next_opening(spec: RuleSpec, start: datetime, zone: str) -> datetime | None:
    first = day_of(start, zone)
    openings = (at(first + timedelta(days=offset), spec.opens or time.min, zone) for offset in range(_DAYS))
    return next((local(one, zone) for one in openings if one >= start and _inside(spec, one, zone)), None)


def _told(clock: time | None, otherwise: str) -> str:
    return f"{clock:%H:%M}" if clock else otherwise
