"""The simulation before the real handlers, bus and PostgreSQL: a virtual clock, reused keys, a database that dies."""

from pathlib import Path

import pytest
from journey.rounds import cluster_home
from simulation.real import RealWorld, virtual

from yiji.core.app import make_site, open_app

SEED = 3
COMMANDS = 400
KILLS = 3


@pytest.mark.timeout(240)
def test_the_real_house_does_what_the_model_says(tmp_path: Path) -> None:
    with cluster_home() as home:
        make_site(tmp_path / "site", extra=home)
        with open_app(tmp_path / "site") as app:
            world = RealWorld(app, SEED)
            with virtual(world):
                world.furnish()
                world.run(COMMANDS, KILLS)
    assert world.told["kills"] == KILLS
    assert world.told["verifications"] >= COMMANDS // 60
    assert world.told["keys again"] > 0
    assert world.told["core.key_reused"] > 0
    assert world.told["ok"] > COMMANDS // 5
