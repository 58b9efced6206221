"""Rules about what is known of the patient: facts that forbid, measures in bounds, gates that a fact or payment opens.

A fact counts for `fresh_days` after its moment, seen from the start of the examination; with none told, for ever.
"""

import re
from datetime import datetime
from math import inf

from yiji.booking.hooks import Fact, Proposal, Refusal
from yiji.booking.rules.kinds.person import concerns
from yiji.booking.rules.moments import days, local, utc
from yiji.booking.rules.wording import refusal, when
from yiji.core.contract.rule import RuleSpec

PAYMENT = "payment"  # the fact of a gate that the payment opens
_NO = (
    frozenset(
        ["no", "n", "false", "0", "none", "negative", "neg", "absent", "excluded", "cleared", "paused", "stopped"]
    )
    | frozenset(["fail", "failed", "unfit", "refused", "否", "无", "没有", "阴性", "未", "已排除", "已解除", "已停药"])
    | frozenset(["不合格", "不通过", "未通过"])
)
_OPEN_STILL = frozenset(["", "unknown", "pending", "未知", "不详", "待定", "未评估"])
_MEASURED = re.compile(r"\s*([<>≤≥]?)=?\s*([+-]?\d+(?:\.\d+)?)(?![\d.])")


def fact(spec: RuleSpec, proposal: Proposal) -> Refusal | None:
    """Refused where a fact says so: any value but one that denies it; one that lapses makes a later time legal."""
    if not concerns(spec, proposal):
        return None
    start = utc(proposal.starts_at)
    found = [(code, one) for code, one in _facts(spec, proposal) if not _denies(one) and _fresh(spec, one, start)]
    if not found:
        return None
    code, newest = max(found, key=lambda pair: utc(pair[1].at))
    earliest = None
    if spec.fresh_days is not None:
        earliest = local(utc(newest.at) + days(spec.fresh_days), proposal.zone)
    noted = when(newest.at, proposal.zone)
    return refusal(
        spec, f"{code}={newest.value}（{noted} 记录）", f"{code}={newest.value}, noted {noted}", earliest=earliest
    )


def measure(spec: RuleSpec, proposal: Proposal) -> Refusal | None:
    """Refused unless a fresh measured fact lies from `minimum` to `maximum`; both count as inside."""
    if not concerns(spec, proposal):
        return None
    newest = _newest(spec, proposal)
    if newest is None:
        return refusal(spec, f"无 {spec.fact} 的有效结果", f"no fresh result of {spec.fact}")
    least, most = measured(newest.value)
    if (spec.minimum is None or least >= spec.minimum) and (spec.maximum is None or most <= spec.maximum):
        return None
    noted, bounds = when(newest.at, proposal.zone), _bounds(spec)
    return refusal(
        spec,
        f"{spec.fact}={newest.value}（{noted}），要求 {bounds}",
        f"{spec.fact}={newest.value} ({noted}), to be {bounds}",
    )


def gate(spec: RuleSpec, proposal: Proposal) -> Refusal | None:
    """Refused until it is paid (`payment`) or a fresh fact affirms it; no other time helps."""
    if not concerns(spec, proposal):
        return None
    if spec.fact == PAYMENT:
        return None if proposal.paid else refusal(spec, "尚未缴费", "it is not paid yet")
    newest = _newest(spec, proposal)
    if newest is None:
        return refusal(spec, f"尚无 {spec.fact} 的有效记录", f"nothing valid is noted of {spec.fact}")
    if not _denies(newest) and newest.value.strip().lower() not in _OPEN_STILL:
        return None
    noted = when(newest.at, proposal.zone)
    return refusal(spec, f"{spec.fact}={newest.value}（{noted} 记录）", f"{spec.fact}={newest.value}, noted {noted}")


def measured(value: str) -> tuple[float, float]:
    """Return the bounds of a measured value: ``72`` is itself, ``>90`` is 90 to infinity; words say nothing."""
    found = _MEASURED.match(value)
    if found is None:
        return -inf, inf
    number = float(found[2])
    return (-inf if found[1] in ("<", "≤") else number), (inf if found[1] in (">", "≥") else number)


def _facts(spec: RuleSpec, proposal: Proposal) -> list[tuple[str, Fact]]:
    if spec.fact.endswith("*"):
        return [(code, one) for code, one in proposal.facts.items() if code.startswith(spec.fact[:-1])]
    one = proposal.facts.get(spec.fact)
    return [(spec.fact, one)] if one else []


def _newest(spec: RuleSpec, proposal: Proposal) -> Fact | None:
    start = utc(proposal.starts_at)
    found = [one for _, one in _facts(spec, proposal) if _fresh(spec, one, start)]
    return max(found, key=lambda one: utc(one.at), default=None)


def _fresh(spec: RuleSpec, one: Fact, start: datetime) -> bool:
    return spec.fresh_days is None or start < utc(one.at) + days(spec.fresh_days)


def _denies(one: Fact) -> bool:
    return one.value.strip().lower() in _NO


def _bounds(spec: RuleSpec) -> str:
    least = () if spec.minimum is None else (f"≥ {spec.minimum:g}",)
    most = () if spec.maximum is None else (f"≤ {spec.maximum:g}",)
    return ", ".join((*least, *most)) or "-"
