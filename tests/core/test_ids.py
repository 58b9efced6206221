"""Names for kept things: unique over threads and forks, sortable by time."""

import multiprocessing
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

from yiji.core import ids

MANY = 3000  # several draws of chance


def _some(_: int = 0) -> list[str]:
    return [ids.new("x") for _ in range(MANY)]


def _chances(names: Iterable[str]) -> list[str]:
    return [name[-16:] for name in names]  # 80 bits; the ten letters before are the time


def test_no_two_are_the_same_in_threads() -> None:
    with ThreadPoolExecutor(4) as pool:
        drawn = [one for some in pool.map(_some, range(4)) for one in _chances(some)]
    assert len(set(drawn)) == len(drawn) == 4 * MANY


def test_a_child_draws_its_own_chance() -> None:
    ids.new("x")  # leaves drawn chances behind that a child must not share
    with multiprocessing.get_context("fork").Pool(2) as pool:
        drawn = _chances(one for some in pool.map(_some, range(2), chunksize=1) for one in some)
    drawn += _chances(_some())
    assert len(set(drawn)) == len(drawn) == 3 * MANY


def test_later_ones_sort_behind() -> None:
    first = ids.new("x")[:12]
    assert first <= ids.new("x")[:12]
    assert len(ids.new("ord")) == len("ord-") + 26
