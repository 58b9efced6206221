"""The pure simulation in the suite, and that it would notice: faults put in on purpose are found, and replay."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from simulation.running import run
from simulation.world import Broken

from yiji.booking.errors import RuleRefuses
from yiji.booking.rules import decide, invariants, judging, pools, taking
from yiji.booking.rules.board import Board, House
from yiji.booking.rules.compiled import compile_rules
from yiji.booking.rules.decide import Decision, Wish
from yiji.booking.rules.displacing import replace_displaced
from yiji.booking.rules.facts import AppointmentFacts, DeviceFacts, ExamFacts, ItemFacts, SlotFacts
from yiji.core.contract.booking import AppointmentState
from yiji.core.contract.catalogue import Parameters
from yiji.core.contract.order import OrderBrief
from yiji.core.contract.patient import PatientBrief, Sex
from yiji.core.contract.rule import RuleKind, RuleSet, RuleSpec, Selector

SEED = 20260302


def test_twenty_thousand_commands_keep_every_invariant() -> None:
    report = run(SEED, 20_000)
    assert report.commands >= 20_000
    assert report.told["ok"] > 3000
    wanted = {
        "booking.slot_full",
        "booking.already_booked",
        "booking.no_companion",
        "booking.hold_lapsed",
        "booking.rule_refuses",
        "booking.patient_busy",
        "core.key_reused",
        "lost replies",
        "fault before",
        "fault after",
        "fault halved",
    }
    assert wanted <= set(report.told)


@pytest.mark.parametrize("seed", range(1, 5))
def test_other_hospitals_keep_them_too(seed: int) -> None:
    assert run(seed, 2000).commands >= 2000


def _trace(hash_seed: str) -> str:
    env = {**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": str(Path(__file__).parents[1])}
    command = [sys.executable, "-m", "simulation.running", "--seed", "7", "--commands", "1500"]
    told = subprocess.run(command, env=env, capture_output=True, text=True, timeout=60, check=True).stdout
    found = re.search(r'"trace": "(\w{32})"', told)
    assert found is not None
    return found[1]


def test_a_seed_replays_exactly_in_any_process() -> None:
    assert _trace("1") == _trace("2") == run(7, 1500).trace
    assert run(8, 1500).trace != run(7, 1500).trace


def _never_gives_back(board: Board, one: AppointmentFacts) -> dict[str, Any]:
    return {slot: board.slots[slot] for slot in one.slots[1:]}


def _takes_twice(slot: Any, state: AppointmentState, pool: str) -> Any:
    return replace(slot, booked=slot.booked + 2)


FAULTS: list[tuple[object, str, Callable[..., Any]]] = [
    (decide, "given_back", _never_gives_back),
    (decide, "take", _takes_twice),
    (decide, "undo", lambda board, decisions: None),
    (decide, "judge", lambda *told: ()),
    (decide, "_check_hold", lambda board, one: None),
    (decide, "_check_item", lambda board, item: None),
    (judging, "_check_busy", lambda others, start, end: None),
    (judging, "_check_notice", lambda board, item, start, asks: ()),
    (taking, "_check_room", lambda board, slot, pool: None),
    (taking, "room_for", lambda free, quotas, pool, now: free),
    (taking, "_companions", lambda *told: []),
    (pools.Quota, "kept_back", lambda quota, now: quota.reserve),
]


@pytest.mark.parametrize(("where", "name", "fault"), FAULTS, ids=[name for _, name, _ in FAULTS])
def test_a_fault_put_in_on_purpose_is_found_and_replays(
    monkeypatch: pytest.MonkeyPatch, where: object, name: str, fault: Callable[..., Any]
) -> None:
    monkeypatch.setattr(where, name, fault)
    with pytest.raises(Broken, match=r"seed 3, step \d+") as first:
        run(3, 20_000)
    with pytest.raises(Broken) as again:
        run(3, 20_000)
    assert str(again.value) == str(first.value)


# --- what the simulation found, each as small as it gets ---

NOON = datetime(2026, 3, 2, 4, tzinfo=UTC)
TWENTY = timedelta(minutes=20)
LINK = {"at": NOON.isoformat(), "actor": "desk", "what": "booked", "slot_id": "", "reason": ""}
BOTH = ExamFacts("BOTH", "麻醉造影", minutes=40, makers=("M0",), needs=("nurse", "anaesthesia"))
PLAIN = ExamFacts("PLAIN", "平扫", minutes=40, makers=("M0",), tags=frozenset(["contrast"]))
APART = RuleSpec(
    id="apart",
    kind=RuleKind.EXCLUSIVE,
    title="不同日",
    title_en="not on one day",
    source="test",
    first=Selector(tags=("contrast",)),
    second=Selector(tags=("contrast",)),
)


def _board(*rules: RuleSpec) -> Board:
    """One device and one group that can do everything, free from noon on; two items of one patient."""
    compiled = compile_rules(RuleSet(name="", rules=rules))
    exams, staff = {"BOTH": BOTH, "PLAIN": PLAIN}, {"nurse": ("S1",), "anaesthesia": ("S1",)}
    house = House("Asia/Shanghai", exams, {"M0": DeviceFacts("M0", "M0")}, staff, Parameters(), compiled)
    board = Board(house, NOON, {f"itm-{one.code}": _item(one) for one in exams.values()})
    line = [(device, NOON + number * TWENTY) for device in ("M0", "S1") for number in range(8)]
    board.lay(SlotFacts(f"{device}-{start:%H%M}", device, start, start + TWENTY, 1, 0, 0) for device, start in line)
    return board


def _item(exam: ExamFacts) -> ItemFacts:
    who = PatientBrief(id="pat-1", name="P", sex=Sex.FEMALE, visit_class="O")
    named = {"order_id": "ord-1", "item_id": f"itm-{exam.code}", "accession_number": "", "placer_number": ""}
    brief = OrderBrief(**named, sender="", patient=who, exam_code=exam.code, exam_name="", department="")
    return ItemFacts(brief, "active", exam)


def _book(board: Board, item: str, slot: str, name: str) -> Decision:
    decision = decide.book(board, Wish(item, slot), name, {**LINK, "slot_id": slot})
    decide.apply(board, decision)
    return decision


def test_who_has_two_capabilities_is_taken_once() -> None:
    board = _board()
    taken = _book(board, "itm-BOTH", "M0-0400", "apt-1").appointment.slots
    assert taken == ("M0-0400", "M0-0420", "S1-0400", "S1-0420")
    assert not list(invariants.of_board(board.house, board.slots, board.appointments))


def test_a_stop_moves_nobody_into_what_it_closes() -> None:
    """Two slots long, from just before the stop it would reach into it."""
    board = _board()
    _book(board, "itm-PLAIN", "M0-0500", "apt-1")
    closed = ["M0-0440", "M0-0500", "M0-0520"]
    moved, _ = replace_displaced(board, "apt-1", ["M0-0420", "M0-0540"], closed, LINK)
    assert moved is not None
    assert moved.appointment.slots == ("M0-0540", "M0-0600")
    assert not {"M0-0440"} & set(moved.appointment.slots)


def test_what_was_cancelled_counts_for_no_rule_even_if_a_command_of_the_batch_names_it() -> None:
    board = _board(APART)
    gone = _book(board, "itm-PLAIN", "M0-0400", "apt-1")
    board.items["itm-OTHER"] = replace(
        _item(PLAIN), order=_item(PLAIN).order.model_copy(update={"item_id": "itm-OTHER"})
    )
    with pytest.raises(RuleRefuses):
        _book(board, "itm-OTHER", "M0-0500", "apt-2")
    decide.apply(board, decide.cancel(board, gone.appointment.id, LINK))
    assert board.appointments["apt-1"].state is AppointmentState.CANCELLED
    _book(board, "itm-OTHER", "M0-0500", "apt-2")
