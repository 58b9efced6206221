"""What a measurement is called on a page, and how it was had; its code stands in the attachment.

The bands of the spectrum of RR: Task Force 1996, recalled.
"""

import re

from yiji.core.contract.measure import Measurement

BANDS = (("vlf", 0.003, 0.04), ("lf", 0.04, 0.15), ("hf", 0.15, 0.40))  # code, Hz
_NAMES: dict[str, tuple[str, str]] = {
    "heart_rate": ("心率", "Heart rate"),
    "rr": ("RR 间期", "RR interval"),
    "p": ("P 时限", "P duration"),
    "pr": ("PR 间期", "PR interval"),
    "qrs": ("QRS 时限", "QRS duration"),
    "qt": ("QT 间期", "QT interval"),
    "qtc": ("QTc (Bazett)", "QTc (Bazett)"),
    "qtc_fridericia": ("QTc (Fridericia)", "QTc (Fridericia)"),
    "qtc_framingham": ("QTc (Framingham)", "QTc (Framingham)"),
    "qtc_hodges": ("QTc (Hodges)", "QTc (Hodges)"),
    "p_axis": ("P 电轴", "P axis"),
    "qrs_axis": ("QRS 电轴", "QRS axis"),
    "t_axis": ("T 电轴", "T axis"),
    "rv5": ("R V5", "R V5"),
    "sv1": ("S V1", "S V1"),
    "rv5_sv1": ("R V5 + S V1", "R V5 + S V1"),
    "mean_nn": ("平均 NN 间期", "Mean NN interval"),
    "median_nn": ("NN 间期中位数", "Median NN interval"),
    "sdnn": ("SDNN 标准差", "SDNN"),
    "sdann": ("SDANN 5 min 均值标准差", "SDANN"),
    "sdnn_index": ("SDNN 指数", "SDNN index"),
    "rmssd": ("RMSSD 相邻差均方根", "RMSSD"),
    "sdsd": ("SDSD 相邻差标准差", "SDSD"),
    "cv_nn": ("NN 间期变异系数", "Coefficient of variation"),
    "pnn50": ("pNN50", "pNN50"),
    "pnn20": ("pNN20", "pNN20"),
    "triangular_index": ("三角指数", "Triangular index"),
    "vlf": ("极低频功率 VLF", "Very low frequency"),
    "lf": ("低频功率 LF", "Low frequency"),
    "hf": ("高频功率 HF", "High frequency"),
    "total_power": ("总功率", "Total power"),
    "lf_hf": ("低频/高频比", "LF/HF"),
    "lf_nu": ("标化低频", "LF, normalised"),
    "lf_share": ("低频占比", "LF share"),
    "hf_share": ("高频占比", "HF share"),
    "sd1": ("SD1 庞加莱图短轴", "SD1 (Poincare)"),
    "sd2": ("SD2 庞加莱图长轴", "SD2 (Poincare)"),
    "sd1_sd2": ("SD1/SD2", "SD1/SD2"),
    "csi": ("心交感指数 CSI", "Cardiac sympathetic index"),
    "cvi": ("心迷走指数 CVI", "Cardiac vagal index"),
    "dfa_alpha1": ("去趋势波动 α1", "DFA alpha 1"),
    "dfa_alpha2": ("去趋势波动 α2", "DFA alpha 2"),
    "approximate_entropy": ("近似熵", "Approximate entropy"),
    "sample_entropy": ("样本熵", "Sample entropy"),
}
_METHODS = (  # parts of how a value was had; numbers stand where they stood
    (r"mean RR", "平均 RR"),
    (r"mean", "均值"),
    (r"median beat", "中位心搏"),
    (r"net areas of I and aVF", "I 与 aVF 净面积"),
    (r"whole recording", "全程"),
    (r"minute at (\S+) s", r"第 \1 s 起 1 min"),
    (r"(\d+) normal intervals", r"\1 个正常间期"),
    (r"first (\d+) normal intervals", r"前 \1 个正常间期"),
    (r"five minutes from (\S+) s", r"第 \1 s 起 5 min"),
    (r"mean of 5-min stretches", "各 5 min 段均值"),
    (r"5-min means", "5 min 均值"),
    (r"of the means", "均值之比"),
    (r"bins of (\S+) ms", r"组距 \1 ms"),
    (r"Hann periodogram at 4 Hz", "4 Hz 汉宁窗周期图"),
    (r"4-16 beats", "4–16 搏"),
)


def measure_name(one: Measurement, lang: str) -> str:
    """Return a measurement's name, or its code where it has none here; neurokit2's keep their own names."""
    names = _NAMES.get(one.code)
    return one.code.removeprefix("nk_") if names is None else names[lang == "en"]


def method_words(one: Measurement, lang: str) -> str:
    """Return how a value was had, in words; a formula or a library is named as it is."""
    return one.method if lang == "en" else "，".join(_method_part(part) for part in one.method.split(", "))


def _method_part(part: str) -> str:
    found = ((re.fullmatch(told, part), zh) for told, zh in _METHODS)
    return next((match.expand(zh) for match, zh in found if match), part)
