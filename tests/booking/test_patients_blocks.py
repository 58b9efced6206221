"""The blacklist, and the way off it."""

from datetime import timedelta

import pytest
from booking.people import register
from sqlalchemy import text

from yiji.booking.errors import NotYours, WrongState
from yiji.booking.loading.blocks import blocked
from yiji.core import clock
from yiji.core.actor import Actor, sign
from yiji.core.app import App
from yiji.core.bus import ActorBus
from yiji.core.contract.access import IssuePatientToken
from yiji.core.contract.patient import (
    AppealBlock,
    Block,
    BlockPatient,
    BlockState,
    ListBlocks,
    MergePatients,
    Patient,
    SettleAppeal,
    ShowPatient,
)
from yiji.core.errors import NotFound, NotPermitted


@pytest.fixture
def bus(app: App) -> ActorBus:
    """The operator's bus."""
    return app.bus_as(app.operator_token())


@pytest.fixture
def patient(bus: ActorBus) -> Patient:
    """A patient."""
    return bus.ask(register("张三", "P1"))


@pytest.fixture
def block(bus: ActorBus, patient: Patient) -> Block:
    """A block of his."""
    return bus.ask(BlockPatient(patient_id=patient.id, reason="爽约三次", days=30))


def _own(app: App, bus: ActorBus, patient_id: str) -> ActorBus:
    return app.bus_as(bus.ask(IssuePatientToken(patient_id=patient_id)).token)


def _holds(app: App, patient_id: str) -> bool:
    with app.store.begin() as tx:
        return patient_id in blocked(tx.db, [patient_id])


def test_a_block_holds_for_its_days(app: App, bus: ActorBus, patient: Patient, block: Block) -> None:
    assert (block.patient_name, block.state) == ("张三", BlockState.ACTIVE)
    assert block.until - block.since == timedelta(days=30)
    assert bus.ask(ShowPatient(id=patient.id)).blocked_until == block.until
    with app.store.begin() as tx:
        assert blocked(tx.db, [patient.id])[patient.id].id == block.id
        tx.db.execute(text("UPDATE booking_block SET until = :now"), {"now": clock.now()})
    assert not _holds(app, patient.id)
    with pytest.raises(WrongState) as refused:
        bus.ask(AppealBlock(block_id=block.id, text="我来过"))
    assert refused.value.params["state"] == "over"


def test_the_block_that_ends_last_counts(app: App, bus: ActorBus, patient: Patient, block: Block) -> None:
    longer = bus.ask(BlockPatient(patient_id=patient.id, reason="又爽约", days=60))
    bus.ask(BlockPatient(patient_id=patient.id, reason="又爽约", days=5))
    with app.store.begin() as tx:
        assert blocked(tx.db, [patient.id])[patient.id].id == longer.id
    bus.ask(SettleAppeal(block_id=longer.id, lift=True, decision="误判"))
    assert bus.ask(ShowPatient(id=patient.id)).blocked_until == block.until


@pytest.mark.parametrize("lift", [True, False])
def test_an_appeal_and_its_decision(app: App, bus: ActorBus, patient: Patient, block: Block, lift: bool) -> None:
    own = _own(app, bus, patient.id)
    appealed = own.ask(AppealBlock(block_id=block.id, text="当天急诊住院"))
    assert (appealed.state, appealed.appeal) == (BlockState.APPEALED, "当天急诊住院")
    assert _holds(app, patient.id)
    with pytest.raises(WrongState):
        own.ask(AppealBlock(block_id=block.id, text="再说一次"))
    settled = bus.ask(SettleAppeal(block_id=block.id, lift=lift, decision="已核实"))
    assert (settled.state, settled.decision) == (BlockState.LIFTED if lift else BlockState.ACTIVE, "已核实")
    assert _holds(app, patient.id) is not lift
    with pytest.raises(WrongState):  # decided is decided
        own.ask(AppealBlock(block_id=block.id, text="再说一次"))
    with pytest.raises(WrongState):
        bus.ask(SettleAppeal(block_id=block.id, lift=False, decision="再想想"))


def test_a_block_may_be_lifted_without_appeal(app: App, bus: ActorBus, patient: Patient, block: Block) -> None:
    with pytest.raises(WrongState):
        bus.ask(SettleAppeal(block_id=block.id, lift=False, decision="没有申诉"))
    assert bus.ask(SettleAppeal(block_id=block.id, lift=True, decision="误录")).state is BlockState.LIFTED
    assert not _holds(app, patient.id)
    with pytest.raises(WrongState):
        bus.ask(SettleAppeal(block_id=block.id, lift=True, decision="再解除"))


def test_a_patient_appeals_for_himself_only(app: App, bus: ActorBus, patient: Patient, block: Block) -> None:
    stranger = bus.ask(register("李四", "P2"))
    nameless = sign(Actor("patient:", ("patient",), app.settings.site.id), app.settings.secret, 60)
    for token in (_own(app, bus, stranger.id), _own(app, bus, "pat-nobody"), app.bus_as(nameless.token)):
        with pytest.raises(NotYours):
            token.ask(AppealBlock(block_id=block.id, text="放他一马"))
    own = _own(app, bus, patient.id)
    for ask in (SettleAppeal(block_id=block.id, lift=True, decision="我说了算"), ListBlocks()):
        with pytest.raises(NotPermitted):
            own.ask(ask)


def test_blocks_go_with_a_merge(app: App, bus: ActorBus, patient: Patient, block: Block) -> None:
    stays = bus.ask(register("张三", "P2"))
    bus.ask(MergePatients(patient_id=stays.id, duplicate_id=patient.id, reason="同一人"))
    assert _holds(app, stays.id)
    assert [one.id for one in bus.ask(ListBlocks(patient_id=patient.id)).blocks] == [block.id]
    own = _own(app, bus, patient.id)  # a token from before the merge
    assert own.ask(AppealBlock(block_id=block.id, text="我来过")).patient_id == stays.id
    assert bus.ask(BlockPatient(patient_id=patient.id, reason="又爽约")).patient_id == stays.id


def test_blocks_are_listed_newest_first(bus: ActorBus, patient: Patient, block: Block) -> None:
    newer = bus.ask(BlockPatient(patient_id=bus.ask(register("李四", "P2")).id, reason="扰乱秩序"))
    bus.ask(AppealBlock(block_id=block.id, text="我来过"))
    assert [one.id for one in bus.ask(ListBlocks()).blocks] == [newer.id, block.id]
    assert [one.id for one in bus.ask(ListBlocks(state=BlockState.APPEALED)).blocks] == [block.id]
    assert [one.id for one in bus.ask(ListBlocks(patient_id=patient.id)).blocks] == [block.id]
    assert bus.ask(ListBlocks(patient_id="pat-nobody")).blocks == ()
    assert len(bus.ask(ListBlocks(limit=1)).blocks) == 1


def test_nobody_and_nothing(bus: ActorBus) -> None:
    with pytest.raises(NotFound):
        bus.ask(BlockPatient(patient_id="pat-nobody", reason="x"))
    with pytest.raises(NotFound):
        bus.ask(AppealBlock(block_id="blk-none", text="x"))
    with pytest.raises(NotFound):
        bus.ask(SettleAppeal(block_id="blk-none", lift=True, decision="x"))
