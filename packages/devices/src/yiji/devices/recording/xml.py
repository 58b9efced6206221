"""XML from strangers: parsed by expat, with no entities of its own and an end to its size."""

from typing import Any
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

from yiji.devices.errors import DamagedFile, TruncatedFile

_MOST_ELEMENTS = 1_000_000
_MOST_DEPTH = 100
_MANY_BYTES = ("gb2312", "gbk", "gb18030", "gb_2312-80", "cp936")  # expat knows no such encodings
_CUT = ("no element found", "unclosed token", "unclosed CDATA section", "partial character")


class _Refused(ValueError):
    """Something that no ECG needs and a bomb does."""


class _Tree:
    """Builds elements without name spaces."""

    def __init__(self) -> None:
        self.builder = TreeBuilder()
        self.elements = self.depth = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self.elements += 1
        self.depth += 1
        if self.elements > _MOST_ELEMENTS or self.depth > _MOST_DEPTH:
            raise _Refused(f"{self.elements} elements, {self.depth} deep")
        self.builder.start(_local(tag), {_local(key): value for key, value in attributes.items()})

    def end(self, tag: str) -> None:
        self.depth -= 1
        self.builder.end(_local(tag))


def _local(tag: str) -> str:
    return tag.rpartition(":")[2]


def _refuse(*_: Any) -> None:
    raise _Refused("entity")


def _doctype(_name: str, _system: str | None, _public: str | None, inside: bool) -> None:
    """A document type that is named only is never fetched, so it does no harm; one with declarations is refused."""
    if inside:
        raise _Refused("document type with declarations")


def parse(data: bytes, name: str) -> Element:
    """Return the root element, tags and attributes without their name spaces' prefixes.

    Raises `TruncatedFile` for XML that ends too early, `DamagedFile` for what is no XML, or one with entities.
    """
    tree, parser = _Tree(), expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler = tree.start, tree.end
    parser.CharacterDataHandler = tree.builder.data
    parser.StartDoctypeDeclHandler, parser.EntityDeclHandler = _doctype, _refuse
    try:
        parser.Parse(_readable(data), True)
        return tree.builder.close()
    except expat.ExpatError as fault:
        cut = expat.ErrorString(fault.code) in _CUT
        raise (TruncatedFile if cut else DamagedFile)(file=name, detail=f"XML: {fault}") from fault
    except (ValueError, LookupError) as fault:
        raise DamagedFile(file=name, detail=f"XML: {fault}") from fault


def _readable(data: bytes) -> bytes | str:
    """Return what expat can read: the bytes, or the text where they are in an encoding of China."""
    head = data[:200].split(b"?>")[0].lower()
    if any(f'encoding="{one}"'.encode() in head or f"encoding='{one}'".encode() in head for one in _MANY_BYTES):
        return data.decode("gb18030")
    return data


def text(element: Element | None, path: str) -> str:
    """Return the text of an element below, trimmed; empty where it is absent."""
    found = None if element is None else element.find(path)
    return "" if found is None else " ".join("".join(found.itertext()).split())


def attribute(element: Element | None, path: str, name: str) -> str:
    """Return an attribute of an element below; empty where either is absent."""
    found = None if element is None else element.find(path)
    return "" if found is None else found.get(name, "")
