"""Does a rule set speak of what the catalogue has, and do its windows meet the calendars?"""

from collections.abc import Iterator
from datetime import time

from yiji.booking.rules.catalogue import makers
from yiji.booking.rules.vetting.findings import found, shown
from yiji.booking.rules.vetting.groups import Group, sides
from yiji.core.contract.catalogue import Calendar, Catalogue
from yiji.core.contract.rule import Finding, RuleKind, RuleSet, RuleSpec, Selector


def check_fit(rules: RuleSet, catalogue: Catalogue, groups: list[Group]) -> Iterator[Finding]:
    """Yield codes that nothing has, and selectors that mean nothing."""
    known = _known(catalogue)
    for index, side, selector in sides(rules):
        named = (rules.rules[index].id,)
        unknown = list(_unknown(selector, known))
        for what, codes in unknown:
            yield found(f"unknown_{what}", named, side=side, codes=shown(codes))
        met = any(index in (one.first if side == "first" else one.second) for one in groups)
        if not met and not unknown:
            yield found("matches_nothing", named, side=side)


def check_windows(rules: RuleSet, catalogue: Catalogue, groups: list[Group]) -> Iterator[Finding]:
    """Yield windows that leave no time, alone with the calendars or together."""
    calendars = _calendars(catalogue)
    told: set[tuple[str, ...]] = set()
    for one in groups:
        windows = [spec for index, spec in enumerate(rules.rules) if index in one.first and _is_window(spec)]
        named = tuple(spec.id for spec in windows)
        if not windows or named in told:
            continue
        opens, closes = max(_opens(spec) for spec in windows), min(_closes(spec) for spec in windows)
        if opens >= closes:
            told.add(named)
            yield found("windows_apart", named, exams=shown(one.exams))
            continue
        unmet = [code for code in one.exams if not _meets(calendars[code], opens, closes)]
        if unmet:
            told.add(named)
            yield found("window_unmet", named, exams=shown(unmet), opens=_clock(opens), closes=_clock(closes))


def _calendars(catalogue: Catalogue) -> dict[str, list[Calendar]]:
    """Return by examination the calendars of the devices that make it."""
    own: dict[str, list[Calendar]] = {}
    for calendar in catalogue.calendars:
        own.setdefault(calendar.device, []).append(calendar)
    made_by = makers(catalogue).items()
    return {code: [calendar for device in devices for calendar in own.get(device, ())] for code, devices in made_by}


def _known(catalogue: Catalogue) -> dict[str, set[str]]:
    return {
        "exam": {exam.code for exam in catalogue.exams},
        "department": {department.code for department in catalogue.departments},
        "tag": {tag for exam in catalogue.exams for tag in exam.tags},
        "modality": {exam.modality for exam in catalogue.exams},
        "body_part": {part.code for exam in catalogue.exams for part in exam.body_parts},
    }


def _unknown(selector: Selector, known: dict[str, set[str]]) -> Iterator[tuple[str, set[str]]]:
    named = {
        "exam": selector.exams,
        "department": selector.departments,
        "tag": (*selector.tags, *selector.not_tags),
        "modality": selector.modalities,
        "body_part": selector.body_parts,
    }
    for what, codes in named.items():
        missing = set(codes) - known[what]
        if missing:
            yield what, missing


def _is_window(spec: RuleSpec) -> bool:
    """Return whether it is a window that ever opens; one that does not is an error of its own."""
    return spec.kind is RuleKind.WINDOW and _opens(spec) < _closes(spec)


def _opens(spec: RuleSpec) -> int:
    return _minute(spec.opens) if spec.opens else 0


def _closes(spec: RuleSpec) -> int:
    return _minute(spec.closes) if spec.closes else 1440


def _minute(clock: time) -> int:
    return clock.hour * 60 + clock.minute


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def _meets(calendars: list[Calendar], opens: int, closes: int) -> bool:
    """Return whether a slot starts in the window; where there is no calendar yet, nothing is wrong yet."""
    if not calendars:
        return True
    return any(
        opens <= start < closes
        for one in calendars
        for start in range(_minute(one.opens), _minute(one.closes) - one.slot_minutes + 1, one.slot_minutes)
    )
