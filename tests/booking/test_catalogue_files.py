"""Master data as TOML and as sheets: what is written is read as the same, and faults are told where they are."""

import csv
import io
from datetime import date, time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yiji.booking.cli.changes import differences
from yiji.booking.errors import BadFile
from yiji.booking.exchange.document import from_toml, to_toml
from yiji.booking.exchange.reading import from_sheets
from yiji.booking.exchange.sheets import to_sheets
from yiji.core.contract.catalogue import (
    BodyPart,
    Calendar,
    Campus,
    Catalogue,
    Closure,
    Department,
    Device,
    Dictionary,
    Entry,
    Exam,
    Parameters,
    PoolShare,
    Room,
    StaffGroup,
)

_CODES = st.from_regex(r"[A-Za-z0-9_.\-一-龥:|=]{1,12}", fullmatch=True)
_TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc"), include_characters="\n"), max_size=30)
_MARKS = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc", "Z")), min_size=1, max_size=8)
_LISTS = st.lists(_MARKS, max_size=3).map(tuple)
_DAYS = st.dates(date(2020, 1, 1), date(2035, 12, 31))
_TIMES = st.integers(0, 1439).map(lambda minute: time(minute // 60, minute % 60))
_SHARES = st.builds(
    PoolShare,
    pool=_CODES,
    cap=st.none() | st.integers(0, 9),
    reserve=st.integers(0, 9),
    release_minutes=st.integers(0, 9999),
)
_EXAMS = st.builds(
    Exam,
    code=_CODES,
    name=_TEXTS,
    department=_CODES,
    modality=st.sampled_from(("CT", "MR")),
    minutes=st.integers(1, 1440),
    preparation=_TEXTS,
    preparation_minutes=st.integers(0, 9999),
    devices=st.lists(_CODES, max_size=2).map(tuple),
    needs=_LISTS,
    tags=_LISTS,
    body_parts=st.lists(st.builds(BodyPart, code=_CODES, name=_TEXTS, minutes=st.integers(1, 99)), max_size=2).map(
        tuple
    ),
    prepaid=st.booleans(),
)
_CALENDARS = st.builds(
    Calendar,
    device=_CODES,
    weekdays=st.sets(st.integers(1, 7)).map(sorted).map(tuple),
    opens=_TIMES,
    closes=_TIMES,
    slot_minutes=st.integers(1, 60),
    capacity=st.integers(0, 99),
    pools=st.lists(_SHARES, max_size=3).map(tuple),
    extra=st.integers(0, 9),
    first_day=st.none() | _DAYS,
    last_day=st.none() | _DAYS,
)
_ENTRIES = st.builds(Entry, code=_CODES, name=_TEXTS, name_en=_TEXTS)


def _unique(strategy: st.SearchStrategy[Any], key: str = "code") -> st.SearchStrategy[Any]:
    return st.lists(strategy, max_size=2, unique_by=lambda entry: getattr(entry, key)).map(tuple)


_CATALOGUES = st.builds(
    Catalogue,
    campuses=_unique(st.builds(Campus, code=_CODES, name=_TEXTS, address=_TEXTS)),
    departments=_unique(st.builds(Department, code=_CODES, name=_TEXTS, campus=_CODES)),
    rooms=_unique(st.builds(Room, code=_CODES, name=_TEXTS, department=_CODES, place=_TEXTS, place_en=_TEXTS)),
    devices=_unique(st.builds(Device, code=_CODES, name=_TEXTS, room=_CODES, modality=_CODES, capabilities=_LISTS)),
    staff=_unique(st.builds(StaffGroup, code=_CODES, name=_TEXTS, department=_CODES, capabilities=_LISTS)),
    exams=_unique(_EXAMS),
    calendars=_unique(_CALENDARS, "device"),
    closures=_unique(st.builds(Closure, first_day=_DAYS, last_day=_DAYS, name=_TEXTS, campus=_CODES), "campus"),
    dictionaries=_unique(st.builds(Dictionary, code=_CODES, name=_TEXTS, entries=_unique(_ENTRIES))),
    parameters=st.none()
    | st.builds(
        Parameters, reminder_hours=st.lists(st.integers(1, 99), max_size=3).map(tuple), reminders=st.booleans()
    ),
)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(_CATALOGUES)
def test_toml_is_read_as_it_was_written(catalogue: Catalogue) -> None:
    assert from_toml(to_toml(catalogue).encode()) == catalogue


@settings(max_examples=60, deadline=None, derandomize=True)
@given(_CATALOGUES)
def test_sheets_are_read_as_they_were_written(catalogue: Catalogue) -> None:
    assert from_sheets(to_sheets(catalogue)) == catalogue


def test_a_carriage_return_survives_toml() -> None:
    odd = Catalogue(campuses=(Campus(code="A", name="一\r\n二", address='说"""\\\n'),))
    assert from_toml(to_toml(odd).encode()) == odd


RICH = Catalogue(
    exams=(
        Exam(
            code="CTC",
            name="增强CT，含对比剂",
            department="CT",
            modality="CT",
            minutes=15,
            preparation="空腹 4 小时；\n带“近期”肾功能结果",
            tags=("contrast.iodine", "a;b", 'say "x"'),
            body_parts=(BodyPart(code="HEAD", name="头部", minutes=15), BodyPart(code="LEG", name="下肢", minutes=25)),
        ),
    ),
    calendars=(
        Calendar(
            device="CT-1",
            weekdays=(1, 3, 5),
            opens=time(8),
            closes=time(12),
            slot_minutes=15,
            capacity=4,
            pools=(PoolShare(pool="online", cap=2), PoolShare(pool="inpatient", reserve=1, release_minutes=120)),
        ),
    ),
)


def test_sheets_open_in_excel_and_come_back_in_its_own_encoding() -> None:
    sheets = to_sheets(RICH)
    assert sheets["exams.csv"].startswith(b"\xef\xbb\xbfcode,name,")
    chinese = {name: raw.decode("utf-8-sig").encode("gb18030") for name, raw in sheets.items()}
    assert from_sheets(chinese) == RICH
    [row] = csv.DictReader(io.StringIO(sheets["calendars.csv"].decode("utf-8-sig"), newline=""))
    assert row["pools"] == "online cap=2;inpatient reserve=1 release=120"


def test_what_excel_makes_of_cells_is_understood() -> None:
    heading = "device,weekdays,opens,closes,slot_minutes,capacity,first_day"
    calendars = f"{heading}\r\nCT-1, 1-3;5 ,8:00,12:00:00,15,4,2026/3/2\r\n,,,\r\n"
    exams = "code;name;department;modality;minutes;prepaid\r\nA1;平扫;CT;CT;10;是\r\nA2;增强;CT;CT;10;FALSE\r\n"
    read = from_sheets({"calendars.csv": calendars.encode(), "exams.csv": exams.encode("gb18030")})
    [calendar] = read.calendars
    assert (calendar.weekdays, calendar.opens, calendar.closes) == ((1, 2, 3, 5), time(8), time(12))
    assert calendar.first_day == date(2026, 3, 2)
    assert [exam.prepaid for exam in read.exams] == [True, False]
    assert read.rooms == ()


def test_all_faults_of_sheets_are_told_with_their_lines() -> None:
    files = {
        "exams.csv": b'code,name,department,modality,minutes\r\nA,a,CT,CT,ten\r\n"B\r\n",b,CT,CT,5\r\nC,c,CT,CT,0\r\n',
        "calendars.csv": b"device,weekdays,opens,closes,capacity,pools\r\nX,1,8,12:00,1,online max=3\r\n",
        "body_parts.csv": b"exam,code,name,minutes\r\nNO,HEAD,h,5\r\n",
        "rooms.csv": b"code,name,departement\r\n",
        "devices.csv": b"\xff\xff\xff",
        "prices.csv": b"code\r\n",
        "parameters.csv": b"name,value\r\nhold_minutes,0\r\n",
    }
    with pytest.raises(BadFile) as refusal:
        from_sheets(files)
    told = refusal.value.params["problems"]
    for fault in (
        "exams.csv:2 minutes",
        "exams.csv:5 minutes",
        "calendars.csv:2 opens: '8': HH:MM",
        "calendars.csv:2 pools: 'online max=3'",
        "body_parts.csv:2 exam: 'NO'",
        "rooms.csv: 'departement'",
        "devices.csv: UTF-8, GB18030",
        "prices.csv: campuses",
        "parameters.csv hold_minutes",
    ):
        assert fault in told, told


@pytest.mark.parametrize(
    ("raw", "fault"),
    [
        (b"[[exams]\n", "line 1"),
        (b"\xff\xfe", "UTF-8: byte 0"),
        (
            b"[[exams]]\ncode = 'CTC'\nname = 'x'\ndepartment = 'CT'\nmodality = 'CT'\nminutes = 0\n",
            "exams CTC minutes",
        ),
        (b"[[exam]]\ncode = 'CTC'\n", "exam: Extra inputs"),
        (b"[[rooms]]\ncode = 'a b'\nname = 'x'\ndepartment = 'D'\n", "rooms a b code"),
    ],
)
def test_faults_of_a_document_are_told(raw: bytes, fault: str) -> None:
    with pytest.raises(BadFile) as refusal:
        from_toml(raw, "hospital.toml")
    assert fault in refusal.value.params["problems"]
    assert refusal.value.params["file"] == "hospital.toml"


def test_differences_name_entry_and_field() -> None:
    later = RICH.calendars[0].model_copy(update={"capacity": 6, "pools": ()})
    other = RICH.model_copy(
        update={
            "calendars": (later,),
            "exams": (),
            "parameters": Parameters(hold_minutes=5),
            "campuses": (Campus(code="E", name="东院"),),
        }
    )
    found = [(one.part, one.code, one.field, one.before, one.after) for one in differences(RICH, other)]
    assert found == [
        ("campuses", "E", "+", "", "东院"),
        ("exams", "CTC", "-", "增强CT，含对比剂", ""),
        ("calendars", "CT-1/08:00/135", "capacity", "4", "6"),
        ("calendars", "CT-1/08:00/135", "pools", "online cap=2;inpatient reserve=1 release=120", ""),
        ("parameters", "", "hold_minutes", "10", "5"),
    ]
    assert differences(RICH, RICH) == []


def test_no_cell_is_a_formula_and_each_is_read_back_as_it_was() -> None:
    told = ("=HYPERLINK(1)", "+8613", "-", "@x", "'=1", "'tis", "\tx")
    catalogue = Catalogue(campuses=tuple(Campus(code=f"-C{at}", name=text) for at, text in enumerate(told)))
    sheets = to_sheets(catalogue)
    cells = [
        cell for row in csv.reader(io.StringIO(sheets["campuses.csv"].decode("utf-8-sig"), newline="")) for cell in row
    ]
    assert [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))] == []
    assert from_sheets({"campuses.csv": sheets["campuses.csv"]}).campuses == catalogue.campuses
