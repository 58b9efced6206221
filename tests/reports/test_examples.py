"""The examples of the documentation: there, small, and whole."""

from pathlib import Path

import pytest

from tests.reports.looking import texts
from tests.reports.make_examples import examples, long

FOLDER = Path(__file__).parents[2] / "docs" / "examples"


@pytest.mark.parametrize("name", [name for name, _ in examples()])
def test_an_example_is_there_and_small(name: str):
    pdf = (FOLDER / f"{name}.pdf").read_bytes()
    pages = texts(pdf)
    assert len(pages) >= 2
    assert len(pdf) < max(400_000, 35_000 * len(pages))  # a Holter report has many pages
    assert not any("nan" in page.lower() for page in pages)
    assert all("示例市第一人民医院" in page for page in pages)


def test_the_holter_example_is_what_its_script_makes():
    assert texts(long()) == texts((FOLDER / "holter.pdf").read_bytes())
