"""Analyses: from a `Recording` to beats, waves, measures and statements. Pure: values in, values out."""

from yiji.devices.analysis.beats.finding import Beats, find_beats
from yiji.devices.analysis.long import analyse
from yiji.devices.analysis.result import Analysis
from yiji.devices.analysis.waves.delineate import Delineation, delineate

__all__ = ["Analysis", "Beats", "Delineation", "analyse", "delineate", "find_beats"]
