"""``yiji analyse``: measures, statements, and on demand every beat and every wave."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from yiji.core.contract.measure import Measurement
from yiji.core.faces import shell
from yiji.core.message import Value
from yiji.devices.cli.files import File, Layout, read_file

if TYPE_CHECKING:
    from yiji.core.signal import Recording
    from yiji.devices.analysis import Analysis

_MEASURES = [
    ("code", "指标", "measure"),
    ("value", "本系统", "ours"),
    ("device", "设备", "device"),
    ("difference", "差值", "difference"),
    ("unit", "单位", "unit"),
    ("method", "方法", "method"),
]
_WHY = [("severity", "程度", "severity"), ("reason", "依据", "reason")]
_WAVES = ("p_on", "p_peak", "p_off", "qrs_on", "r_peak", "qrs_off", "t_on", "t_peak", "t_off")
_GLOBAL = ("hr", "pr", "qrs", "qt", "qtc_bazett", "qtc_fridericia", "qtc_framingham", "qtc_hodges")


class Compared(Value):
    """One measure, ours beside the device's own; None: could not be had."""

    code: str
    value: float | None
    unit: str
    method: str
    device: float | None
    difference: float | None


def analyse(
    file: File,
    beats: Annotated[bool, typer.Option("--beats", help="With --json: each beat and its class. 逐搏。")] = False,
    waves: Annotated[bool, typer.Option("--waves", help="With --json: each wave of each lead. 逐波。")] = False,
    hrv: Annotated[bool, typer.Option("--hrv", help="All measures of variability. 全部心率变异性指标。")] = False,
    layout: Layout = None,
    statements: Annotated[
        list[str] | None, typer.Option(help="Rule set laid over ours: a file, or package:file.toml. 叠加的诊断规则集。")
    ] = None,
) -> None:
    """Measure a recording: ours beside the device's own; needs no site. 分析记录，无需站点。

    Example: yiji analyse ecg.dcm --json --beats --waves
    """
    from yiji.core.plug.manager import plugins
    from yiji.devices.plugged import analysis_of, run_analysis

    here = shell()
    with here.progress(here.words("正在分析", "analysing")):
        found = read_file(file, layout)
        wishes = {"statements": tuple(statements)} if statements else {}
        wishes |= {"hrv": "full"} if hrv else {}
        analysed = run_analysis(analysis_of(plugins(), None, found.kind), found, None, **wishes)
        compared = _compared(found, analysed)
        document = _document(str(file), found, analysed, compared) | _detail(found, beats, waves) if here.json else {}
    if here.json:
        return here.data(document)
    here.table(compared, _MEASURES, f"{file.name}  {analysed.algorithm}")
    text = ("text_" + here.words("zh", "en"), "结论（机器判读）", "statement (a machine's)")
    lang = here.words("zh", "en")
    here.table([one.model_copy(update={"reason": one.why(lang)}) for one in analysed.findings], [text, *_WHY])
    return None


def _compared(found: "Recording", analysed: "Analysis") -> list[Compared]:
    own = {one.code: one.value for one in found.measured_by_device}
    return [_beside(one, own.get(one.code)) for one in analysed.measurements]


def _beside(one: Measurement, device: float | None) -> Compared:
    difference = None if one.value is None or device is None else round(one.value - device, 3)
    return Compared(**one.model_dump(), device=device, difference=difference)


def _document(file: str, found: "Recording", analysed: "Analysis", compared: list[Compared]) -> dict[str, Any]:
    """Return what the command promises to print (see docs/ecg-formats.md)."""
    return {
        "file": file,
        "format": found.source,
        "algorithm": analysed.algorithm,
        "fs": found.fs,
        "leads": list(found.leads),
        "samples": found.samples,
        "seconds": found.seconds,
        "global": {code: analysed.value(code) for code in _GLOBAL}
        | {"axes": {wave: analysed.value(f"{wave}_axis") for wave in ("p", "qrs", "t")}},
        "findings": [one.model_dump(mode="json") for one in analysed.findings],
        "measurements": [one.model_dump(mode="json") for one in compared],
        "lead_measures": [one.model_dump(mode="json") for one in analysed.lead_measures],
    }


def _detail(found: "Recording", beats: bool, waves: bool) -> dict[str, Any]:
    """Return beats and waves, if they are asked for; samples count from 0, a wave that is not there is None."""
    if not beats and not waves:
        return {}
    from yiji.devices.analysis.beats.finding import find_beats

    known, told = find_beats(found), dict[str, Any]()
    if beats:
        labels = zip(known.samples.tolist(), map(str, known.labels), strict=True)
        told["beats"] = [{"sample": sample, "label": label} for sample, label in labels]
    if waves:
        from yiji.devices.analysis.waves.delineate import delineate

        drawn = delineate(found, known)
        told["waves"] = {lead: [_beat(row) for row in drawn[lead].tolist()] for lead in found.leads}
    return told


def _beat(row: list[int]) -> dict[str, int | None]:
    return {name: None if place < 0 else place for name, place in zip(_WAVES, row, strict=True)}
