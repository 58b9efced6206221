"""The mixed day beside years of history: a hospital's patients and appointments, as many as are asked for.

    uv run nox -s soak -- grown --minutes 1 [--patients 2000000] [--appointments 5000000]

Runs the mixed day of `nox -s bench -- booking` at 500/s on an empty database, loads the history (a quarter of an hour
for all of it), and runs the day again for as long, then the queries that people wait for. The history is made from
numbers, equal each time; each run is whole in itself.
"""

import argparse
import subprocess
import sys
from pathlib import Path

BENCH = Path(__file__).resolve().parents[1] / "bench" / "booking.py"


def main() -> int:
    """Measure, and return 1 where a bar is missed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--minutes", type=float, default=1.0, help="how long each mixed day lasts")
    parser.add_argument("--patients", type=int, default=2_000_000)
    parser.add_argument("--appointments", type=int, default=5_000_000)
    options = parser.parse_args()
    told = (str(options.patients), str(options.appointments), str(options.minutes * 60))
    return subprocess.run([sys.executable, str(BENCH), "--grown", *told], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
