"""The commands of devices: recordings, their analysis, the worklist. Nothing heavy is imported before it is used."""

from yiji.devices.cli.analysing import analyse
from yiji.devices.cli.recordings import recording
from yiji.devices.cli.worklist import worklist

__all__ = ["analyse", "recording", "worklist"]
