"""ShowRules, ListRuleEditions, CheckRules: the rules in force, as they were, and whether a set would do."""

from typing import Any

from sqlalchemy import select

from yiji.booking.errors import NoRules
from yiji.booking.queries.catalogue import CURRENT, EDITION, read_catalogue
from yiji.booking.rules.vetting.whole import check
from yiji.core.actor import Actor
from yiji.core.contract.rule import (
    CheckedRules,
    CheckRules,
    ListRuleEditions,
    ListRuleEditionsResult,
    RuleEdition,
    RuleSet,
    ShowRules,
)
from yiji.core.errors import NotFound
from yiji.core.store.db import Tx

KIND = "rules"
_HEAD = (EDITION.c.number, EDITION.c.at, EDITION.c.actor, EDITION.c.note, EDITION.c.sha256)


def edition(tx: Tx, number: int) -> RuleEdition | None:
    """Return an edition of the rules, whole."""
    query = select(*_HEAD, EDITION.c.body).where(EDITION.c.kind == KIND, EDITION.c.number == number)
    row = tx.db.execute(query).first()
    return _edition(row, RuleSet.model_validate(row.body)) if row else None


def show_rules(tx: Tx, query: ShowRules, actor: Actor) -> RuleEdition:
    """Return the rules in force, or an edition; raises `NoRules` while none were ever loaded, `NotFound`."""
    number = query.edition or tx.db.execute(select(CURRENT.c.rules)).scalar_one()
    found = edition(tx, number)
    if found is None:
        raise NotFound(what="rule edition", id=number) if number else NoRules()
    return found


def list_rule_editions(tx: Tx, query: ListRuleEditions, actor: Actor) -> ListRuleEditionsResult:
    """Return the editions, newest first; of their rules only the set's name."""
    name = EDITION.c.body["name"].astext.label("name")
    newest = select(*_HEAD, name).where(EDITION.c.kind == KIND).order_by(EDITION.c.number.desc()).limit(query.limit)
    rows = tx.db.execute(newest)
    return ListRuleEditionsResult(editions=tuple(_edition(row, RuleSet(name=row.name, rules=())) for row in rows))


def check_rules(tx: Tx, query: CheckRules, actor: Actor) -> CheckedRules:
    """Return what is wrong or odd in a rule set, beside the catalogue in force."""
    return CheckedRules(findings=check(query.rules, read_catalogue(tx)))


def _edition(row: Any, rules: RuleSet) -> RuleEdition:
    return RuleEdition(number=row.number, at=row.at, actor=row.actor, note=row.note, sha256=row.sha256, rules=rules)
