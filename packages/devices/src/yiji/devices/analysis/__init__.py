"""Analyses: from a `Recording` to measures and statements. Pure: values in, values out."""

from yiji.devices.analysis.ecg import analyse
from yiji.devices.analysis.result import Analysis, LeadMeasures

__all__ = ["Analysis", "LeadMeasures", "analyse"]
