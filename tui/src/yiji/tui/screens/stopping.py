"""Stopping a device 停诊: until when, whom it displaces and where they go, why; then who is to be told."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, NamedTuple

from yiji.tui.base import Base
from yiji.tui.screens.ask import AskScreen, Question, reasoned
from yiji.tui.screens.choose import Choice, ChooseScreen
from yiji.tui.screens.displaced import DisplacedScreen, ForeseenScreen

if TYPE_CHECKING:
    from yiji.core.contract.inventory import Slot, Stop

DAYS = (2, 3, 7)  # how many days on end are offered


class _Span(NamedTuple):
    starts_at: datetime
    ends_at: datetime


async def stop(app: Base, device: str, name: str, slot: "Slot", day: "Sequence[Slot]") -> bool:
    """Ask what must be asked, then stop; return whether it was done."""
    from yiji.core.contract.inventory import PreviewStop, StopDevice

    span = await _span(app, slot, day)
    if span is None:
        return False
    foreseen = await app.perform(PreviewStop(device=device, starts_at=span.starts_at, ends_at=span.ends_at))
    if foreseen is None or not await _accepts(app, foreseen, name):
        return False
    what = Question("stop") if foreseen.displaced else Question("stop_nobody")
    question = replace(what, told={"device": name, **_told(app, foreseen)}, reasons=True, must_say=True)
    done = await reasoned(
        app,
        question,
        lambda why: StopDevice(device=device, starts_at=span.starts_at, ends_at=span.ends_at, reason=why),
    )
    if done is None:
        return False
    app.say("stopped_device", device=name, **_told(app, done))
    if done.displaced and await app.push_screen_wait(DisplacedScreen(done, name)):
        await _resume(app, done, name)
    return True


async def _accepts(app: Base, foreseen: "Stop", name: str) -> bool:
    """Show whom the stop would displace; with nobody there is nothing to show."""
    return not foreseen.displaced or await app.push_screen_wait(ForeseenScreen(foreseen, name)) is not None


def _told(app: Base, found: "Stop") -> dict[str, str]:
    left = len(found.displaced) - found.moved
    counts = {"slots": found.closed_slots, "displaced": len(found.displaced), "moved": found.moved, "left": left}
    return {"span": _between(app, found), **{key: str(value) for key, value in counts.items()}}


def _between(app: Base, found: "Stop | _Span") -> str:
    """Return ``03-02 Mon 08:00-12:00``; with the day of its end where that is another."""
    start, end = app.reading.local(found.starts_at), app.reading.local(found.ends_at)
    until = f"-{end:%H:%M}" if end.date() == start.date() else f" - {app.reading.moment(found.ends_at)}"
    return f"{app.reading.moment(found.starts_at)}{until}"


async def _span(app: Base, slot: "Slot", day: "Sequence[Slot]") -> _Span | None:
    """Ask how long: this slot, until the end of another, of the day, of some day after, or the whole day."""
    spans = _spans(app, slot, day)
    told = {"slot": app.t("stop_slot"), "until": app.t("stop_until"), "rest": app.t("stop_rest")}
    told |= {str(days): app.t("stop_days", number=days) for days in DAYS} | {"day": app.t("stop_day")}
    choices = [Choice(key, f"{told[key]}  {_between(app, span) if span else ''}") for key, span in spans.items()]
    chosen = await app.push_screen_wait(ChooseScreen("choose_span", choices))
    return await _until(app, slot, day) if chosen == "until" else spans.get(chosen or "")


def _spans(app: Base, slot: "Slot", day: "Sequence[Slot]") -> dict[str, _Span | None]:
    """Return the stretches that are offered; None for the one whose end is asked for."""
    last, midnight = day[-1].ends_at, datetime.combine(app.reading.local(slot.starts_at).date(), time())
    spans: dict[str, _Span | None] = {"slot": _Span(slot.starts_at, slot.ends_at)}
    if slot is not day[-1]:
        spans |= {"until": None, "rest": _Span(slot.starts_at, last)}
    if slot is not day[0]:
        spans["day"] = _Span(day[0].starts_at, last)
    zone = app.reading.local(slot.starts_at).tzinfo
    ends = {days: (midnight + timedelta(days=days)).replace(tzinfo=zone) for days in DAYS}
    return spans | {str(days): _Span(slot.starts_at, end) for days, end in ends.items()}


async def _until(app: Base, slot: "Slot", day: "Sequence[Slot]") -> _Span | None:
    ends = [one.ends_at for one in day if one.starts_at >= slot.starts_at]
    choices = [Choice(str(at), _between(app, _Span(slot.starts_at, end))) for at, end in enumerate(ends)]
    chosen = await app.push_screen_wait(ChooseScreen("choose_until", choices))
    return _Span(slot.starts_at, ends[int(chosen)]) if chosen else None


async def stops(app: Base, device: str, name: str) -> bool:
    """Show a device's stops in force or to come, then the displaced of one; return whether one was ended."""
    from yiji.core.contract.inventory import ListStops

    found = await app.perform(ListStops(device=device))
    if found is None:
        return False
    if not found.stops:
        app.warn("no_stops", device=name)
        return False
    choices = [
        Choice(one.id, f"{_between(app, one)}  {one.reason}  {app.t('untold', number=one.untold)}")
        for one in found.stops
    ]
    chosen = await app.push_screen_wait(ChooseScreen("choose_stop", choices))
    one = next((one for one in found.stops if one.id == chosen), None)
    ends = one and await app.push_screen_wait(DisplacedScreen(one, name))
    return bool(one and ends and await _resume(app, one, name))


async def _resume(app: Base, one: "Stop", name: str) -> bool:
    from yiji.core.contract.inventory import ResumeDevice

    told = {"device": name, "span": _between(app, one)}
    if await app.push_screen_wait(AskScreen(Question("resume", told))) is None:
        return False
    if await app.perform(ResumeDevice(stop_id=one.id)) is None:
        return False
    app.say("resumed_device", **told)
    return True
