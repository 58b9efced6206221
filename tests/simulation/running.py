"""Run the pure simulation: ``python -m simulation.running --seed 7 --commands 20000`` (with `tests` on the path)."""

import argparse
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass

from simulation.world import World


@dataclass(frozen=True)
class Report:
    """What a run came to. `seconds`: processor time; `trace`: the digest of all that was asked and answered."""

    seed: int
    commands: int
    seconds: float
    trace: str
    checks: int
    told: Mapping[str, int]

    @property
    def per_second(self) -> float:
        """Commands decided, modelled and checked a second."""
        return self.commands / self.seconds


def run(seed: int, commands: int) -> Report:
    """Run a world; raises `world.Broken`, whose text has the seed, where something does not hold."""
    started = time.process_time()
    world = World(seed).run(commands)
    lasted = time.process_time() - started
    return Report(seed, world.step, lasted, world.trace.hexdigest(), world.checks, dict(sorted(world.told.items())))


def main() -> None:
    """Run one, and tell."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--commands", type=int, default=20_000)
    options = parser.parse_args()
    report = run(options.seed, options.commands)
    print(json.dumps({**report.__dict__, "per_second": round(report.per_second)}, ensure_ascii=False))


if __name__ == "__main__":
    main()
