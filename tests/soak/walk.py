"""The full cross: every daemon and the database killed in every step, again and again, from a seed.

    uv run nox -s soak -- walk --minutes 30 [--seed N] [--folder DIR]

It says what it reached and with which seed; ``--from K`` goes on after the first K shots of the same seed.
"""

import argparse
import itertools
import json
import sys
import tempfile
import time
from pathlib import Path

from journey.rounds import DATABASE, STEPS, Round, check_nothing_lost, delays, house

VICTIMS = ("mllp", "rpc", "relay", "acquire", "analyse", DATABASE)


def main() -> int:
    """Shoot until the time is over."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--from", dest="first", type=int, default=0)
    options = parser.parse_args()
    ends = time.monotonic() + options.minutes * 60
    cross = itertools.cycle(itertools.product(STEPS, VICTIMS))
    shots = enumerate(zip(cross, delays(options.seed), strict=False))
    reached = options.first
    with house(Path(tempfile.mkdtemp(prefix="yiji-soak-")) / "site") as made:
        for number, ((at, victim), delay) in itertools.islice(shots, options.first, None):
            if time.monotonic() > ends:
                break
            Round(made, number).walk(victim, at, delay)
            reached = number + 1
            if reached % len(VICTIMS) == 0:
                check_nothing_lost(made)
                print(f"{reached} shots, {len(made.acknowledged)} orders, nothing lost or doubled", flush=True)
        check_nothing_lost(made)
    cross_size = len(STEPS) * len(VICTIMS)
    told = {"shots": reached - options.first, "cross": cross_size, "seed": options.seed, "go_on_with": reached}
    print(json.dumps(told))
    return 0


if __name__ == "__main__":
    sys.exit(main())
