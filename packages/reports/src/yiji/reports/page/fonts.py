"""Fonts: which characters can be written, how wide they are, and a font file that holds just the ones of a page.

The Chinese font (Noto Sans SC, 30,890 characters) and its Latin sister (Source Sans Pro, for foreign names) come in
packages of the registry, both under the SIL Open Font License 1.1. HarfBuzz cuts the characters of one page out of
them in about a millisecond, so that no page has to parse 8 MB, rare names included. A site adds fonts of its own for
what they lack (the setting ``[reports] fonts``).
"""

import unicodedata
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import groupby
from typing import Any

import font_source_sans_pro  # pyright: ignore[reportMissingTypeStubs]
import uharfbuzz  # pyright: ignore[reportMissingTypeStubs]
from pylopdf_fonts_zh_cn import sans_path

from yiji.reports.errors import BadFont, MissingGlyph

hb: Any = uharfbuzz
_latin: Any = font_source_sans_pro

MM_PER_POINT = 25.4 / 72

# Shaping and vertical writing: a page uses neither, and each costs time in every PDF.
_UNUSED = [int.from_bytes(tag) for tag in (b"GSUB", b"GPOS", b"GDEF", b"BASE", b"VORG", b"vhea", b"vmtx")]


class Face:
    """One font file."""

    def __init__(self, path: str) -> None:
        try:
            self._face = hb.Face(hb.Blob.from_file_path(path))
        except (OSError, hb.HarfBuzzError) as fault:
            raise BadFont(path=path, detail=str(fault)) from None
        self.characters: frozenset[int] = frozenset(self._face.unicodes)
        if not self.characters:
            raise BadFont(path=path, detail="it holds no characters")
        self._font = hb.Font(self._face)

    def advance(self, character: str) -> float:
        """Return how far a character moves the pen, in ems."""
        return self._font.get_glyph_h_advance(self._font.get_nominal_glyph(ord(character))) / self._face.upem

    def subset(self, characters: Iterable[str]) -> bytes:
        """Return a font file that holds only these characters; the same characters give the same bytes."""
        wanted = hb.SubsetInput()
        wanted.sets(hb.SubsetInputSets.UNICODE).update({ord(one) for one in characters} | {ord(" ")})
        wanted.sets(hb.SubsetInputSets.DROP_TABLE_TAG).update(_UNUSED)
        wanted.flags = hb.SubsetFlags.NO_HINTING | hb.SubsetFlags.DESUBROUTINIZE | hb.SubsetFlags.NO_LAYOUT_CLOSURE
        return hb.subset(self._face, wanted).blob.data


def own_fonts() -> tuple[str, ...]:
    """Return the paths of the fonts that come with us."""
    return str(sans_path()), _latin.font_files_ttf["SourceSansPro"]


@cache
def face(path: str) -> Face:
    """Open a font file, once; raises `BadFont`."""
    return Face(path)


class Fonts:
    """The fonts of a page: ours, then those at `extra`; a character is of the first that has it.

    Every text is measured before it is written and characters come again and again, so answers are kept.
    """

    def __init__(self, extra: Iterable[str] = ()) -> None:
        self.faces = tuple(face(path) for path in (*own_fonts(), *extra))
        self._of, self._advance, self._cleaned = cache(self._find), cache(self._measure), cache(self._clean)

    def _find(self, character: str) -> int:
        for number, one in enumerate(self.faces):
            if ord(character) in one.characters:
                return number
        return -1

    def clean(self, text: str) -> str:
        """Return the text as it can be written: without controls and invisible marks, and composed where it must be.

        Only then, for NFC also turns some Chinese characters into others that look different.

        Raises `MissingGlyph` naming the characters that no font has.
        """
        return self._cleaned(text)

    def _clean(self, text: str) -> str:
        kept = "".join(" " if one.isspace() else one for one in text if _is_seen(one))
        if any(self._of(one) < 0 or unicodedata.combining(one) for one in kept):
            kept = unicodedata.normalize("NFC", kept)
        lacking = sorted({one for one in kept if self._of(one) < 0})
        if lacking:
            raise MissingGlyph(characters=" ".join(f"{one} (U+{ord(one):04X})" for one in lacking), text=text)
        return kept

    def runs(self, text: str) -> Iterator[tuple[int, str]]:
        """Cut a clean text into runs of one font each: (number of the font, run)."""
        for number, run in groupby(text, self._of):
            yield number, "".join(run)

    def width(self, text: str, size: float) -> float:
        """Return the width in mm of a clean text at `size` points."""
        return sum(map(self._advance, text)) * size * MM_PER_POINT

    def _measure(self, character: str) -> float:
        return self.faces[self._of(character)].advance(character)


def _is_seen(character: str) -> bool:
    """Not so: controls (but white space), zero-width marks, variation selectors."""
    category = unicodedata.category(character)
    selector = 0xFE00 <= ord(character) <= 0xFE0F or 0xE0100 <= ord(character) <= 0xE01EF
    return character.isspace() or not (selector or category in ("Cc", "Cf"))
