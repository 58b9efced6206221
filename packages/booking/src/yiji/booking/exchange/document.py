"""The catalogue as one TOML document: what stands at its default is left out, but for the parameters."""

import tomllib

import tomli_w
from pydantic import ValidationError

from yiji.booking.exchange.faults import bad_file, told
from yiji.core.contract.catalogue import Catalogue


def to_toml(catalogue: Catalogue) -> str:
    """Return the document; loading it gives the same catalogue again.

    >>> from yiji.core.contract.catalogue import Campus
    >>> print(to_toml(Catalogue(campuses=(Campus(code="EAST", name="东院"),))).strip())
    campuses = [
        { code = "EAST", name = "东院" },
    ]
    """
    plain = catalogue.model_dump(exclude_defaults=True, exclude={"parameters"})
    if catalogue.parameters is not None:
        plain["parameters"] = catalogue.parameters.model_dump()
    readable = "\\r" not in catalogue.model_dump_json()  # TOML would make a line feed of a carriage return in there
    return tomli_w.dumps(plain, multiline_strings=readable)


def from_toml(raw: bytes, name: str = "catalogue.toml") -> Catalogue:
    """Return what a document says; raises `BadFile` with all its faults."""
    try:
        plain = tomllib.loads(raw.decode("utf-8-sig"))
    except UnicodeDecodeError as fault:
        raise bad_file(name, [f"UTF-8: byte {fault.start}"]) from None
    except tomllib.TOMLDecodeError as fault:
        raise bad_file(name, [str(fault)]) from None
    try:
        return Catalogue.model_validate(plain)
    except ValidationError as fault:
        raise bad_file(name, told(fault, plain)) from None
