"""What we build on may be passed on with our licence: no GPL or AGPL (a library under the LGPL is only called)."""

import re
from contextlib import suppress
from importlib.metadata import Distribution, PackageNotFoundError, distribution

import pytest

from tests.hygiene.workspace import ROOT

COPYLEFT = re.compile(r"(?<![A-Za-z])A?GPL|(?<!Lesser )(?<!Library or Lesser )General Public License|Affero")


def told(found: Distribution) -> str:
    """The licence as a distribution tells it: its expression, else its classifiers, else the first line of its text."""
    expression = found.metadata["License-Expression"]
    classifiers = [line for line in found.metadata.get_all("Classifier") or [] if line.startswith("License ::")]
    text = (found.metadata["License"] or "").strip().splitlines()
    return expression or "; ".join(classifiers) or (text[0] if text else "")


def forbidden(licence: str) -> bool:
    return bool(COPYLEFT.search(licence.replace("GPL-3.0-or-later WITH GCC-exception-3.1", "")))


def locked() -> list[str]:
    names = re.findall(r"^([a-z0-9][a-z0-9._-]*)==", (ROOT / "requirements.lock").read_text("utf-8"), re.MULTILINE)
    return sorted(set(names))


def test_every_licence_can_be_passed_on():
    licences: dict[str, str] = {}
    for name in locked():
        with suppress(PackageNotFoundError):  # for another system
            licences[name] = told(distribution(name))
    assert len(licences) > 40
    assert not {name: licence for name, licence in licences.items() if forbidden(licence)}


@pytest.mark.parametrize(
    "licence", ["GPL-3.0-only", "AGPL-3.0", "License :: OSI Approved :: GNU General Public License v3"]
)
def test_a_copyleft_licence_is_seen(licence: str):
    assert forbidden(licence)


@pytest.mark.parametrize(
    "licence", ["MIT", "LGPL-3.0-only", "BSD-3-Clause AND GPL-3.0-or-later WITH GCC-exception-3.1"]
)
def test_a_free_licence_is_not(licence: str):
    assert not forbidden(licence)
