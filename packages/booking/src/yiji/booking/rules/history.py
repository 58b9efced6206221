"""A rule set asked again about what was booked: each appointment as it was decided, beside what stood then."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from yiji.booking.hooks import Fact, Other, Place, Proposal, Refusal, Traits
from yiji.booking.rules.compiled import Compiled
from yiji.core.contract.order import OrderBrief


@dataclass(frozen=True, slots=True)
class Stay:
    """Where an appointment stood from a moment of deciding to the next; `until` None: to this day."""

    since: datetime
    until: datetime | None
    starts_at: datetime
    ends_at: datetime
    place: Place


@dataclass(frozen=True, slots=True)
class Kept:
    """An appointment as the kept rows tell it; its last stay is the one that is replayed."""

    id: str
    order: OrderBrief
    exam: Traits
    stays: tuple[Stay, ...]
    made: bool  # it was examined in the end
    paid: bool

    @property
    def decided_at(self) -> datetime:
        """When it got the place that it has now."""
        return self.stays[-1].since

    @property
    def booked_at(self) -> datetime:
        """When it got its first place."""
        return self.stays[0].since

    def then(self, moment: datetime) -> Other | None:
        """Return the appointment as it stood at a moment of the past."""
        for stay in self.stays:
            if stay.since <= moment and (stay.until is None or moment < stay.until):
                live = not (self.made and stay.ends_at <= moment)
                return Other(self.id, self.exam, stay.place, stay.starts_at, stay.ends_at, live)
        return None


@dataclass(frozen=True, slots=True)
class History:
    """What is kept of one patient. `facts`: every fact ever noted, by code."""

    appointments: Sequence[Kept]
    facts: Mapping[str, Sequence[Fact]] = field(default_factory=dict[str, Sequence[Fact]])

    def known(self, moment: datetime) -> dict[str, Fact]:
        """Return the newest fact of each code at a moment."""
        earlier = {code: [one for one in facts if one.at <= moment] for code, facts in self.facts.items()}
        return {code: max(facts, key=lambda one: one.at) for code, facts in earlier.items() if facts}


def replay(
    compiled: Compiled, history: History, since: datetime, zone: str
) -> Iterator[tuple[Kept, tuple[str, Refusal] | None]]:
    """Yield what was decided since a moment, in that order, each with the first rule that refuses it, or None."""
    waiting = sorted(history.appointments, key=lambda one: one.booked_at, reverse=True)
    standing: list[Kept] = []
    for asked in sorted(history.appointments, key=lambda one: (one.decided_at, one.id)):
        moment = asked.decided_at
        while waiting and waiting[-1].booked_at <= moment:
            standing.append(waiting.pop())
        if moment < since:
            continue
        standing = [one for one in standing if _matters(one, moment, compiled)]
        yield asked, compiled.check(_proposal(asked, standing, history.known(moment), zone))


def _matters(one: Kept, moment: datetime, compiled: Compiled) -> bool:
    last = one.stays[-1]
    gone = last.until is not None and last.until <= moment
    return not gone and last.starts_at > moment - compiled.reach


def _proposal(asked: Kept, standing: Iterable[Kept], facts: Mapping[str, Fact], zone: str) -> Proposal:
    stay = asked.stays[-1]
    # what was decided in one transaction has one moment: ids tell the order
    earlier = (one for one in standing if one is not asked and (one.booked_at, one.id) < (stay.since, asked.id))
    others = (one.then(stay.since) for one in earlier)
    return Proposal(
        order=asked.order,
        exam=asked.exam,
        place=stay.place,
        starts_at=stay.starts_at,
        ends_at=stay.ends_at,
        now=stay.since,
        zone=zone,
        others=tuple(other for other in others if other),
        facts=facts,
        paid=asked.paid,
    )
