"""Recordings: from any device's format to one `Recording`, and back to files. Pure: files in, values out."""

from yiji.devices.recording.formats import BUILT_IN, Format, read, read_bytes
from yiji.devices.recording.quality import quality
from yiji.devices.recording.wfdb_format import bundle
from yiji.devices.recording.wfdb_write import write_wfdb

__all__ = ["BUILT_IN", "Format", "bundle", "quality", "read", "read_bytes", "write_wfdb"]
