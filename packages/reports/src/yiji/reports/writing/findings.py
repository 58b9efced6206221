"""Findings as a reader meets them: the gravest first, each with its reason."""

from collections.abc import Sequence

from yiji.core.contract.measure import Finding, Severity

_ORDER = (Severity.CRITICAL, Severity.ABNORMAL, Severity.BORDERLINE, Severity.NORMAL)


def ordered(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """Return the findings, gravest first, otherwise as they came; the same statement only once."""
    once: dict[tuple[str, str, str], Finding] = {}
    for one in findings:
        once.setdefault((one.code, one.text_zh, one.reason), one)
    return tuple(sorted(once.values(), key=lambda one: _ORDER.index(one.severity)))


def statement(finding: Finding, lang: str) -> str:
    """Return a finding and its reason as one sentence."""
    text = finding.text_en if lang == "en" else finding.text_zh
    why = finding.why(lang)
    if not why:
        return text
    return f"{text} ({why})" if lang == "en" else f"{text}（{why}）"


def has_critical(findings: Sequence[Finding]) -> bool:
    """Whether a critical value 危急值 is among them."""
    return any(one.severity is Severity.CRITICAL for one in findings)


def is_comparison(finding: Finding) -> bool:
    """Whether a finding compares with the patient's previous recording."""
    return finding.code.startswith("compare.")


def rule_sets(findings: Sequence[Finding]) -> str:
    """Return the rule sets that spoke, each once, with its version: the first two words of a finding's rule."""
    return ", ".join(dict.fromkeys(" ".join(one.rule.split()[:2]) for one in findings if one.rule))
