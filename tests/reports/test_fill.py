"""Blocks on sheets: as few as they need, each as full as the others."""

import numpy as np
import pytest

from yiji.reports.page.fill import evenly


@pytest.mark.parametrize(("heights", "blocks"), [
    ([], []),
    ([60], [[60]]),
    ([60, 60, 32], [[60, 60, 32]]),
    ([60, 60, 32, 32], [[60, 60], [32, 32]]),
    ([60, 60, 60, 60, 60, 32], [[60, 60], [60, 60], [60, 32]]),
    ([32] * 6, [[32] * 3, [32] * 3]),
    ([200, 10, 10], [[200], [10, 10]]),
])  # fmt: skip
def test_sheets_are_filled_evenly(heights: list[float], blocks: list[list[float]]):
    assert [[heights[row] for row in rows] for rows in evenly(heights, 160.0)] == blocks


def test_the_order_stays_and_no_sheet_more_is_taken_than_needed():
    dice = np.random.default_rng(7)
    for _ in range(50):
        heights = dice.uniform(20, 90, dice.integers(1, 14)).tolist()
        parts, full, sheets = evenly(heights, 150.0), 150.0, 0
        assert [row for rows in parts for row in rows] == list(range(len(heights)))
        assert all(sum(heights[row] for row in rows) <= 150 for rows in parts)
        for height in heights:  # sheet after sheet to the brim
            sheets, full = (sheets, full + height) if full + height <= 150 else (sheets + 1, height)
        assert len(parts) == sheets
