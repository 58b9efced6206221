r"""Escape sequences (HL7 v2.5.1 section 2.7, recalled): delimiters, line breaks and bytes inside a field's text.

What cannot be read is left as it stands, so that nothing a sender wrote is lost (``C:\temp`` stays ``C:\temp``).
``\X..\`` holds bytes in the message's own character set, so that it can spell a Chinese character.
"""

import re
from dataclasses import dataclass
from functools import cache


@dataclass(frozen=True, slots=True)
class Delimiters:
    """The five delimiters of MSH-1 and MSH-2."""

    field: str = "|"
    component: str = "^"
    repetition: str = "~"
    escape: str = "\\"
    subcomponent: str = "&"

    @property
    def msh2(self) -> str:
        """The encoding characters, as MSH-2 writes them."""
        return self.component + self.repetition + self.escape + self.subcomponent


STANDARD = Delimiters()
_LINES = re.compile(r"\.(br|sp|ce|sk|in|ti|fi|nf)([+-]?\d{0,3})")


def unescape(text: str, delimiters: Delimiters = STANDARD, codec: str = "utf-8") -> str:
    """Return the text that was meant; ``\\X..\\`` holds bytes in the message's own `codec`."""
    mark = delimiters.escape
    if mark not in text:
        return text
    quoted = re.escape(mark)

    def replace(found: re.Match[str]) -> str:
        read = _read(found[1], delimiters, codec)
        return found[0] if read is None else read

    return re.sub(f"{quoted}([^{quoted}]+){quoted}", replace, text)


def _read(code: str, delimiters: Delimiters, codec: str) -> str | None:
    """Return what one sequence means, None where nobody here can tell (local Z codes, ISO 2022 switches)."""
    letters = {
        "F": delimiters.field,
        "S": delimiters.component,
        "R": delimiters.repetition,
        "E": delimiters.escape,
        "T": delimiters.subcomponent,
        "P": "#",  # the truncation character of v2.7
        "H": "",
        "N": "",
    }
    if code in letters:
        return letters[code]
    return _line(code) if code.startswith(".") else _bytes(code, codec)


def _line(code: str) -> str | None:
    found = _LINES.fullmatch(code)
    if not found:
        return None
    count = min(abs(int(found[2])), 80) if found[2].strip("+-") else 1
    return {"br": "\n", "sp": "\n" * count, "ce": "\n", "sk": " " * count}.get(found[1], "")


def _bytes(code: str, codec: str) -> str | None:
    if not re.fullmatch(r"X([0-9A-Fa-f]{2})+", code):
        return None
    try:
        return bytes.fromhex(code[1:]).decode(codec)
    except UnicodeDecodeError:
        return None


def escape(text: str, delimiters: Delimiters = STANDARD) -> str:
    r"""Return `text` fit for a field: delimiters escaped, line ends as ``\.br\``, control characters as ``\Xhh\``."""
    return text.replace("\r\n", "\n").translate(_escapes(delimiters))


@cache
def _escapes(delimiters: Delimiters) -> dict[int, str]:
    mark = delimiters.escape
    letters = {
        mark: "E",
        delimiters.field: "F",
        delimiters.component: "S",
        delimiters.repetition: "R",
        delimiters.subcomponent: "T",
    }
    controls = [chr(code) for code in (*range(0x20), 0x7F) if chr(code) not in "\t\n\r"]
    named = letters | {"\n": ".br", "\r": ".br"} | {letter: f"X{ord(letter):02X}" for letter in controls}
    return {ord(letter): f"{mark}{name}{mark}" for letter, name in named.items()}
