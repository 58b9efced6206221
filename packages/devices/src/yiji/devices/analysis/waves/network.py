"""The wave network in numpy: a small U-Net (Ronneberger 2015, recalled) that says what each sample of each lead is.

It looks at one lead and, on its three deeper levels, also at the mean of all leads' features (as Deep Sets do, Zaheer
2017, recalled): what is faint in one lead is clear in another, and any number of leads will do. A convolution is a sum
of matrix products, one a tap, over all leads in a row with gaps of noughts between them; one of stride 2 takes samples
in pairs. Weights: `waves.npz`, trained by ``tests/bench/_train_waves.py``, normalisation folded in.
"""

from collections.abc import Sequence
from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

Activity = NDArray[np.float32]  # (leads, samples, channels)
Weights = dict[str, NDArray[np.float32]]
CLASSES = 4  # nothing, P, QRS, T
STEP = 16  # the input's length is a multiple of it
SMALL = 2**18 - 1  # multiplications; for more OpenBLAS wakes threads, which wait for one another on busy cores


def probabilities(signal: Activity, weights: Weights | None = None) -> Activity:
    """Return for leads (leads, samples) as `input.prepare` gives them how likely nothing, P, QRS, T are there.

    The result is (leads, samples, 4) and sums to 1 over the last axis.
    """
    w = weights or shipped()
    leads, size = signal.shape
    x = np.zeros((leads, -(-size // STEP) * STEP, 1), np.float32)
    x[:, :size, 0] = signal
    near = _conv(w, "e0", _halved(w, "stem", x))
    middle = _shared(w, "e1", _halved(w, "d1", near))
    far = _shared(w, "e2", _halved(w, "d2", middle))
    y = _shared(w, "e3", _halved(w, "d3", far))
    y = _conv(w, "e5", _conv(w, "e4", y, dilation=2), dilation=4)
    for name, skipped in (("u2", far), ("u1", middle), ("u0", near)):
        y = _conv(w, name, y, skipped)
    logits = _taps([y], w["head.w"]) + w["head.b"]
    apart = logits.reshape(leads, -1, CLASSES, 2).swapaxes(2, 3).reshape(leads, -1, CLASSES)
    return _softmax(apart[:, :size])


@cache
def shipped() -> Weights:
    """Return the weights that come with the package."""
    with files("yiji.devices.analysis.waves").joinpath("waves.npz").open("rb") as file, np.load(file) as kept:
        return {name: kept[name].astype(np.float32) for name in kept.files}


def _conv(w: Weights, name: str, *parts: Activity, dilation: int = 1) -> Activity:
    return _rectified(_taps(parts, w[name + ".w"], dilation), w[name + ".b"])


def _shared(w: Weights, name: str, x: Activity) -> Activity:
    """Convolve each lead, and the mean of all with the other half of the weights."""
    own, common = np.split(w[name + ".w"], 2, axis=1)
    return _rectified(_taps([x], own) + _taps([x.mean(axis=0, keepdims=True)], common), w[name + ".b"])


def _halved(w: Weights, name: str, x: Activity) -> Activity:
    """Convolve with stride 2: taps 2j and 2j + 1 see the pair of samples j."""
    taps = w[name + ".w"]
    pairs = _padded([x], (taps.shape[0] - 2) // 2).reshape(len(x), -1, 2 * x.shape[2])
    return _rectified(_valid(pairs, taps.reshape(taps.shape[0] // 2, 2 * taps.shape[1], -1), 1), w[name + ".b"])


def _taps(parts: Sequence[Activity], taps: Activity, dilation: int = 1) -> Activity:
    """Convolve, as long as before: `taps` is (width, channels in, channels out)."""
    return _valid(_padded(parts, dilation * (taps.shape[0] // 2)), taps, dilation)


def _padded(parts: Sequence[Activity], margin: int) -> Activity:
    """Return the channels of all parts side by side, those of half the rate twice each, with noughts at both ends."""
    leads, size, _ = parts[-1].shape
    out = np.zeros((leads, size + 2 * margin, sum(part.shape[2] for part in parts)), np.float32)
    channel = 0
    for part in parts:
        until, times = channel + part.shape[2], size // part.shape[1]
        for phase in range(times):
            out[:, margin + phase : margin + size : times, channel:until] = part
        channel = until
    return out


def _valid(x: Activity, taps: Activity, dilation: int) -> Activity:
    """Convolve without margins, in stretches whose products stay below `SMALL`."""
    leads, size, channels = x.shape
    reach = dilation * (taps.shape[0] - 1)
    row = x.reshape(leads * size, channels)
    out = np.empty((leads * size, taps.shape[2]), np.float32)
    inner, step = leads * size - reach, max(1, SMALL // taps[0].size)
    product = np.empty((step, taps.shape[2]), np.float32)
    for first in range(0, inner, step):
        last = min(first + step, inner)
        sums = np.matmul(row[first:last], taps[0], out=out[first:last])
        for at in range(1, len(taps)):
            moved = row[first + at * dilation : last + at * dilation]
            sums += np.matmul(moved, taps[at], out=product[: last - first])
    return out.reshape(leads, size, -1)[:, : size - reach]


def _rectified(x: Activity, bias: Activity) -> Activity:
    x += bias
    return np.maximum(x, 0, out=x)


def _softmax(logits: Activity) -> Activity:
    shifted = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return shifted / shifted.sum(axis=-1, keepdims=True)
