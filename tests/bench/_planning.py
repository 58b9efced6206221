"""Joint planning at full size: the example hospital of ten departments and its rules, 14 days, 60 % of the slots full.

Each patient has eight examinations, each of another department. What is timed is the answer to PlanExams, reading of
slots included, in a process that has planned before.
"""

import time
from importlib.resources import files
from random import Random
from statistics import median, quantiles
from tomllib import loads

from sqlalchemy import text

from yiji.core import clock
from yiji.core.app import App
from yiji.core.bus import ActorBus
from yiji.core.contract.booking import Plan, PlanExams
from yiji.core.contract.catalogue import Catalogue, LoadCatalogue
from yiji.core.contract.inventory import OpenSlots
from yiji.core.contract.order import OrderedItem, RegisterOrder
from yiji.core.contract.patient import Identifier, NoteFacts, PatientBrief, PatientFact, Sex
from yiji.core.contract.rule import LoadRules, RuleSet

DAYS, PATIENTS, FULL = 14, 24, 60
# What gates of the example rules ask for, so that no examination is refused for want of a paper.
FACTS = {"anaesthesia.assessed": "done", "infection.screened": "done", "egfr": "90", "glucose": "5.4"}
NOT_FOR_HIM = frozenset(["female_only", "pay_first", "capsule"])


def build(app: App) -> list[tuple[str, ...]]:
    """Make the hospital and its patients; return each patient's order items."""
    bus = app.bus_as(app.operator_token())
    catalogue = Catalogue.model_validate(_example("catalogue"))
    bus.ask(LoadCatalogue(catalogue=catalogue))
    bus.ask(LoadRules(rules=RuleSet.model_validate(_example("rules"))))
    bus.ask(OpenSlots(first_day=clock.today(app.settings.site.zone), days=DAYS + 1), timeout=120)
    with app.store.begin() as tx:  # the same slots are full in every run
        full = "UPDATE booking_slot SET booked = capacity WHERE abs(hashtext(device || starts_at::text)) % 100 < :full"
        tx.db.execute(text(full), {"full": FULL})
    return [_ordered(bus, catalogue, number) for number in range(PATIENTS)]


def _example(name: str) -> dict[str, object]:
    return loads(files("yiji.booking.examples").joinpath(f"{name}.toml").read_text("utf-8"))


def _ordered(bus: ActorBus, catalogue: Catalogue, number: int) -> tuple[str, ...]:
    random = Random(number)
    wanted = {
        department.code: [
            exam.code
            for exam in catalogue.exams
            if exam.department == department.code and NOT_FOR_HIM.isdisjoint(exam.tags)
        ]
        for department in catalogue.departments
    }
    chosen = random.sample([code for code, exams in wanted.items() if exams], 8)
    patient = PatientBrief(
        name=f"测试{number}",
        sex=Sex.MALE,
        birth_date=clock.today("UTC").replace(year=clock.today("UTC").year - 45, day=1),
        identifiers=(Identifier(system="HIS", value=f"PLAN{number}"),),
        visit_number=f"V{number}",
        visit_class="O",
    )
    items = tuple(
        OrderedItem(placer_number=f"PLAN{number}-{code}", exam_code=random.choice(wanted[code])) for code in chosen
    )
    order = bus.ask(
        RegisterOrder(sender="HIS", group_number=f"PLAN{number}", patient=patient, items=items, requester="王医生")
    )
    facts = tuple(PatientFact(code=code, value=value, at=clock.now()) for code, value in FACTS.items())
    bus.ask(NoteFacts(patient_id=order.patient.id, facts=facts))
    return tuple(item.id for item in order.items)


def measure(app: App, rounds: int = 3) -> dict[str, float]:
    """Return milliseconds: the first plan alone and all three, median and 95th percentile; `placed`: examinations.

    `optimal`: the share of alternatives that were proved to be the best of their kind.
    """
    plans = build(app)
    bus = app.bus_as(app.operator_token())
    told = [_timed(bus, items, 3)[1] for items in plans]
    offered = [one for plan in told for one in plan.alternatives]
    figures: dict[str, float] = {
        "placed": sum(len(plan.alternatives[0].choices) for plan in told if plan.alternatives),
        "alternatives": len(offered),
        "optimal": sum(one.optimal for one in offered) / max(1, len(offered)),
    }
    for name, count in (("first", 1), ("all", 3)):
        taken = [_timed(bus, items, count)[0] * 1000 for _ in range(rounds) for items in plans]
        figures |= {f"{name}_p50_ms": median(taken), f"{name}_p95_ms": quantiles(taken, n=20)[-1]}
    return figures


def _timed(bus: ActorBus, items: tuple[str, ...], count: int) -> tuple[float, Plan]:
    begun = time.perf_counter()
    plan = bus.ask(PlanExams(item_ids=items, days=DAYS, alternatives=count), timeout=60)
    return time.perf_counter() - begun, plan
