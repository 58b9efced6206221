"""What plugins bring to devices: file formats and analyses, found by hook and resolved."""

from collections.abc import Callable
from typing import Any

from yiji.core.contract.patient import PatientBrief
from yiji.core.errors import YijiError
from yiji.core.plug import resolve
from yiji.core.plug.manager import Plugins
from yiji.core.settings import Settings
from yiji.core.signal import Recording
from yiji.devices import settings as section
from yiji.devices.analysis import Analysis
from yiji.devices.errors import AnalysisFailed, NoAnalysis
from yiji.devices.hooks import DeviceAnalysis, DeviceFormat
from yiji.devices.recording import Format


def formats(plugins: Plugins) -> tuple[Format, ...]:
    """Return the file formats of all plugins, a stranger's before ours; a reader is imported at its first file."""
    found: list[DeviceFormat] = plugins.hook("devices_formats")
    return tuple(Format(one.name, resolve(one.sniff), _late(one.read)) for one in found)


def _late(target: str) -> Callable[[bytes, str], Recording]:
    return lambda data, name: resolve(target)(data, name)


def analysis_of(plugins: Plugins, settings: Settings | None, kind: str) -> DeviceAnalysis:
    """Return the analysis record chosen for a kind of recording; raises `NoAnalysis`."""
    known: list[DeviceAnalysis] = [one for one in plugins.hook("devices_analyses") if one.kind == kind]
    wanted = section.of(settings).analyses.get(kind, "") if settings else ""
    named = [one for one in known if one.name == wanted]
    own = [one for one in known if one.target.startswith("yiji.devices.")]
    found = named if wanted else own or known
    if not found:
        raise NoAnalysis(kind_of=kind, wanted=wanted or "-")
    return found[0]


def run_analysis(record: DeviceAnalysis, recording: Recording, patient: PatientBrief | None, **wishes: Any) -> Analysis:
    """Analyse; whatever an analysis trips over is `AnalysisFailed`, so that no recording stops a daemon.

    `wishes` are handed on as they are (``statements=["own.toml"]``, ``hrv="full"``); one that an analysis does not know
    makes it fail.
    """
    try:
        return resolve(record.target)(recording, patient, **wishes)
    except YijiError:
        raise
    except Exception as fault:  # a plugin's analysis, or a signal that ours did not foresee
        raise AnalysisFailed(algorithm=record.name, detail=f"{type(fault).__name__}: {fault}") from fault
