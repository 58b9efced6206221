"""DryRunRules: a rule set replayed over history, patient by patient, so that memory stays small."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta

from yiji.booking.hooks import Refusal
from yiji.booking.known import Known, known
from yiji.booking.queries.histories import histories
from yiji.booking.rules.compiled import compile_rules
from yiji.booking.rules.history import Kept, replay
from yiji.core import clock
from yiji.core.actor import Actor
from yiji.core.contract.rule import DryRun, DryRunRefusal, DryRunRules
from yiji.core.store.db import Tx

LIMITS = (
    "各预约按最后确定的时间、在当时的情形下回放。目录、标签、地点、缴费状态和合并后的患者按现在的算；补录的、日期在前的患者信息"
    "视为当时已知；插件中的规则不在内；当时经授权越过规则的预约也列出。\n"
    "Each appointment is replayed as it was last placed, beside what stood then. Catalogue, tags, places, payment and "
    "merged patients are those of today; facts noted later with an earlier moment count as known; rules of plugins are "
    "not asked; what was booked by an override is listed too."
)  # two lines: Chinese, English


@dataclass
class _Tally:
    house: Known
    limit: int
    looked_at: int = 0
    refused: list[DryRunRefusal] = field(default_factory=list[DryRunRefusal])
    by_rule: Counter[str] = field(default_factory=Counter[str])

    def count(self, one: Kept, found: tuple[str, Refusal] | None) -> None:
        self.looked_at += 1
        if found is None:
            return
        self.by_rule[found[0]] += 1
        if len(self.refused) < self.limit:
            self.refused.append(self._told(one, *found))

    def _told(self, one: Kept, rule: str, refusal: Refusal) -> DryRunRefusal:
        order = one.order
        return DryRunRefusal(
            appointment_id=one.id,
            accession_number=order.accession_number,
            patient_name=order.patient.name,
            exam_name=order.exam_name,
            starts_at=one.stays[-1].starts_at,
            rule=rule,
            reason=refusal.reason,
            reason_en=refusal.reason_en or refusal.reason,
            conflict=refusal.conflict,
            earliest=refusal.earliest,
        )


def dry_run_rules(tx: Tx, query: DryRunRules, actor: Actor) -> DryRun:
    """Return what a rule set would have refused of what was booked or moved in the last `days`.

    `by_rule` counts all of them, each under the first rule that refuses it; `refused` lists as many as asked for.
    """
    tally = _Tally(known(tx), query.limit)
    for one, found in _replayed(tx, query, tally.house):
        tally.count(one, found)
    return DryRun(
        looked_at=tally.looked_at,
        refused=tuple(tally.refused),
        by_rule=dict(tally.by_rule.most_common()),
        limits=LIMITS,
    )


def _replayed(tx: Tx, query: DryRunRules, house: Known) -> Iterator[tuple[Kept, tuple[str, Refusal] | None]]:
    compiled, since = compile_rules(query.rules), clock.now() - timedelta(days=query.days)
    for history in histories(tx, house, since, compiled.reach):
        yield from replay(compiled, history, since, house.zone)
