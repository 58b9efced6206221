"""What the measures of heart-rate variability are called; the bands of the spectrum (Task Force 1996, recalled)."""

BANDS = (("vlf", 0.003, 0.04), ("lf", 0.04, 0.15), ("hf", 0.15, 0.40))  # code, Hz

_NAMES: dict[str, tuple[str, str]] = {
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


def name_of(code: str, lang: str) -> str:
    """Return what a measure is called; neurokit2's keep their own names."""
    known = _NAMES.get(code)
    return known[lang == "en"] if known else code.removeprefix("nk_")


def is_hrv(code: str) -> bool:
    """Say whether a measurement is one of variability."""
    return code in _NAMES
