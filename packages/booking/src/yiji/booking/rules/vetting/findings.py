"""What a check may find: code, severity and words, in Chinese and English."""

from collections.abc import Iterable

from yiji.core.contract.rule import Finding

ERROR, WARNING = "error", "warning"
_SHOWN = 5
_WORDS: dict[str, tuple[str, str, str]] = {
    "duplicate_id": (ERROR, "{count} 条规则使用同一编号", "{count} rules have the same id"),
    "no_title": (WARNING, "缺少中文或英文标题，拒绝原因将不完整", "a title is missing: refusals will not be clear"),
    "no_source": (WARNING, "未注明来源", "no source is told"),
    "no_effect": (ERROR, "缺少 {field}，规则不起作用或拒绝所有人", "without {field} it says nothing, or no to all"),
    "unused_field": (WARNING, "此类规则不使用 {field}", "rules of this kind do not use {field}"),
    "impossible_range": (
        ERROR,
        "{least} 不小于 {most}，没有值能满足",
        "{least} is not below {most}: nothing is within",
    ),
    "bad_value": (ERROR, "{field} 的值 {value} 不可用", "{field} cannot be {value}"),
    "too_long": (ERROR, "{field} 长达 {days} 天，超过一年", "{field} is {days} days, more than a year"),
    "very_long": (WARNING, "{field} 长达 {days} 天，请核对", "{field} is {days} days: look again"),
    "every_fact": (WARNING, "fact 为 *：任何一条患者信息都算", "the fact * means anything noted of the patient"),
    "means_all": (WARNING, "{side} 未限定，指所有检查", "{side} is empty and means every examination"),
    "unknown_exam": (ERROR, "{side} 中的项目 {codes} 不在目录中", "{side} names {codes}, not in the catalogue"),
    "unknown_department": (ERROR, "{side} 中的科室 {codes} 不存在", "{side} names no department of ours: {codes}"),
    "unknown_tag": (
        WARNING,
        "{side} 中的标签 {codes} 没有项目使用",
        "no examination carries the tag of {side}: {codes}",
    ),
    "unknown_modality": (WARNING, "{side} 中的类型 {codes} 没有项目使用", "no examination of {side} is {codes}"),
    "unknown_body_part": (
        WARNING,
        "{side} 中的部位 {codes} 没有项目使用",
        "no examination has the part of {side}: {codes}",
    ),
    "matches_nothing": (WARNING, "{side} 选不中目录中的任何项目", "{side} means no examination of the catalogue"),
    "no_catalogue": (WARNING, "检查目录为空，未核对项目", "the catalogue is empty: selectors were not looked at"),
    "sequence_with_itself": (ERROR, "{exams} 须先于自身", "{exams} would have to come before itself"),
    "sequence_cycle": (ERROR, "先后次序成环：{exams}", "the order goes round in a circle: {exams}"),
    "impossible_pair": (ERROR, "{exams} 无论先后都不允许", "{exams}: neither order is allowed"),
    "order_defeated": (
        WARNING,
        "{exams}：所需间隔不短于先后规则的时限，反序反而可以更近",
        "{exams}: the interval is not shorter than the sequence's window, so the wrong order may be nearer",
    ),
    "exclusive_with_itself": (WARNING, "{exams} 与自身互斥（两次同类检查）", "{exams} excludes another of itself"),
    "windows_apart": (ERROR, "{exams} 的时间窗没有交集", "the windows of {exams} have no time in common"),
    "window_unmet": (
        ERROR,
        "{exams} 的排班没有落在 {opens}-{closes} 的号源",
        "no calendar of {exams} has a slot that starts in {opens}-{closes}",
    ),
    "shadowed": (WARNING, "总被规则 {by} 覆盖", "the rule {by} always says as much or more"),
}
CODES = tuple(_WORDS)


def found(code: str, rules: Iterable[str], **told: object) -> Finding:
    """Return a finding."""
    severity, zh, en = _WORDS[code]
    return Finding(severity=severity, rules=tuple(rules), code=code, text=zh.format(**told), text_en=en.format(**told))


def shown(codes: Iterable[str]) -> str:
    """Return a few codes to read."""
    known = sorted(set(codes))
    return ", ".join(known[:_SHOWN]) + (f" … ({len(known)})" if len(known) > _SHOWN else "")
