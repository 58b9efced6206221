"""LoadRules: a rule set becomes the one in force, as a new edition, unless it contradicts itself."""

import hashlib
import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, select, update

from yiji.booking.errors import BadRules
from yiji.booking.queries.catalogue import CURRENT, EDITION, read_catalogue
from yiji.booking.queries.rules import KIND, edition
from yiji.booking.rules.vetting.whole import check
from yiji.core import clock
from yiji.core.contract.rule import Finding, LoadRules, RuleEdition, RuleSet
from yiji.core.errors import YijiError
from yiji.core.job import Job
from yiji.core.store.bulk import insert_rows
from yiji.core.store.db import Tx

Answer = RuleEdition | YijiError


def load_rules(tx: Tx, jobs: Sequence[Job[LoadRules]]) -> list[Answer]:
    """Make rule sets the one in force, in their order; the content in force again is the same edition."""
    return [_load(tx, job) for job in jobs]


def _load(tx: Tx, job: Job[LoadRules]) -> Answer:
    rules = job.command.rules
    in_force = tx.db.execute(select(CURRENT.c.rules).with_for_update()).scalar_one()
    errors = [one for one in check(rules, read_catalogue(tx)) if one.severity == "error"]
    if errors:
        return BadRules(count=len(errors), findings="\n  - ".join(map(_line, errors)))
    digest = _digest(rules)
    kept = edition(tx, in_force) if in_force else None
    if kept is not None and kept.sha256 == digest:
        return kept
    return _write(tx, job, digest)


def _write(tx: Tx, job: Job[LoadRules], digest: str) -> RuleEdition:
    newest = select(func.coalesce(func.max(EDITION.c.number), 0)).where(EDITION.c.kind == KIND)
    made = RuleEdition(
        number=tx.db.execute(newest).scalar_one() + 1,
        at=clock.now(),
        actor=job.actor.name,
        note=job.command.note,
        sha256=digest,
        rules=job.command.rules,
    )
    row: dict[str, Any] = made.model_dump(mode="json", exclude={"rules", "at"})
    insert_rows(tx.db, EDITION, [{**row, "kind": KIND, "at": made.at, "body": _body(made.rules)}])
    tx.db.execute(update(CURRENT).values(rules=made.number))
    return made


def _body(rules: RuleSet) -> dict[str, Any]:
    return rules.model_dump(mode="json")


def _digest(rules: RuleSet) -> str:
    """Return the SHA-256 of a rule set's one canonical form; the order of its rules belongs to it."""
    told = json.dumps(_body(rules), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(told.encode()).hexdigest()


def _line(finding: Finding) -> str:
    return f"{finding.code} [{', '.join(finding.rules)}] {finding.text} / {finding.text_en}"
