"""A page of a PDF as PNG, for screens: by PDFium (pypdfium2, BSD-3 and Apache-2.0)."""

from io import BytesIO
from typing import Any

from yiji.core.errors import NotFound


def preview(pdf: bytes, page: int = 1, dpi: float = 100.0) -> bytes:
    """Return page `page` (counted from 1) of a PDF as PNG, `dpi` pixels to the inch (20 to 600, else the nearest).

    Raises `NotFound` for a page that there is not.
    """
    import pypdfium2

    library: Any = pypdfium2  # has types only in part
    with library.PdfDocument(pdf) as document:
        if not 1 <= page <= len(document):
            raise NotFound(what="page", id=page)
        bitmap = document[page - 1].render(scale=min(max(dpi, 20.0), 600.0) / 72)
        out = BytesIO()
        bitmap.to_pil().save(out, "PNG")
        return out.getvalue()
