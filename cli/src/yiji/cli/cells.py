"""Text in terminal cells: a Chinese letter is two cells wide and may break anywhere, a Latin word breaks at blanks."""

import re

from rich.cells import cell_len, chop_cells

_CJK = r"\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef"
_CLOSING = "。，、；：？！）》”】」"  # never begins a line (GB/T 15834, recalled)
_PIECES = re.compile(rf"\s+|[{_CJK}][{_CLOSING}]*|[^\s{_CJK}]+[{_CLOSING}]*")
_ENGLISH_CHINESE = re.compile(rf"(?P<en>[^{_CJK}]*[.!?:)/])(?<!e\.g\.)(?<!i\.e\.)\s+(?P<zh>[{_CJK}“].*)", re.DOTALL)


def pad(text: str, width: int) -> str:
    """Return `text` filled with blanks up to `width` cells."""
    return text + " " * max(0, width - cell_len(text))


def wrap(text: str, width: int) -> list[str]:
    """Return `text` in lines of at most `width` cells; a longer word is cut."""
    lines = [""]
    words = _PIECES.findall(" ".join(text.split()))
    for piece in (part for word in words for part in chop_cells(word, width)):
        if cell_len(lines[-1]) + cell_len(piece) <= width or not lines[-1].strip():
            lines[-1] += piece
        else:
            lines.append(piece)
    return [line.strip() for line in lines]


def pick(text: str, lang: str) -> str:
    """Return the half of ``English. 中文。`` that the user reads; any other text stays as it is."""
    both = _ENGLISH_CHINESE.fullmatch(text.strip())
    return both.group(lang).strip().removesuffix("/").strip() if both else text.strip()
