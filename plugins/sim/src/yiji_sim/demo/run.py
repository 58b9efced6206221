"""Run the walk from its first step to its last, or to the step that fails."""

from pathlib import Path

from yiji_sim.demo.steps import Failed, Outcome, Steps
from yiji_sim.demo.walk import Walk


def run(out: Path) -> Outcome:
    """Walk one order through a fresh site in `out`; the daemons are stopped at the end, the site stays."""
    steps = Steps()
    walk = Walk(out, steps)
    ok = False
    try:
        walk.make_site()
        try:
            with walk.daemons():
                for part in (walk.order, walk.book, walk.acquire, walk.analyse, walk.sign, walk.deliver):
                    part()
            ok = True
        finally:
            walk.app.close()
    except Failed:
        pass
    return walk.outcome(ok)
