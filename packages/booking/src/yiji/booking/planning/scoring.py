"""How good a plan is: the figures that are to be least, counted from the places themselves."""

from collections.abc import Iterable, Sequence

from yiji.booking.planning.problem import Problem, Score, Spot

Span = tuple[int, int]


def score(problem: Problem, spots: Sequence[Spot]) -> Score:
    """Return the figures of a plan.

    A visit is a day on which the patient would not come anyway. Waiting is the time between the examinations of a day
    on which the plan places one, the patient's other appointments of that day among them.
    """
    days: dict[int, list[Span]] = {}
    for spot in spots:
        days.setdefault(problem.day_of(spot.start), []).append((spot.start, spot.end))
    return Score(
        visits=sum(1 for day in days if day not in problem.fixed),
        finish=max(spot.end for spot in spots),
        waiting=sum(_idle([*spans, *problem.fixed.get(day, ())]) for day, spans in days.items()),
        fragments=sum(spot.fragment for spot in spots),
    )


def _idle(spans: Iterable[Span]) -> int:
    """Return the minutes between the first start and the last end in which nothing is made."""
    idle, reached = 0, 0
    for start, end in sorted(spans):
        idle += max(0, start - reached) if reached else 0
        reached = max(reached, end)
    return idle


def busy(spans: Iterable[Span]) -> int:
    """Return the minutes in which something is made, where spans may overlap."""
    known = list(spans)
    return max(end for _, end in known) - min(start for start, _ in known) - _idle(known) if known else 0
