"""From bytes to text and back, by the name that MSH-18 gives the character set (HL7 table 0211).

A message is never read in a character set that its own bytes speak against: wrong characters that look like characters
(mojibake) would end in a patient's name. Where MSH-18 is blank, strict UTF-8 is tried, then GB 18030; it is noted.
Decode first, split afterwards: a GB 18030 trail byte may be ``|``, ``^``, ``\\`` or ``~``.
"""

import re
from dataclasses import dataclass

from yiji.core.errors import YijiError
from yiji.interop.errors import UnknownCharset, Unwritable, WrongCharset

UTF8 = "UNICODE UTF-8"
GB18030 = "GB 18030-2000"
ASCII = "ASCII"

# Names of table 0211 and the habits of senders, without blanks, dashes and case -> (name to answer with, Python codec).
_KNOWN: dict[str, tuple[str, str]] = {
    "ascii": (ASCII, "ascii"),
    "isoir6": (ASCII, "ascii"),
    "unicodeutf8": (UTF8, "utf-8"),
    "utf8": (UTF8, "utf-8"),
    "gb180302000": (GB18030, "gb18030"),
    "gb18030": (GB18030, "gb18030"),
    "gbk": (GB18030, "gb18030"),  # a subset
    "gb2312": (GB18030, "gb18030"),  # a subset
    "big5": ("BIG-5", "big5hkscs"),
    **{f"8859/{part}": (f"8859/{part}", f"iso8859-{part}") for part in (1, 2, 3, 4, 5, 6, 7, 8, 9, 15)},
}
_HIGH = re.compile(rb"[\x80-\xff]+")
_C1 = re.compile("[\x80-\x9f]")
_PRIVATE = re.compile("[\ue000-\uf8ff\U000f0000-\U0010fffd]")
_EAST_ASIAN = re.compile("[\u2e80-\ud7ff\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff]")


@dataclass(frozen=True, slots=True)
class Decoded:
    """A message's text, the name of its character set, whether that was a guess, and what is odd about it."""

    text: str
    charset: str  # as table 0211 writes it
    guessed: bool
    notes: tuple[str, ...] = ()


def codec(charset: str) -> tuple[str, str]:
    """Return (name of table 0211, Python codec) of a character set as a sender writes it; raises `UnknownCharset`."""
    known = _KNOWN.get(re.sub(r"[\s_-]", "", charset).lower())
    if known is None:
        raise UnknownCharset(charset=charset)
    return known


def declared(names: tuple[str, ...]) -> str:
    """Return the one character set that MSH-18's repetitions come to: the widest that we read, "" when all are blank.

    An alternate set behind ASCII (``~UNICODE UTF-8``) is taken for the whole message; switching inside a field by
    ISO 2022 escapes is not read. Raises `UnknownCharset`.
    """
    given = [codec(name)[0] for name in names if name.strip()]
    wide = [name for name in given if name != ASCII]
    return (wide or given or [""])[0]


def decode(raw: bytes, charset: str = "") -> Decoded:
    """Return the text of `raw`; raises `WrongCharset` where the bytes contradict `charset`, or `UnknownCharset`."""
    if not charset:
        return _guess(raw)
    name, python = codec(charset)
    text = _strict(raw, name, python)
    _doubt(raw, text, name)
    return Decoded(text, name, False, _notes(text))


def encode(text: str, charset: str, errors: str = "strict") -> bytes:
    """Return `text` as bytes; raises `Unwritable` for a character it lacks, unless `errors` is ``replace``."""
    name, python = codec(charset or ASCII)
    try:
        return text.encode(python, errors)
    except UnicodeEncodeError as fault:
        raise Unwritable(character=fault.object[fault.start], charset=name) from None


def _guess(raw: bytes) -> Decoded:
    if raw.isascii():
        return Decoded(raw.decode("ascii"), "", False)
    try:
        text, name = raw.decode("utf-8"), UTF8
    except UnicodeDecodeError:
        text, name = _strict(raw, "", "gb18030"), GB18030
    return Decoded(text, name, True, (f"charset_guessed {name}", *_notes(text)))


def _strict(raw: bytes, name: str, python: str) -> str:
    try:
        return raw.decode(python)
    except UnicodeDecodeError as fault:
        raise _wrong(raw, name, fault.start) from None


def _doubt(raw: bytes, text: str, name: str) -> None:
    """Raise `WrongCharset` for bytes that decode, but that another set explains far better."""
    if name in (UTF8, ASCII) or raw.isascii():
        return
    first = _HIGH.search(raw)
    offset = first.start() if first else 0
    if _reads_east_asian(raw, "utf-8"):
        raise _wrong(raw, name, offset)
    if name.startswith("8859/") and (_C1.search(text) or _looks_like_gb(raw)):
        raise _wrong(raw, name, offset)


def _reads_east_asian(raw: bytes, python: str) -> bool:
    try:
        return bool(_EAST_ASIAN.search(raw.decode(python)))
    except UnicodeDecodeError:
        return False


def _looks_like_gb(raw: bytes) -> bool:
    """Tell whether all high bytes stand in pairs of GB 2312 hanzi: Latin text has its letters one by one."""
    runs = _HIGH.findall(raw)
    if any(len(run) % 2 for run in runs) or sum(map(len, runs)) < 4:
        return False
    return _reads_east_asian(b" ".join(runs), "gb2312")


def _wrong(raw: bytes, name: str, offset: int) -> YijiError:
    likely = next((guess for guess, python in ((UTF8, "utf-8"), (GB18030, "gb18030")) if _decodes(raw, python)), "-")
    return WrongCharset(declared=name or "-", likely=likely, offset=offset)


def _decodes(raw: bytes, python: str) -> bool:
    try:
        raw.decode(python)
    except UnicodeDecodeError:
        return False
    return True


def _notes(text: str) -> tuple[str, ...]:
    """Private-use characters 造字 cannot be drawn anywhere else than at the sender."""
    found = _PRIVATE.search(text)
    return (f"private_use_character U+{ord(found[0]):04X}",) if found else ()
