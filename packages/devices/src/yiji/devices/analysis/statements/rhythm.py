"""What the intervals between beats and the beats' classes tell: irregularity, pauses, ectopic beats and their patterns.

Irregularity by RMSSD over the mean and by the coefficient of sample entropy (Lake and Moorman 2011, recalled), both of
which a dozen beats suffice for; intervals that touch a ventricular beat are left out of them.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from yiji.devices.analysis.signals.filters import Places, Signal

PAUSES = (2.0, 3.0)  # s
LEAST_INTERVALS = 6  # irregularity is not told from fewer
MATCHES = 5  # sample entropy widens its tolerance until so many pairs match
TOLERANCE = 0.03  # s, where it begins
PATTERN = 3  # so many turns of a pattern make it one
RUN = 3  # beats

Facts = dict[str, float]


def rhythm(places: Places, rate: float, classes: str = "") -> Facts:
    """Return the facts of RR and classes; `places`: samples of the beats, `classes`: a letter a beat, or none known."""
    seconds = places / rate
    letters = np.array(list(classes), "U1") if len(classes) == places.size else np.full(places.size, "N")
    return _intervals(np.diff(seconds), letters) | _ectopic(seconds, letters, "V") | _ectopic(seconds, letters, "S")


def _intervals(rr: Signal, letters: NDArray[np.str_]) -> Facts:
    if not rr.size:
        return {}
    two, three = (float(np.sum(rr > limit)) for limit in PAUSES)
    told = {"rr_longest": float(rr.max()), "rr_spread": float(rr.std() / rr.mean())}
    return told | {"pauses_2": two, "pauses_3": three} | irregularity(rr, _own(letters))


def _own(letters: NDArray[np.str_]) -> NDArray[np.bool_]:
    """Say of each interval whether neither it nor the beats at its ends are ventricular or unknown."""
    ectopic = ~np.isin(letters, ("N", "S"))
    return ~(ectopic[1:] | ectopic[:-1])


def irregularity(rr: Signal, usable: NDArray[np.bool_] | None = None) -> Facts:
    """Return rr_rmssd, rr_entropy and rr_count of intervals in s; the first two only where enough intervals are left.

    `usable`: which intervals count; pairs that are not next to one another make no difference.
    """
    kept = np.ones(rr.size, bool) if usable is None else usable
    steps = np.diff(rr)[kept[1:] & kept[:-1]]
    count, told = int(kept.sum()), {"rr_count": float(kept.sum())}
    if count < LEAST_INTERVALS or steps.size < LEAST_INTERVALS - 1:
        return told
    mean = float(rr[kept].mean())
    return told | {"rr_rmssd": float(np.sqrt(np.mean(steps**2))) / mean, "rr_entropy": sample_entropy(rr[kept])}


def sample_entropy(rr: Signal) -> float:
    """Return the coefficient of sample entropy (m = 1) of intervals in s: -ln(A/B) + ln(2 r) - ln(mean).

    `r` grows until `MATCHES` pairs of intervals that are alike are followed by ones that are. A steady beat is near -3
    or lower, atrial fibrillation above -1.4 (Lake and Moorman, recalled).
    """
    apart = np.abs(rr[:, None] - rr[None, :])
    rows, columns = np.triu_indices(rr.size - 1, 1)
    first, both = apart[rows, columns], np.maximum(apart[rows, columns], apart[rows + 1, columns + 1])
    reach = TOLERANCE
    if np.sum(both <= reach) < MATCHES:
        reach = float(np.sort(both)[min(MATCHES, both.size) - 1])
    share = np.sum(both <= reach) / np.sum(first <= reach)
    return float(np.log(2 * reach) - np.log(rr.mean()) - np.log(share))


def _ectopic(seconds: Signal, letters: NDArray[np.str_], letter: str) -> Facts:
    """Count the beats of a class: all, in pairs, in runs, and whether they come every second or third time."""
    name = "ve" if letter == "V" else "sve"
    runs = list(_runs(letters == letter))
    long = [(first, last) for first, last in runs if last - first >= RUN]
    told = {
        name: float(np.sum(letters == letter)),
        f"{name}_pairs": float(sum(last - first == 2 for first, last in runs)),
        f"{name}_runs": float(len(long)),
        f"{name}_longest": float(max((last - first for first, last in long), default=0)),
        f"{name}_bigeminy": float(_turns(letters, letter, 2)),
        f"{name}_trigeminy": float(_turns(letters, letter, 3)),
    }
    rates = [60 * (last - first - 1) / (seconds[last - 1] - seconds[first]) for first, last in long]
    return told | ({f"{name}_rate": float(max(rates))} if rates else {})


def _runs(true: NDArray[np.bool_]) -> Iterator[tuple[int, int]]:
    """Yield first and one past last of each run."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], true, [False]))))
    yield from zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)


def _turns(letters: NDArray[np.str_], letter: str, every: int) -> bool:
    """Say whether normal beats and one ectopic beat follow one another in turns: NV NV NV, or NNV NNV NNV."""
    turn = "N" * (every - 1) + letter
    return turn * PATTERN in "".join(letters.tolist())
