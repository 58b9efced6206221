"""Train the wave network: ``uv run --with torch python tests/bench/_train_waves.py FOLDER [--cv] [--ship FILE]``.

FOLDER holds `ludb` and `qtdb` (with `qtdb.tar.xz`). ``--cv`` trains on all but one fold of LUDB's records (with QTDB
always) and measures on that fold, fold by fold, as the bench reads it; ``--ship`` trains on everything.
torch is needed here only; the package runs the network in numpy. A run takes some three minutes on an idle core.
"""

import argparse
import json
import sys
import tarfile
import tempfile
import time
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, interpolate

sys.path.insert(0, str(Path(__file__).parent))
from _ecg_waves import CROSS_VALIDATED, Drawn, empty, ludb, measure, qtdb, show, summary

from yiji.devices.analysis.waves.input import RATE, prepare
from yiji.devices.analysis.waves.network import probabilities

SEED, FOLDS = 4, 3
STEPS, LEADS_A_STEP = 1200, 24
WIDTHS = (24, 32, 48, 56)  # channels at 125, 62.5, 31.25 and 15.625 samples a second
SEEN = 1536  # samples of a training window
IGNORED = -1
MARGIN = 0.04  # s beyond the first and the last drawn bound that still counts as drawn


class Conv(nn.Sequential):
    """Convolution, normalisation, rectifier."""

    def __init__(self, inputs: int, outputs: int, width: int, stride: int = 1, dilation: int = 1) -> None:
        padding = dilation * (width - 1) // 2 if stride == 1 else (width - stride + 1) // 2
        super().__init__(
            nn.Conv1d(inputs, outputs, width, stride, padding, dilation, bias=False), nn.BatchNorm1d(outputs), nn.ReLU()
        )


