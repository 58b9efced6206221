"""Text in terminal cells: a Chinese letter is two cells wide."""

from collections.abc import Sequence

from rich.cells import cell_len, set_cell_size

ELLIPSIS = "…"


def fit(text: str, width: int) -> str:
    """Return `text` in exactly `width` cells: filled with blanks, or cut with an ellipsis.

    >>> fit("心电图", 8), fit("十二导联", 6)
    ('心电图  ', '十二… ')
    """
    if width <= 0:
        return ""
    if cell_len(text) <= width:
        return set_cell_size(text, width)
    kept = set_cell_size(text, width - 1).rstrip()  # a wide letter that is cut in half becomes a blank
    return set_cell_size(kept + ELLIPSIS, width)


def widest(texts: Sequence[str]) -> int:
    """Return the cells that the widest text takes."""
    return max(map(cell_len, texts), default=0)


def share(widths: Sequence[int], grows: Sequence[int], total: int) -> list[int]:
    """Return column widths that fill `total` cells; what is left over, or missing, goes to the columns that grow.

    >>> share([5, 10], [0, 1], 20), share([5, 10], [0, 1], 12)
    ([5, 15], [5, 7])
    """
    spare, weight = total - sum(widths), sum(grows)
    if not weight:
        return list(widths)
    shared = [
        max(2, width + spare * grow // weight) if grow else width for width, grow in zip(widths, grows, strict=True)
    ]
    rest = total - sum(shared)
    last = max(index for index, grow in enumerate(grows) if grow)
    shared[last] = max(2, shared[last] + rest)
    return shared
