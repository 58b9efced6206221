"""The rules of the naive model: each kind in the plainest words, no code of the product."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

LIVE = ("held", "booked", "checked_in")
Thing = dict[str, Any]


def day(moment: datetime) -> date:
    """The day in Shanghai, which is always eight hours ahead."""
    return (moment + timedelta(hours=8)).date()


@dataclass
class Rules:
    """What rules speak of: examinations and where devices stand."""

    exams: dict[str, Thing]
    where: dict[str, tuple[str, str, str]]  # device -> room, department, campus

    def _means(self, chosen: Thing, exam: str) -> bool:
        if chosen["exams"] and exam not in chosen["exams"]:
            return False
        return not chosen["tags"] or any(tag in self.exams[exam]["tags"] for tag in chosen["tags"])

    def _breaks(
        self, rule: Thing, item: Thing, device: str, start: datetime, end: datetime, others: list[Thing]
    ) -> bool:
        mine, kind = item["exam"], rule["kind"]
        if kind == "walk":
            near = timedelta(minutes=10)
            close = [one for one in others if start < one["end"] + near and one["start"] < end + near]
            return any(one["state"] in LIVE and one["exam"] != mine for one in close)
        if kind in ("window", "sex", "daily", "lunch"):
            if not self._means(rule["first"], mine):
                return False
            clock = (start + timedelta(hours=8)).time()
            if kind == "window":
                return not rule["opens"] <= clock < rule["closes"]
            if kind == "sex":
                return item["sex"] not in rule["sexes"]
            if kind == "lunch":
                return clock.hour == 12
            same = [
                one for one in others if self._means(rule["first"], one["exam"]) and day(one["start"]) == day(start)
            ]
            return len(same) >= rule["limit"]
        me = {"exam": mine, "device": device, "start": start, "end": end, "state": "booked"}
        for other in others:
            for a, b in ((me, other), (other, me)):
                meant = self._means(rule["first"], a["exam"]) and self._means(rule["second"], b["exam"])
                if meant and not self._agree(rule, a, b, other["state"] == "fulfilled"):
                    return True
        return False

    def _agree(self, rule: Thing, a: Thing, b: Thing, over: bool) -> bool:
        """Whether first `a` and second `b` keep a rule about two."""
        hours, gap = timedelta(hours=rule["hours"]), timedelta(minutes=rule["gap"])
        zero = timedelta(0)
        match rule["kind"]:
            case "exclusive":
                if not rule["hours"] and day(a["start"]) == day(b["start"]):
                    return False
                after, before = hours, hours
            case "sequence":
                if over and not rule["hours"]:
                    return True
                after, before = zero, hours or None
            case "interval":
                after, before = gap, gap if rule["both"] else zero
            case _:
                level = ("room", "department", "campus").index(rule["scope"])
                if self.where[a["device"]][level] == self.where[b["device"]][level]:
                    return True
                after, before = gap, gap
        if a["end"] + after <= b["start"]:
            return True
        return before is not None and b["end"] + before <= a["start"]
