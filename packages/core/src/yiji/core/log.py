"""The log: one line an entry, with time in UTC, to a file or to stderr. It carries ids, never names of patients."""

import logging
import time
from pathlib import Path

FORMAT = "%(asctime)s.%(msecs)03dZ %(levelname)s %(threadName)s %(name)s: %(message)s"


def to_file(path: Path | None, level: int = logging.INFO) -> None:
    """Send the log to a file, or to stderr when there is none."""
    handler = logging.FileHandler(path, encoding="utf-8") if path else logging.StreamHandler()
    formatter = logging.Formatter(FORMAT, "%Y-%m-%dT%H:%M:%S")
    formatter.converter = time.gmtime
    handler.setFormatter(formatter)
    logging.basicConfig(handlers=[handler], level=level, force=True)
    for noisy in ("alembic", "fontTools", "fpdf"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
