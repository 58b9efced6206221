"""Which sample stands for a beat: the top of its main deflection, as annotators set it, in the clearest lead.

Of R and S the one that most beats of the stretch show better (R unless S is clearly deeper), so that intervals do not
jump between the two; only a beat that is clearly the other way round has the other.
"""

import numpy as np

from yiji.devices.analysis.signals.filters import Places, Signal

REACH = 0.075  # s, how far from the middle of the QRS energy its top may be
AROUND = 0.15  # s, the median over so much on each side is the level
SMOOTH = 0.008  # s, a sample is the mean over so much
R_PREFERRED = -0.4  # logarithm of R / S above which R is taken
CLEARLY = 1.0  # how far from there, in logarithms, a beat must be to differ from the others
LEAST = 0.01  # mV, below which heights do not matter


def fiducials(lead: Signal, places: Places, rate: float) -> Places:
    """Return the beats' fiducial samples in a lead, mV; `places`: near them. Rising, without repeats."""
    from yiji.devices.analysis.beats.kernels import deflections

    half = int(SMOOTH * rate) // 2
    found = deflections(lead, places, max(1, int(REACH * rate)), max(1, int(AROUND * rate)), half)
    r, s = np.maximum(found[:, 0], 0.0) + LEAST, np.maximum(-found[:, 2], 0.0) + LEAST
    upright = np.log(r / s)
    usual = CLEARLY if places.size and np.median(upright) <= R_PREFERRED else -CLEARLY
    return np.unique(np.where(upright > usual, found[:, 1], found[:, 3]).astype(np.int64))
