"""The pure pieces: cells, words, times, columns, what is loaded when."""

import re
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from string import Formatter

import pytest
from rich.cells import cell_len

import yiji.tui.app
from yiji.core.contract.desk import DeskRow
from yiji.core.i18n import read_table
from yiji.tui.cells import fit, share
from yiji.tui.columns import ORDERS, QUEUE, columns, fitting
from yiji.tui.reading import LOOKS, Reading
from yiji.tui.shown import GROUPS, Sieve, counts, shown

SOURCE = Path(yiji.tui.app.__file__).parent


@pytest.mark.parametrize("text", ["", "A001", "心电图", "24小时动态心电图", "欧阳若琳 Ouyang", "e\u0301tude"])
@pytest.mark.parametrize("width", range(1, 20))
def test_a_text_takes_exactly_its_cells(text: str, width: int):
    assert cell_len(fit(text, width)) == width
    if cell_len(text) > width:
        assert "…" in fit(text, width)


@pytest.mark.parametrize("total", range(30, 200, 7))
def test_columns_fill_the_line(total: int):
    assert sum(share([11, 4, 8, 12], [0, 0, 1, 3], total)) == max(total, 11 + 4 + 2 + 2)


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("fields", [ORDERS, QUEUE], ids=["orders", "queue"])
@pytest.mark.parametrize("width", [80, 100, 120, 140])
def test_the_columns_that_are_shown_have_room(lang: str, fields: tuple, width: int):
    heads = columns(fitting(fields, width), Reading(lang))
    assert sum(head.width + 1 for head in heads) + 1 <= width, [head.title for head in heads]


def test_every_text_that_the_code_names_is_there():
    named: set[str] = set()
    for path in SOURCE.rglob("*.py"):
        source = path.read_text("utf-8")
        named |= set(re.findall(r"\b(?:t|say|warn)\(\s*\"([a-z_.]+)\"", source))
        named |= set(re.findall(r"Key\(\"[^\"]+\", \"([a-z_.]+)\"", source))
        named |= {f"ask.{one}" for one in re.findall(r"(?:Question\(|_sure\(app, )\"([a-z_]+)\"", source)}
        named |= set(re.findall(r"Field\(\"([a-z_]+)\"", source))
    named |= {f"stage.{stage}" for stage in LOOKS} | {f"group.{group}" for group in GROUPS}
    assert len(named) > 80
    for lang in ("zh", "en"):
        assert {f"tui.{one}" for one in named} - set(read_table("yiji.tui.locale", lang)) == set()


def test_no_text_is_left_over():
    source = "\n".join(path.read_text("utf-8") for path in SOURCE.rglob("*.py"))
    coded = ("stage", "ticket", "priority", "visit", "sex", "change", "group", "age", "ask", "rank", "pool", "why")
    keys = [key.removeprefix("tui.") for key in read_table("yiji.tui.locale", "en") if key != "tui.no_terminal"]
    assert [
        key for key in keys if key.split(".")[0] not in coded and not re.search(f"[\"']{re.escape(key)}[\"']", source)
    ] == []


def test_lists_and_pages_of_words_are_whole():
    zh, en = (read_table("yiji.tui.locale", lang) for lang in ("zh", "en"))
    assert zh["tui.reasons"].count("|") == en["tui.reasons"].count("|") > 2
    assert len(zh["tui.weekdays"].split()) == len(en["tui.weekdays"].split()) == 7
    assert not [name for _, name, _, _ in Formatter().parse(zh["tui.help"]) if name]
    for table in (zh, en):
        assert [line for line in table["tui.help"].splitlines() if cell_len(line) > 72] == []


def test_times_are_on_the_sites_clock():
    late = datetime(2026, 3, 1, 23, 30, tzinfo=UTC)
    assert Reading("zh", "Asia/Shanghai").time(late, date(2026, 3, 2)) == "07:30"
    assert Reading("zh", "Asia/Shanghai").time(late, date(2026, 3, 1)) == "03-02 07:30"
    assert Reading("en", "America/New_York").time(late, date(2026, 3, 1)) == "18:30"
    assert Reading("en", "Asia/Urumqi").exact(late) == "05:30:00"
    assert Reading("zh").day(date(2026, 3, 2)) == "03-02 周一"


@pytest.mark.parametrize(("told", "zh", "en"), [("45", "45岁", "45y"), ("7m", "7月", "7m"), ("20d", "20天", "20d")])
def test_ages_have_units(told: str, zh: str, en: str):
    assert (Reading("zh").age(told), Reading("en").age(told), Reading("zh").age("")) == (zh, en, "")


def test_a_clock_that_is_ahead_makes_nobody_wait_less_than_nothing():
    now = datetime.now(UTC)
    assert Reading("en").minutes_since(now + timedelta(minutes=3), now) == "0 min"
    assert Reading("en").minutes_since(now - timedelta(seconds=119), now) == "1 min"


def test_a_code_without_a_word_is_shown_as_it_is():
    assert Reading("zh").coded("visit", "R") == "R"
    assert Reading("zh").coded("visit", "") == ""


def row(number: int, stage: str, priority: str = "routine", starts: datetime | None = None) -> DeskRow:
    return DeskRow(
        item_id=f"i{number}",
        order_id=f"o{number}",
        accession_number=f"2603020000{number}",
        placer_number=f"N{number}",
        patient_name=f"测试{number}",
        patient_sex="male",
        patient_age="45",
        visit_class="O",
        exam_code="ECG12",
        exam_name="十二导联心电图",
        department="ECG",
        priority=priority,
        stage=stage,
        registered_at=datetime(2026, 3, 2, 1, number, tzinfo=UTC),
        starts_at=starts,
    )


def test_order_and_counts_of_the_rows():
    eight = datetime(2026, 3, 2, 0, 0, tzinfo=UTC)
    rows = [
        row(1, "signed", starts=eight),
        row(2, "booked", starts=eight + timedelta(minutes=20)),
        row(3, "registered"),
        row(4, "called", starts=eight + timedelta(minutes=10)),
        row(5, "registered", "stat"),
        row(6, "revoked"),
    ]
    everything = shown(rows, Sieve(), Reading())
    assert [one.item_id for one in everything] == ["i5", "i3", "i4", "i2", "i1", "i6"]
    assert counts(rows) == {"all": 6, "todo": 2, "booked": 1, "here": 0, "called": 1, "done": 1}
    assert [one.item_id for one in shown(rows, Sieve("todo", "测试3"), Reading())] == ["i3"]
    assert shown(rows, Sieve("all", "测试3 特急"), Reading()) == []


FIRST_SCREEN = """
import asyncio, sys, threading
from yiji.tui.app import DeskApp
heavy = ("pydantic", "sqlalchemy", "sqlmodel", "grpc", "psycopg", "numpy", "typer", "pluggy")
async def main():
    app = DeskApp(lambda: threading.Event().wait(60), "zh")
    async with app.run_test(size=(80, 24)):
        pass
from yiji.tui.screens.desk import DeskScreen
DeskScreen._begin = lambda self: None
asyncio.run(main())
print([name for name in heavy if name in sys.modules])
"""


def test_the_first_screen_waits_for_nothing_heavy():
    done = subprocess.run([sys.executable, "-c", FIRST_SCREEN], capture_output=True, text=True, check=True)
    assert done.stdout.strip().splitlines()[-1] == "[]"


def test_without_a_terminal_the_desk_says_so():
    code = "import sys; sys.argv = ['yiji', 'desk', '--lang', 'en']; from yiji.cli.main import main; main()"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 11
    assert "tui.no_terminal" in done.stderr
