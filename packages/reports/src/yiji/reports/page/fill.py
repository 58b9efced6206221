"""Which blocks stand on which sheet: as few sheets as they need, and each as full as the others."""

from collections.abc import Sequence

Filling = tuple[int, float, tuple[range, ...]]  # sheets, the sum of their squared heights, and which blocks each holds


def evenly(heights: Sequence[float], room: float) -> tuple[range, ...]:
    """Return the blocks of each sheet, in their order; what is higher than `room` (mm) has a sheet of its own.

    Of all ways with the fewest sheets that of the least squares is taken: no sheet is left with one block where the
    sheet before it is full.
    """
    best: list[Filling] = [(0, 0.0, ())]
    for end in range(1, len(heights) + 1):
        ways = (_with(best[start], range(start, end), sum(heights[start:end]), room) for start in range(end))
        best.append(min((way for way in ways if way is not None), key=lambda way: way[:2]))
    return best[-1][2]


def _with(before: Filling, blocks: range, height: float, room: float) -> Filling | None:
    """Return a filling and one sheet more; None when that cannot hold its blocks."""
    if height > room and len(blocks) > 1:
        return None
    sheets, squares, parts = before
    return sheets + 1, squares + height**2, (*parts, blocks)
