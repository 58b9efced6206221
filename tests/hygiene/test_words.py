"""Every error and text has words in both languages, with the same parameters, and they are true."""

import re
from collections.abc import Iterator
from string import Formatter
from typing import Any

import pytest

from tests.hygiene.manifests import all_modules, records
from tests.hygiene.test_commands import command_names
from tests.hygiene.workspace import members
from yiji.core.errors import REGISTRY, YijiError
from yiji.core.i18n import read_table
from yiji.core.plug.manifest import Locale
from yiji.core.reference import error_classes, words

CHINESE = re.compile(r"[一-鿿]")
PACKAGES = sorted(record.package for record in records(Locale))


PROSE = {"site"}  # "a yiji site" names no command


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def leaves(table: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Every text of a table with its full key: ``core.no_site/hint``."""
    for key, value in table.items():
        if isinstance(value, dict):
            yield from ((f"{key}/{part}", text) for part, text in value.items())
        else:
            yield key, value


@pytest.mark.parametrize("package", PACKAGES)
def test_both_languages_have_the_same_words_and_parameters(package: str):
    zh, en = (dict(leaves(read_table(package, lang))) for lang in ("zh", "en"))
    assert set(zh) == set(en)
    assert not [key for key in zh if placeholders(zh[key]) != placeholders(en[key])]


@pytest.mark.parametrize("package", PACKAGES)
def test_chinese_is_chinese(package: str):
    latin = [key for key, text in leaves(read_table(package, "zh")) if not CHINESE.search(text)]
    assert not latin


@pytest.mark.parametrize("known", error_classes(), ids=lambda known: known.code)
def test_an_error_says_what_happened_and_what_to_do(known: type[YijiError]):
    for lang in ("zh", "en"):
        told = words(lang).get(known.code)
        assert isinstance(told, dict), f"{known.code} has no words in {lang}"
        assert set(told) == {"message", "hint"}
        assert all(told.values())


@pytest.mark.parametrize("known", error_classes(), ids=lambda known: known.code)
def test_an_error_documents_the_parameters_that_its_words_use(known: type[YijiError]):
    documented = re.search(r"Parameters?:\s*([\w\s,]+)", known.__doc__ or "")
    named = set(re.findall(r"\w+", documented[1])) if documented else set()
    used = {name for text in words("en")[known.code].values() for name in placeholders(text)}
    assert used <= named, f"{known.code} does not document {used - named}"


def test_no_words_for_an_error_that_is_gone():
    codes = {known.code for known in error_classes()}
    tables = {key for key, value in words("en").items() if isinstance(value, dict)}
    assert tables - codes == set()


def test_every_error_class_stands_in_a_module_that_a_manifest_names():
    known = {one.code for one in error_classes()}
    for member in members():
        all_modules(member.module)
    ours = {code for code, one in REGISTRY.items() if one.__module__.startswith("yiji")}
    assert ours - known == set()


def test_an_errors_code_begins_with_its_wing():
    for known in error_classes():
        home = (
            known.__module__.split(".")[1] if known.__module__.startswith("yiji.") else known.__module__.split(".")[0]
        )
        assert known.code.split(".")[0] == home.removeprefix("yiji_"), known.code


def test_commands_that_the_words_name_exist():
    names = command_names()
    for lang in ("zh", "en"):
        for key, text in leaves(words(lang)):
            for named in re.findall(r"\byiji((?: [a-z]+)+)", text):
                words_of = named.split()
                known = words_of[0] in PROSE or any(
                    " ".join(words_of[:length]) in names for length in range(len(words_of), 0, -1)
                )
                assert known, f"{lang} {key} names a command that is not there: yiji{named}"
