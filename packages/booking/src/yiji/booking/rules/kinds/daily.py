"""At most so many examinations of one patient on a day; those already made that day count."""

from collections import Counter
from datetime import date

from yiji.booking.hooks import Proposal, Refusal
from yiji.booking.rules.moments import day_after, day_of, local, utc
from yiji.booking.rules.selecting import Matches
from yiji.booking.rules.wording import refusal
from yiji.core.contract.rule import RuleSpec


def daily(matches: Matches, spec: RuleSpec, proposal: Proposal) -> Refusal | None:
    """At most `limit` examinations that `first` means on the day of the start, this one among them."""
    if not proposal.others:
        return None
    zone, day = proposal.zone, day_of(proposal.starts_at, proposal.zone)
    counted = [other for other in proposal.others if matches(other.exam)]
    same_day = [other for other in counted if day_of(other.starts_at, zone) == day]
    if len(same_day) < spec.limit:
        return None
    last = max(same_day, key=lambda other: other.starts_at)
    taken = Counter(day_of(other.starts_at, zone) for other in counted)
    free = utc(proposal.starts_at)
    while taken[day_of(free, zone)] >= spec.limit:
        free = day_after(free, zone)
    return refusal(
        spec,
        f"{_told(day)} 已有 {len(same_day)} 项，每天至多 {spec.limit} 项",
        f"{len(same_day)} on {_told(day)} already, at most {spec.limit} a day",
        conflict=last.id,
        earliest=local(free, zone),
    )


def _told(day: date) -> str:
    return f"{day:%Y-%m-%d}"
