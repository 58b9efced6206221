"""Kill -9 on the daemon and the database under load: nothing acknowledged is lost, done twice or oversold."""

import random
import time
from pathlib import Path

import pytest
from journey.storm import check_nothing_lost_or_doubled, storm

KILLS = ("rpc", "database", "rpc")
SEED = 20260302
REFUSALS = {
    "booking.slot_full",
    "booking.patient_busy",
    "booking.slot_too_short",
    "booking.already_booked",
    "booking.rule_refuses",  # the example plugin's own rule
}


@pytest.mark.timeout(300)
def test_no_kill_loses_doubles_or_oversells(tmp_path: Path) -> None:
    chance = random.Random(SEED)
    with storm(tmp_path / "site", SEED) as made:
        for client in made.clients:
            client.start()
        made.wait_for(40)
        for victim in KILLS:
            time.sleep(chance.random() * 0.3)
            made.kill(victim)
        made.wait_for(40)
        for client in made.clients:
            client.stop()
        told = check_nothing_lost_or_doubled(made)
    assert sum(made.kills.values()) == len(KILLS)
    assert told["acknowledged"] > 50
    refused = {code for client in made.clients for code in client.refusals}
    assert refused <= REFUSALS
