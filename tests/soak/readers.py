"""Readers of devices' files fed with harmed ones, seed after seed, until the time is over.

    uv run nox -s soak -- readers --minutes 30 [--seed N] [--only READER ...]

Each round gives every reader (those of ``tests/bench/_ecg_formats.py``) so many inputs of seed N, N + 1, ... in a
process of its own, whose memory and time are bounded. A fault prints its input; equal seeds make equal inputs, and a
soak that was stopped goes on with the seed that it told last.
"""

import argparse
import json
import sys
import time
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1] / "bench"))
from _ecg_formats import TARGETS, fuzz_apart

ROUND = 2_000  # inputs a reader and seed


def main() -> int:
    """Fuzz until the time is over; return 1 if there was a fault."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", nargs="+", choices=sorted(TARGETS), default=list(TARGETS))
    options = parser.parse_args()
    ends, seed, inputs, faults = time.time() + options.minutes * 60, options.seed, 0, 0
    while time.time() < ends:
        for reader in options.only:
            told = fuzz_apart(reader, ROUND, seed)
            inputs += told.inputs
            faults += len(told.faults)
            for fault in told.faults:
                print(json.dumps({"reader": reader, "seed": seed, "fault": fault}, ensure_ascii=False), flush=True)
        seed += 1
        print(json.dumps({"inputs": inputs, "faults": faults, "go_on_with_seed": seed}), flush=True)
    return int(faults > 0)


if __name__ == "__main__":
    sys.exit(main())
