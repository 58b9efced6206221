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
    "critical": ("危急值 CRITICAL", "CRITICAL VALUE"),
    "acknowledge": ("危急值通报", "Critical value told"),
    "told_at": ("通报时间", "at"),
    "told_to": ("接收人", "to"),
    "acknowledged": ("确认", "acknowledged"),
    "compared": ("与前次心电图比较", "Compared with the previous ECG"),
    "rules": ("规则：{sets}", "Rules: {sets}"),
    "algorithm": ("算法：{name}", "Algorithm: {name}"),
    "attached": ("数值明细见附件 report.json", "every number in the attachment report.json"),
    "marks": ("标记：{marks}", "Marks: {marks}"),
    "mark.V": ("V 室性", "V ventricular"),
    "mark.S": ("S 室上性", "S supraventricular"),
    "mark.F": ("F 融合", "F fusion"),
    "mark.pace": ("┃ 起搏", "┃ paced"),
    "details": ("测量明细", "Measurements in detail"),
    "median": ("中位心搏（{speed} mm/s，{gain} mm/mV）", "Median beats ({speed} mm/s, {gain} mm/mV)"),
    "lead_table": ("各导联测量", "Measurements of each lead"),
    "all_measures": ("全部测量值", "All measurements"),
    "statements": ("提示与依据", "Statements and their reasons"),
    "severity": ("程度", "Severity"),
    "statement": ("提示", "Statement"),
    "grounds": ("依据", "Reason"),
    "rule": ("规则", "Rule"),
    "minnesota": ("明尼苏达码", "Minnesota"),
    "measure": ("项目", "Measure"),
    "code": ("代码", "Code"),
    "value": ("数值", "Value"),
    "unit": ("单位", "Unit"),
    "method": ("方法", "Method"),
    "lead": ("导联", "Lead"),
    "severity.critical": ("危急", "critical"),
    "severity.abnormal": ("异常", "abnormal"),
    "severity.borderline": ("临界", "borderline"),
    "severity.normal": ("一般", "normal"),
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