class Net(nn.Module):
    """A small U-Net over one lead, that on each deeper level also sees the mean of all leads; see `network.py`."""

    def __init__(self) -> None:
        super().__init__()
        a, b, c, d = WIDTHS
        self.stem, self.e0 = Conv(1, a, 8, 2), Conv(a, a, 7)
        self.d1, self.e1 = Conv(a, b, 4, 2), Conv(2 * b, b, 5)
        self.d2, self.e2 = Conv(b, c, 4, 2), Conv(2 * c, c, 5)
        self.d3, self.e3 = Conv(c, d, 4, 2), Conv(2 * d, d, 3)
        self.e4, self.e5 = Conv(d, d, 5, dilation=2), Conv(d, d, 5, dilation=4)
        self.u2, self.u1, self.u0 = Conv(d + c, c, 3), Conv(c + b, b, 5), Conv(b + a, a, 5)
        self.head = nn.Conv1d(a, 8, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        """Return the logits (records, leads, 4, samples) of (records, leads, samples)."""
        records, leads, size = x.shape

        def shared(y: Tensor) -> Tensor:
            apart = y.view(records, leads, *y.shape[1:])
            return torch.cat([y, apart.mean(1, keepdim=True).expand_as(apart).reshape(y.shape)], 1)

        s0 = self.e0(self.stem(x.reshape(records * leads, 1, size)))
        s1 = self.e1(shared(self.d1(s0)))
        s2 = self.e2(shared(self.d2(s1)))
        y = self.e5(self.e4(self.e3(shared(self.d3(s2)))))
        y = self.u2(torch.cat([interpolate(y, scale_factor=2.0), s2], 1))
        y = self.u1(torch.cat([interpolate(y, scale_factor=2.0), s1], 1))
        y = self.u0(torch.cat([interpolate(y, scale_factor=2.0), s0], 1))
        y = self.head(y)  # (., 2 * 4, size / 2): even and odd samples
        return y.view(records, leads, 4, 2, size // 2).transpose(3, 4).reshape(records, leads, 4, size)


def labels(drawn: Drawn, size: int) -> NDArray[np.int8]:
    """Return (leads, size) of 0 nothing, 1 P, 2 QRS, 3 T, at `RATE`; `IGNORED` where nobody has drawn."""
    out = np.full((len(drawn.waves), size), IGNORED, np.int8)
    scale = RATE / drawn.fs
    for row, waves in zip(out, drawn.waves, strict=True):
        for first, last in spans(waves, drawn.fs):
            row[max(0, round((first / drawn.fs - MARGIN) * RATE)) : round((last / drawn.fs + MARGIN) * RATE)] = 0
        before = 0
        for kind, on, peak, off in waves:
            start, stop = on if on >= 0 else peak, off if off >= 0 else peak
            row[round(np.ceil(start * scale)) : int(stop * scale) + 1] = kind + 1
            if on < 0:
                row[max(int(before * scale) + 2, int((peak / drawn.fs - 0.2) * RATE)) : int(peak * scale)] = IGNORED
            if off < 0:
                row[int(peak * scale) : int((peak / drawn.fs + 0.2) * RATE)] = IGNORED
            before = stop
    return out


def spans(waves: NDArray[np.int64], fs: float) -> list[tuple[int, int]]:
    """Return (first, last) of each stretch without a hole longer than 2 s."""
    ends = np.sort(waves[:, 1:][waves[:, 1:] >= 0])
    if not ends.size:
        return []
    cuts = np.flatnonzero(np.diff(ends) > 2 * fs)
    return list(zip(ends[np.r_[0, cuts + 1]], ends[np.r_[cuts, ends.size - 1]], strict=True))


class Sample:
    """One record, prepared."""

    def __init__(self, drawn: Drawn) -> None:
        self.x = prepare(drawn.signal, drawn.fs)
        self.y = labels(drawn, self.x.shape[1])
        places = np.flatnonzero((self.y >= 0).any(0))
        self.first, self.last = int(places[0]), int(places[-1])


def window(one: Sample, leads: int, rng: np.random.Generator) -> tuple[NDArray[np.float32], NDArray[np.int8]]:
    """Return a random stretch of some leads, stretched in time by up to a fifth, at a random place."""
    rows = rng.choice(len(one.x), leads, replace=leads > len(one.x))
    speed = np.exp(rng.normal(0, 0.12)) if rng.random() < 0.5 else 1.0
    middle = rng.uniform(one.first, max(one.first + 1, one.last))
    places = middle + (np.arange(SEEN) - rng.uniform(0.2, 0.8) * SEEN) * speed + rng.uniform(0, 1) * (speed != 1)
    places = places if speed != 1 else np.round(places)
    grid = np.arange(one.x.shape[1])
    x = np.stack([np.interp(places, grid, one.x[row], 0, 0) for row in rows]).astype(np.float32)
    nearest = np.round(places).astype(int)
    inside = (nearest >= 0) & (nearest < grid.size)
    y = np.where(inside, one.y[rows][:, np.clip(nearest, 0, grid.size - 1)], IGNORED)
    x, y = without_some_p(x, y.astype(np.int8), rng)
    x = spoiled(x, rng)
    if leads > 1 and rng.random() < 0.15:  # a lead that is off must not spoil the mean
        row = rng.integers(leads)
        x[row], y[row] = rng.exponential(0.2) * rng.normal(size=SEEN), IGNORED
    return x, y


def without_some_p(
    x: NDArray[np.float32], y: NDArray[np.int8], rng: np.random.Generator
) -> tuple[NDArray[np.float32], NDArray[np.int8]]:
    """At times draw a line where P waves are, with the muscle noise kept: regular beats need not have one."""
    share = rng.choice([0.0, 0.4, 1.0], p=[0.82, 0.09, 0.09])
    inside = np.r_[False, (y == 1).any(0), False]
    starts, stops = np.flatnonzero(inside[1:] & ~inside[:-1]), np.flatnonzero(inside[:-1] & ~inside[1:])
    for start, stop in zip(starts - 6, stops + 6, strict=True):
        if start >= 4 and stop < SEEN - 4 and rng.random() < share:
            ends = x[:, start - 4 : start + 1].mean(1), x[:, stop : stop + 5].mean(1)
            smooth = np.stack([np.convolve(lead, np.full(5, 0.2), "same") for lead in x[:, start - 4 : stop + 4]])
            x[:, start:stop] += np.linspace(*ends, stop - start, axis=1) - smooth[:, 4:-4]
            y[:, start:stop][y[:, start:stop] == 1] = 0
    return x, y


def spoiled(x: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    """Return leads with another height, at times turned over, with drift, muscle and mains added."""
    leads, size = x.shape
    x = x * np.exp(rng.normal(0, 0.25, (leads, 1))) * np.where(rng.random((leads, 1)) < 0.2, -1, 1)
    time_ = np.arange(size) / RATE
    if rng.random() < 0.4:
        hz, phase = rng.uniform(0.1, 0.7, (leads, 1)), rng.uniform(0, 7, (leads, 1))
        x = x + rng.exponential(0.06, (leads, 1)) * np.sin(2 * np.pi * hz * time_ + phase)
    if rng.random() < 0.4:
        noise = rng.normal(size=(leads, size + 4)).astype(np.float32)
        noise = (noise[:, :-4] + noise[:, 1:-3] + noise[:, 2:-2] + noise[:, 3:-1]) / 2
        x = x + noise * rng.exponential(0.02, (leads, 1))
    if rng.random() < 0.1:
        x = x + rng.exponential(0.03) * np.sin(2 * np.pi * rng.choice([50, 60]) * time_ + rng.uniform(0, 7))
    return x.astype(np.float32)


def train(samples: list[Sample], others: list[Sample], steps: int, seed: int, threads: int = 1) -> Net:
    """Return a network trained for so many steps; its weights are the running mean of the last."""
    torch.set_num_threads(threads)
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    net, best = Net(), 2.5e-3
    mean = torch.optim.swa_utils.AveragedModel(
        net, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(0.997), use_buffers=True
    )
    optimizer = torch.optim.AdamW(net.parameters(), best, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, best, steps, pct_start=0.15)
    began, total = time.time(), 0.0
    for step in range(steps):
        leads = int(rng.choice([1, 2, 4, 6, 12]))
        pairs = [window(pick(samples, others, rng), leads, rng) for _ in range(LEADS_A_STEP // leads)]
        x, y = (torch.from_numpy(np.stack(part)) for part in zip(*pairs, strict=True))
        loss = cross_entropy(net(x).flatten(0, 1), y.flatten(0, 1).long(), ignore_index=IGNORED)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        mean.update_parameters(net)
        total += loss.item()
        if step % 100 == 99:
            print(f"step {step + 1} loss {total / 100:.4f} {time.time() - began:.0f} s", flush=True)
            total = 0.0
    return mean.module.eval()


def pick(samples: list[Sample], others: list[Sample], rng: np.random.Generator) -> Sample:
    """Return a record at random, one in seven of them from the other set."""
    pool = others if others and rng.random() < 1 / 7 else samples
    return pool[rng.integers(len(pool))]


def folded(net: Net) -> dict[str, NDArray[np.float32]]:
    """Return the weights as `network.py` takes them: (width, inputs, outputs) and a bias, normalisation folded in."""
    out: dict[str, NDArray[np.float32]] = {}
    for name, part in net.named_children():
        conv = part[0] if isinstance(part, Conv) else part
        weight, bias = conv.weight.detach().numpy(), conv.bias.detach().numpy() if conv.bias is not None else 0.0
        if isinstance(part, Conv):
            norm = part[1]
            gain = (norm.weight / torch.sqrt(norm.running_var + norm.eps)).detach().numpy()
            weight, bias = weight * gain[:, None, None], (norm.bias.detach().numpy() - norm.running_mean.numpy() * gain)
        out[name + ".w"] = weight.transpose(2, 1, 0).astype(np.float16)
        out[name + ".b"] = np.asarray(bias, np.float32)
    return out


def cross_validated(drawn: list[Drawn], samples: list[Sample], others: list[Sample], threads: int) -> dict[str, object]:
    """Train on all folds but one, measure on that one; return the table over all."""
    tallies = empty()
    for fold in range(FOLDS):
        kept = [sample for row, sample in enumerate(samples) if row % FOLDS != fold]
        weights = unpacked(folded(train(kept, others, STEPS, SEED + fold, threads)))
        for record, sample in list(zip(drawn, samples, strict=True))[fold::FOLDS]:
            measure(record, probabilities(sample.x, weights), tallies)
    return {"folds": FOLDS, "steps": STEPS, "seed": SEED, "records": len(drawn), "points": summary(tallies)}


def unpacked(weights: dict[str, NDArray[np.float16]]) -> dict[str, NDArray[np.float32]]:
    """Return the weights as the package reads them: float16 once, then float32."""
    return {name: value.astype(np.float32) for name, value in weights.items()}


def main() -> None:
    """Train; see the module."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--cv", action="store_true")
    parser.add_argument("--ship", type=Path, help="where the weights go, such as .../analysis/waves/waves.npz")
    parser.add_argument("--threads", type=int, default=1)
    chosen = parser.parse_args()
    drawn = list(ludb(chosen.folder / "ludb"))
    with tempfile.TemporaryDirectory() as unpacked_to, tarfile.open(chosen.folder / "qtdb" / "qtdb.tar.xz") as packed:
        packed.extractall(unpacked_to, filter="data")
        others = [Sample(one) for one in qtdb(Path(unpacked_to))]
    samples = [Sample(one) for one in drawn]
    if chosen.cv:
        table = cross_validated(drawn, samples, others, chosen.threads)
        CROSS_VALIDATED.write_text(json.dumps(table, indent=1) + "\n")
        show(table["points"])
    if chosen.ship:
        np.savez_compressed(chosen.ship, **folded(train(samples, others, STEPS, SEED, chosen.threads)))


if __name__ == "__main__":
    main()
