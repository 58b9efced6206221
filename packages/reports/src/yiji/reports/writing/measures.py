"""What a measurement is called on a page, and how it was had; its code stands in the attachment."""

from yiji.core.contract.measure import Measurement

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
    "mean_nn": ("NN 间期均值", "Mean NN"),
    "median_nn": ("NN 间期中位数", "Median NN"),
    "cv_nn": ("NN 变异系数", "CV of NN"),
    "sdnn": ("SDNN", "SDNN"),
    "sdann": ("SDANN", "SDANN"),
    "sdnn_index": ("SDNN 指数", "SDNN index"),
    "rmssd": ("RMSSD", "RMSSD"),
    "sdsd": ("SDSD", "SDSD"),
    "pnn50": ("pNN50", "pNN50"),
    "pnn20": ("pNN20", "pNN20"),
    "triangular_index": ("三角指数", "Triangular index"),
    "ulf": ("超低频功率 ULF", "ULF power"),
    "vlf": ("极低频功率 VLF", "VLF power"),
    "lf": ("低频功率 LF", "LF power"),
    "hf": ("高频功率 HF", "HF power"),
    "total_power": ("总功率", "Total power"),
    "lf_hf": ("LF/HF", "LF/HF"),
    "lf_share": ("LF 占比", "LF share"),
    "hf_share": ("HF 占比", "HF share"),
    "sd1": ("SD1", "SD1"),
    "sd2": ("SD2", "SD2"),
    "sd1_sd2": ("SD1/SD2", "SD1/SD2"),
    "csi": ("心交感指数 CSI", "Cardiac sympathetic index"),
    "cvi": ("心迷走指数 CVI", "Cardiac vagal index"),
    "dfa_alpha1": ("DFA α1", "DFA α1"),
    "dfa_alpha2": ("DFA α2", "DFA α2"),
    "approximate_entropy": ("近似熵", "Approximate entropy"),
    "sample_entropy": ("样本熵", "Sample entropy"),
}
_METHODS = {
    "mean RR": "平均 RR",
    "mean": "均值",
    "median beat": "中位心搏",
    "median beat, net areas of I and aVF": "中位心搏，I 与 aVF 净面积",
    "whole recording": "全程",
}


def measure_name(one: Measurement, lang: str) -> str:
    """Return a measurement's name, or its code where it has none here."""
    names = _NAMES.get(one.code)
    return one.code if names is None else names[lang == "en"]


def method_words(one: Measurement, lang: str) -> str:
    """Return how a value was had, in words; a formula or a library is named as it is."""
    return one.method if lang == "en" else _METHODS.get(one.method, one.method)
