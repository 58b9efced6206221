"""Kill -9 at each step: the walk ends with every result delivered once and nothing lost."""

from collections.abc import Iterator

import pytest
from journey.rounds import DATABASE, House, Round, check_nothing_lost, delays, house

# The daemon that is active at each step, and the database at two.
SHOTS = (
    ("mllp", "order"),
    (DATABASE, "order"),
    ("rpc", "book"),
    ("relay", "acquire"),
    ("acquire", "acquire"),
    ("analyse", "analyse"),
    (DATABASE, "analyse"),
    ("rpc", "sign"),
    ("relay", "deliver"),
)
SEED = 20260302


@pytest.fixture(scope="module")
def shot_at(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """One site for all shots, so that each also meets what the ones before left."""
    with house(tmp_path_factory.mktemp("journey") / "site") as made:
        yield made


@pytest.mark.timeout(240)
def test_no_kill_loses_or_doubles_anything(shot_at: House) -> None:
    for number, ((victim, at), delay) in enumerate(zip(SHOTS, delays(SEED), strict=False)):
        Round(shot_at, number).walk(victim, at, delay)
    assert len(shot_at.acknowledged) == len(SHOTS)
    check_nothing_lost(shot_at)


def test_the_site_is_a_folder_like_any(shot_at: House) -> None:
    """What was shot at opens again, and its audit chain holds."""
    from yiji.core.store import audit

    shot_at.app.store.heal()  # this process's connections died with the postmaster
    with shot_at.app.store.begin() as tx:
        assert audit.verify(tx.db, shot_at.root).sealed > 0
