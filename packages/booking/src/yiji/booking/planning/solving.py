"""Asking CP-SAT: what is to be least, one figure after the other, within a limit of time."""

import time
from typing import Any

from ortools.sat.python import cp_model

from yiji.booking.planning.model import Found, Model
from yiji.booking.planning.problem import Score
from yiji.booking.planning.scoring import busy

Figure = tuple[Any, int, int]  # an expression from 0 on, what is to be added to it, and the most that it can be
_NEVER_MORE = 2**53  # a weighted sum is kept below this


class Clock:
    """How long a plan may still be sought; past it answers are told as not proved."""

    def __init__(self, seconds: float) -> None:
        self._ends = time.monotonic() + seconds
        self.gave_up = False  # whether some question was left without an answer

    @property
    def left(self) -> float:
        """Seconds left."""
        return max(0.0, self._ends - time.monotonic())


def least(model: Model, clock: Clock, below: Score | None = None) -> Found | None:
    """Return the best places: the figures of `Score` are made least, one after the other.

    None where there are none, none better than `below`, or none were found in time. A later figure is weighted so that
    all that it and those after it can be do not outweigh one step of an earlier one.
    """
    terms = _Terms(model)
    figures = [terms.of(name) for name in Score._fields]
    weight, total, bound = 1, 0, 0
    for (expression, offset, most), best in zip(reversed(figures), reversed(below or Score(0, 0, 0, 0)), strict=True):
        total = total + weight * expression
        bound += weight * min(best - offset, most + 1)
        weight *= most + 1
    assert weight < _NEVER_MORE
    if below is not None:
        model.cp.add(total < bound)
    model.cp.minimize(total)
    return _answer(model, clock, _solver(clock.left))


def any_at_all(model: Model, clock: Clock) -> Found | None:
    """Return places that go together, good or not."""
    return _answer(model, clock, _wide_solver(clock.left))


def fewest_days(model: Model, clock: Clock) -> tuple[int, int] | None:
    """Return how few visits are enough, and the last day of the soonest such plan; None where there is no plan."""
    terms, days = _Terms(model), max(model.days) + 1
    visits = terms.of("visits")[0]
    last = model.cp.new_int_var(min(model.days), max(model.days), "")
    for on in model.on:
        for day, literal in on.items():
            model.when(model.cp.add(last >= day), literal)
    model.cp.minimize(visits * days + last)
    found = _answer(model, clock, _wide_solver(clock.left / 2))  # the rest is for the plan itself
    if found is None:
        return None
    clock.gave_up |= not found.proved
    known = [model.problem.day_of(spot.start) for spot in found.spots]
    return sum(1 for day in set(known) if day not in model.problem.fixed), max(known)


def _answer(model: Model, clock: Clock, solver: cp_model.CpSolver) -> Found | None:
    status = solver.solve(model.cp)
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        if status != cp_model.INFEASIBLE:
            clock.gave_up = True
        return None
    return model.found(solver, status == cp_model.OPTIMAL)


def _solver(seconds: float) -> cp_model.CpSolver:
    """Return a solver for few days.

    LP, symmetries, tidying between restarts and a second thread were measured to cost more than they save.
    """
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = 1
    solver.parameters.linearization_level = 0
    solver.parameters.symmetry_level = 0
    solver.parameters.use_sat_inprocessing = False
    solver.parameters.cp_model_probing_level = 0
    solver.parameters.max_presolve_iterations = 1
    solver.parameters.binary_search_num_conflicts = 10
    solver.parameters.max_time_in_seconds = seconds
    return solver


def _wide_solver(seconds: float) -> cp_model.CpSolver:
    """Return a solver for many days at once: there the presolve takes longer than the search."""
    solver = _solver(seconds)
    solver.parameters.cp_model_presolve = False
    return solver


class _Terms:
    """The figures of `Score` as expressions."""

    def __init__(self, model: Model) -> None:
        self._model, self._cp, self._problem = model, model.cp, model.problem
        self._low = min(start for variants in model.variants for one in variants for start in one.spots)
        self._high = max(spot.end for variants in model.variants for one in variants for spot in one.spots.values())
        self._spans = self._by_day()
        self._used = {day: self._is_used(day) for day in model.days}

    def of(self, name: str) -> Figure:
        """Return a figure."""
        assert name in Score._fields
        return getattr(self, f"_{name}")()

    def _by_day(self) -> dict[int, list[tuple[int, int]]]:
        found: dict[int, list[tuple[int, int]]] = {day: [] for day in self._model.days}
        for daily in self._model.places:
            for day, spots in daily.items():
                found[day] += [(spot.start, spot.end) for spot in spots]
        return found

    def _is_used(self, day: int) -> Any:
        literals = [on[day] for on in self._model.on if day in on]
        if any(literal is None for literal in literals):
            return 1
        used = self._cp.new_bool_var("")
        self._cp.add_max_equality(used, literals)
        return used

    def _visits(self) -> Figure:
        new = [used for day, used in self._used.items() if day not in self._problem.fixed]
        return sum(new), 0, len(new)

    def _finish(self) -> Figure:
        finish = self._cp.new_int_var(self._low, self._high, "")
        for item, variants in enumerate(self._model.variants):
            for one in variants:
                self._model.when(self._cp.add(finish >= self._model.starts[item] + one.length), one.chosen)
        return finish - self._low, self._low, self._high - self._low

    def _waiting(self) -> Figure:
        """Per day from the first start to the last end, less what is spent in examinations."""
        spans, most = list[Any](), 0
        for day in self._model.days:
            span, longest = self._span(day)
            spans.append(span - self._used[day] * busy(self._problem.fixed.get(day, ())))
            most = max(most, longest)
        spent = [
            one.length if one.chosen is None else one.length * one.chosen
            for variants in self._model.variants
            for one in variants
        ]
        return sum(spans) - sum(spent), 0, most * min(len(self._model.days), len(self._model.starts))

    def _span(self, day: int) -> tuple[Any, int]:
        """Return how long the patient is there on a day, and the most that it can be; 0 where he does not come."""
        fixed = self._problem.fixed.get(day, ())
        spans = [*self._spans[day], *fixed]
        low, high = min(start for start, _ in spans), max(end for _, end in spans)
        first, last = self._cp.new_int_var(low, high, ""), self._cp.new_int_var(low, high, "")
        span = self._cp.new_int_var(0, high - low, "")
        self._cp.add(span >= last - first)
        for item, on in enumerate(self._model.on):
            if day in on:
                start = self._model.starts[item]
                self._model.when(self._cp.add(first <= start), on[day])
                for one in self._model.variants[item]:
                    self._model.when(self._cp.add(last >= start + one.length), on[day], one.chosen)
        if fixed:
            used = self._used[day]
            literal = None if isinstance(used, int) else used
            self._model.when(self._cp.add(first <= min(start for start, _ in fixed)), literal)
            self._model.when(self._cp.add(last >= max(end for _, end in fixed)), literal)
        return span, high - low

    def _fragments(self) -> Figure:
        left: list[Any] = []
        for item, variants in enumerate(self._model.variants):
            if not any(spot.fragment for one in variants for spot in one.spots.values()):
                continue
            leaves = self._cp.new_bool_var("")
            for one in variants:
                whole = [start for start, spot in one.spots.items() if not spot.fragment]
                if len(whole) < len(one.spots):
                    self._model.one_of(self._model.starts[item], whole, ~leaves, one.chosen)
            left.append(leaves)
        return sum(left), 0, len(left)
