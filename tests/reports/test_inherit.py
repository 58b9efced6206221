"""Templates over templates: what merges, what replaces, what is refused, and which file an error names."""

import doctest

import pytest

import yiji.reports.writing.inherit as inherit
from yiji.reports.errors import BadTemplate
from yiji.reports.writing.inherit import OURS, load, ours

HOSPITAL = """
name = "hospital"
base = "ecg-12"
title = { zh = "某院心电图报告", en = "Our ECG report" }
[layout]
gain = 5.0
"""
DEPARTMENT = """
name = "department"
base = "hospital"
[layout]
speed = 50.0
rhythm = ["V1"]
[title]
en = "Cardiology ECG"
"""


@pytest.fixture
def written(tmp_path, monkeypatch, request):
    """Return what writes templates into a package of their own: file names and texts to the package's name."""
    package = "theirs_" + "".join(one for one in request.node.name if one.isalnum())[-40:]
    (tmp_path / package).mkdir()
    (tmp_path / package / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path)

    def write(**texts: str) -> str:
        for name, text in texts.items():
            (tmp_path / package / f"{name}.toml").write_text(text, "utf-8")
        return package

    return write


def test_a_department_builds_on_its_hospital_and_that_on_ours(written):
    package = written(hospital=HOSPITAL, department=DEPARTMENT)
    names = (("hospital", f"{package}:hospital.toml"),)
    told, base = load(f"{package}:department.toml", names), load()
    assert (told.name, told.base, told.kind) == ("department", "", "ecg")
    assert (told.layout.speed, told.layout.gain, told.layout.rhythm) == (50.0, 5.0, ("V1",))
    assert (told.title.zh, told.title.en) == ("某院心电图报告", "Cardiology ECG")
    assert (told.layout.rows, told.header, told.measures) == (base.layout.rows, base.header, base.measures)


def test_a_list_replaces_the_bases_whole_list(written):
    package = written(few='name = "few"\nbase = "ecg-12"\nmeasures = []\n[layout]\nrows = [["I", "II"]]')
    told = load(f"{package}:few.toml")
    assert told.measures == ()
    assert told.layout.rows == (("I", "II"),)


def test_a_base_may_be_a_file(written):
    package = written(a='name = "a"\nbase = "yiji.reports.writing.templates:ecg-6x2.toml"')
    assert len(load(f"{package}:a.toml").layout.rows) == 6


def test_a_circle_is_refused_and_told(written):
    package = written(a='name = "a"\nbase = "PACKAGE:b.toml"', b='name = "b"\nbase = "PACKAGE:a.toml"')
    written(**{name: f'name = "{name}"\nbase = "{package}:{other}.toml"' for name, other in (("a", "b"), ("b", "a"))})
    with pytest.raises(BadTemplate) as told:
        load(f"{package}:a.toml")
    detail = told.value.params["detail"]
    assert detail.startswith("base: ")
    assert detail.count("a.toml") == 2
    assert detail.count("b.toml") == 1


def test_an_error_names_the_file_that_says_it_and_the_field(written):
    package = written(
        hospital=HOSPITAL.replace("5.0", '"wide"'), department=DEPARTMENT, own=DEPARTMENT.replace("50.0", "5000.0")
    )
    names = (("hospital", f"{package}:hospital.toml"),)
    with pytest.raises(BadTemplate) as told:
        load(f"{package}:department.toml", names)
    assert told.value.params["source"] == f"{package}:hospital.toml"
    assert told.value.params["detail"].startswith("layout.gain: ")
    written(hospital=HOSPITAL)
    with pytest.raises(BadTemplate) as told:
        load(f"{package}:own.toml", names)
    assert told.value.params["source"] == f"{package}:own.toml"
    assert told.value.params["detail"].startswith("layout.speed: ")


@pytest.mark.parametrize(("text", "field"), [
    ('name = "a"\nbase = "nobody"', "base"), ('name = "a"\nbase = 7', "base"), ('base = "ecg-12"', "name"),
    ('name = "a"\nbase = "ecg-12"\nshoe = 1', "shoe"),
    ('name = "a"\nbase = "ecg-12"\n[holter]\npages = ["sumary"]', "holter.pages"),
])  # fmt: skip
def test_what_is_wrong_is_told(written, text, field):
    package = written(a=text)
    with pytest.raises(BadTemplate) as told:
        load(f"{package}:a.toml")
    assert told.value.params["source"] == f"{package}:a.toml"
    assert told.value.params["detail"].startswith(field)


@pytest.mark.parametrize("name", OURS)
def test_ours_load(name: str):
    told = load(ours(name))
    assert told.name == name
    assert told.kind == ("holter" if name.startswith("holter") else "ecg")


def test_the_example_in_the_documentation_runs():
    assert doctest.testmod(inherit) == doctest.TestResults(0, 1)
