"""The words that every report page shares, whatever its template."""

from yiji.core.contract.patient import Sex

_WORDS: dict[str, tuple[str, str]] = {
    "name": ("姓名", "Name"),
    "sex": ("性别", "Sex"),
    "age": ("年龄", "Age"),
    "patient": ("患者号", "Patient ID"),
    "visit": ("门诊/住院号", "Visit no."),
    "visit.O": ("门诊号", "Outpatient no."),
    "visit.I": ("住院号", "Inpatient no."),
    "visit.E": ("急诊号", "Emergency no."),
    "department": ("科室", "Dept."),
    "ward": ("病区", "Ward"),
    "bed": ("床号", "Bed"),
    "accession": ("检查号", "Accession"),
    "placer": ("申请单号", "Order no."),
    "requester": ("申请医生", "Requested by"),
    "exam": ("申请项目", "Examination"),
    "reason": ("申请理由", "Reason"),
    "ordered": ("申请时间", "Ordered"),
    "recorded": ("检查时间", "Recorded"),
    "device": ("设备", "Device"),
    "measures": ("测量", "Measurements"),
    "findings": ("心电图提示", "Findings"),
    "no_findings": ("没有自动提示", "No automatic findings"),
    "conclusion": ("结论", "Conclusion"),
    "unconfirmed": ("未确认 UNCONFIRMED", "UNCONFIRMED"),
    "unconfirmed_long": ("自动分析结果，未经医生确认", "Automatic analysis, not confirmed by a physician"),
    "critical": ("危急值", "CRITICAL"),
    "reporter": ("报告医生", "Reported by"),
    "reviewer": ("审核医生", "Reviewed by"),
    "time": ("时间", "Time"),
    "seal": ("签章", "Seal"),
    "filter": ("显示滤波：无", "Display filter: none"),
    "not_recorded": ("未采集", "not recorded"),
    "length": ("记录 {seconds} s", "Recording {seconds} s"),
    "first": ("仅显示前 {shown} s", "first {shown} s shown"),
    "overlap": ("短于 {page} s，各列时间有重叠", "shorter than {page} s, columns overlap in time"),
    "others": ("未绘导联：{leads}", "Leads not drawn: {leads}"),
    "page": ("第 {page} 页 共 {pages} 页", "Page {page} of {pages}"),
    "continued": ("（续）", " (continued)"),
    "more": ("……见续页", "... continued overleaf"),
    "years": ("{n}岁", "{n} y"),
    "months": ("{n}月", "{n} mo"),
    "days": ("{n}天", "{n} d"),
}

_SEX: dict[Sex, tuple[str, str]] = {
    Sex.MALE: ("男", "M"),
    Sex.FEMALE: ("女", "F"),
    Sex.OTHER: ("其他", "Other"),
    Sex.UNKNOWN: ("未知", "Unknown"),
}

_UNITS: dict[str, tuple[str, str]] = {"/min": ("次/分", "bpm"), "deg": ("°", "°")}


def word(key: str, lang: str, **params: object) -> str:
    """Return a page's word in `lang`, its parameters filled in; `KeyError` for a word that we do not have."""
    return _WORDS[key][lang == "en"].format(**params)


def sex_word(sex: Sex, lang: str) -> str:
    """Return 男, 女, ... or M, F, ..."""
    return _SEX[sex][lang == "en"]


def unit_word(unit: str, lang: str) -> str:
    """Return how a UCUM unit is written on the page."""
    return _UNITS[unit][lang == "en"] if unit in _UNITS else unit
