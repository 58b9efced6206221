"""Booking tried long and hard: simulations of ever other hospitals, and a storm of kills on a real one.

    uv run nox -s soak -- booking --minutes 30 [--seed N] [--from K] [--only simulation|storm]

One process simulates (seed N, N + 1, ...; ``--from K`` leaves out the first K), while the storm kills the daemon and
the database of a real site at random. A failure prints its seed; equal seeds give equal simulations.
"""

import argparse
import json
import multiprocessing
import random
import sys
import tempfile
import time
from pathlib import Path

from journey.storm import VICTIMS, Storm, check_nothing_lost_or_doubled, storm
from simulation.running import run

COMMANDS = 50_000  # a hospital
KILLS = 12  # a site: afterwards all is checked, and another site is made


def simulate(seed: int, first: int, ends: float) -> None:
    """Run hospital after hospital until the time is over."""
    number, commands = first, 0
    while time.time() < ends:
        commands += run(seed + number, COMMANDS).commands
        number += 1
        print(json.dumps({"simulated": commands, "seed": seed, "go_on_with": number}), flush=True)


def storms(seed: int, first: int, ends: float) -> int:
    """Kill until the time is over; return how many were killed."""
    number, kills = first, 0
    while time.time() < ends:
        kills += _site(seed + number, ends)
        number += 1
        print(json.dumps({"kills": kills, "seed": seed, "go_on_with": number}), flush=True)
    return kills


def _site(seed: int, ends: float) -> int:
    with tempfile.TemporaryDirectory(prefix="yiji-soak-") as folder, storm(Path(folder) / "site", seed) as made:
        _shoot(made, random.Random(seed), ends)
        for client in made.clients:
            client.stop()
        told = check_nothing_lost_or_doubled(made)
        print(json.dumps({"seed": seed, **made.kills, **told}), flush=True)
        return sum(made.kills.values())


def _shoot(made: Storm, chance: random.Random, ends: float) -> None:
    for client in made.clients:
        client.start()
    made.wait_for(40)
    while sum(made.kills.values()) < KILLS and time.time() < ends:
        time.sleep(chance.random())
        made.kill(chance.choice(VICTIMS))


def main() -> int:
    """Try both until the time is over."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--from", dest="first", type=int, default=0)
    parser.add_argument("--only", choices=("simulation", "storm"), default="")
    options = parser.parse_args()
    ends = time.time() + options.minutes * 60
    told = (options.seed, options.first, ends)
    beside = multiprocessing.get_context("spawn").Process(target=simulate, args=told)
    if options.only != "storm":
        beside.start()
    if options.only != "simulation":
        storms(*told)
    if options.only != "storm":
        beside.join()
        return beside.exitcode or 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
