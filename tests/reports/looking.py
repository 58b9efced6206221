"""Looking at a PDF with another hand than the one that made it: PDFium rasterises it and reads its text."""

from typing import Any

import numpy as np
import pypdfium2
from numpy.typing import NDArray

PIXELS = 10  # to the millimetre: 254 dpi


def raster(pdf: bytes, page: int = 0) -> NDArray[np.int16]:
    """Return a page as RGB pixels, ten to the millimetre: shape about (2100, 2970, 3)."""
    with pypdfium2.PdfDocument(pdf) as document:
        bitmap: Any = document[page].render(scale=PIXELS * 25.4 / 72)
        return bitmap.to_numpy()[:, :, 2::-1].astype(np.int16)


def texts(pdf: bytes) -> list[str]:
    """Return the text of every page."""
    with pypdfium2.PdfDocument(pdf) as document:
        return [page.get_textpage().get_text_range() for page in document]


def black(pixels: NDArray[np.int16]) -> NDArray[np.bool_]:
    """Where the pen of traces and letters has been."""
    return pixels.max(2) < 110


def span(mask: NDArray[np.bool_], axis: int) -> tuple[int, int]:
    """Return the first and the last place along `axis` where anything is."""
    where = np.flatnonzero(mask.any(1 - axis))
    return int(where[0]), int(where[-1])
