"""Statistics: every figure against a count by hand over histories made of chance."""

import csv
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from booking.histories import DEPARTMENTS, STAFF, TAKES, Rows, history, hospital, write
from builders import SMALL, order

from yiji.booking.cli.statistics import bar
from yiji.booking.errors import BadRange
from yiji.cli.main import run
from yiji.core import clock
from yiji.core.app import App, open_app
from yiji.core.contract.booking import BookExam, CancelExam, HoldExam, MoveExam
from yiji.core.contract.catalogue import LoadCatalogue
from yiji.core.contract.inventory import FindSlots, OpenSlots
from yiji.core.contract.statistics import Grouping, ShowStatistics, StatisticsResult, StatisticsRow
from yiji.core.errors import NotFound, NotPermitted
from yiji.core.settings import FILE
from yiji.core.testing import Sites

FIRST, LAST = date(2026, 3, 7), date(2026, 3, 12)  # New York's clocks went forward on the 8th
MOVES = {"moved", "displaced", "waitlist"}
Key = Callable[[dict[str, Any]], str]


@pytest.fixture(params=["Asia/Shanghai", "America/New_York"])
def app(request: pytest.FixtureRequest, sites: Sites, tmp_path: Path) -> Iterator[App]:
    """A site on the clock of one zone."""
    root = sites.make(tmp_path / "site")
    (root / FILE).write_text((root / FILE).read_text("utf-8").replace("Asia/Shanghai", request.param), "utf-8")
    with open_app(root) as opened:
        yield opened


def lived(app: App, seed: int, days: int = 8, appointments: int = 400) -> Rows:
    first = datetime(2026, 3, 6, tzinfo=UTC)
    rows = history(Random(seed), first, days, appointments)
    with app.store.begin() as tx:
        hospital(tx, first)
        write(tx, rows)
    return rows


def ask(app: App, by: Grouping, **more: Any) -> StatisticsResult:
    wanted = ShowStatistics(by=by, **({"first_day": FIRST, "last_day": LAST} | more))
    return app.bus_as(app.operator_token()).ask(wanted)


def percentile(values: list[float], share: float) -> float | None:
    """The linear one: at `share` of the way through the sorted values."""
    if not values:
        return None
    sorted_values, at = sorted(values), share * (len(values) - 1)
    low = int(at)
    high = min(low + 1, len(values) - 1)
    return sorted_values[low] + (at - low) * (sorted_values[high] - sorted_values[low])


class ByHand:
    """The same figures from the rows in memory; places are counted from the appointments, not from the slots."""

    def __init__(self, rows: Rows, zone: str) -> None:
        self.rows, self.zone = rows, ZoneInfo(zone)
        self.orders = {f"itm-{order['id'][4:]}": order for order in rows.orders}
        self.exams = {item["id"]: item["exam_code"] for item in rows.items}
        self.tickets = {ticket["appointment_id"]: ticket for ticket in rows.tickets}
        self.taken: dict[str, int] = defaultdict(int)
        for appointment in rows.appointments:
            for slot in appointment["slots"]:
                self.taken[slot] += appointment["state"] in TAKES

    def local(self, row: dict[str, Any]) -> datetime:
        return row["starts_at"].astimezone(self.zone)

    def within(self, row: dict[str, Any]) -> bool:
        return FIRST <= self.local(row).date() <= LAST

    def keys(self, by: Grouping) -> tuple[Key, Key | None]:
        """How appointments and slots find their group."""
        times: dict[Grouping, Key] = {
            Grouping.HOUR: lambda row: f"{self.local(row).hour:02d}",
            Grouping.WEEKDAY: lambda row: str(self.local(row).isoweekday()),
            Grouping.DAY: lambda row: self.local(row).date().isoformat(),
            Grouping.MONTH: lambda row: f"{self.local(row):%Y-%m}",
            Grouping.DEVICE: lambda row: row["device"],
            Grouping.DEPARTMENT: lambda row: DEPARTMENTS[row["device"]],
        }
        if by in times:
            return times[by], times[by]
        own: dict[Grouping, Key] = {
            Grouping.DOCTOR: lambda row: self.orders[row["item_id"]]["requester"],
            Grouping.CHANNEL: lambda row: row["pool"],
            Grouping.EXAM: lambda row: self.exams[row["item_id"]],
        }
        return own[by], None

    def rows_of(self, by: Grouping, only: Callable[[dict[str, Any]], bool] = lambda row: True) -> StatisticsResult:
        of_appointment, of_slot = self.keys(by)
        appointments: dict[str, list[Any]] = defaultdict(list)
        slots: dict[str, list[Any]] = defaultdict(list)
        for one in self.rows.appointments:
            if one["id"] in self.rows.ever_booked and self.within(one) and only(one):
                appointments[of_appointment(one)].append(one)
        offered = [
            one
            for one in self.rows.slots
            if one["device"] != STAFF and not one["closed"] and self.within(one) and only(one)
        ]
        for one in offered if of_slot else ():
            slots[of_slot(one)].append((one["capacity"], self.taken[one["id"]]))
        if by is Grouping.CHANNEL:
            open_slots = {one["id"]: one for one in offered}
            for quota in self.rows.quotas:
                if quota["slot_id"] in open_slots:
                    room = open_slots[quota["slot_id"]]["capacity"]
                    slots[quota["pool"]].append((min(quota["cap"] or room, room), quota["taken"]))
        rows = [self.row(key, appointments[key], slots[key]) for key in {*appointments, *slots}]
        everything = [one for group in appointments.values() for one in group]
        every_place = [(one["capacity"], self.taken[one["id"]]) for one in offered]
        return StatisticsResult(rows=tuple(rows), total=self.row("", everything, every_place))

    def row(self, key: str, appointments: list[Any], slots: list[tuple[int, int]]) -> StatisticsRow:
        states = [one["state"] for one in appointments]
        no_shows, came = states.count("no_show"), states.count("fulfilled") + states.count("checked_in")
        leads = [
            (one["starts_at"] - self.orders[one["item_id"]]["ordered_at"]) / timedelta(hours=1)
            for one in appointments
            if one["state"] != "cancelled"
        ]
        tickets = [self.tickets[one["id"]] for one in appointments if one["id"] in self.tickets]
        waits = [
            (one["called_at"] - one["checked_in_at"]) / timedelta(minutes=1) for one in tickets if one["called_at"]
        ]
        places, taken = sum(room for room, _ in slots), sum(used for _, used in slots)
        return StatisticsRow(
            group=key,
            booked=len(appointments),
            fulfilled=states.count("fulfilled"),
            cancelled=states.count("cancelled"),
            no_shows=no_shows,
            moved=sum(any(change["what"] in MOVES for change in one["changes"][1:]) for one in appointments),
            places=places,
            taken=taken,
            utilisation=taken / places if places else None,
            no_show_rate=no_shows / (no_shows + came) if no_shows + came else None,
            lead_hours=percentile(leads, 0.5),
            wait_minutes=percentile(waits, 0.5),
            wait_minutes_p90=percentile(waits, 0.9),
        )


def same(told: StatisticsRow, counted: StatisticsRow) -> None:
    for name, value in counted:
        if name != "name":
            assert getattr(told, name) == (pytest.approx(value) if isinstance(value, float) else value), name


def agree(told: StatisticsResult, counted: StatisticsResult) -> None:
    groups = {row.group: row for row in told.rows}
    assert len(groups) == len(told.rows)
    assert set(groups) == {row.group for row in counted.rows}
    for row in counted.rows:
        same(groups[row.group], row)
    same(told.total, counted.total)


@pytest.mark.parametrize("seed", [1, 2])
def test_every_figure_is_what_one_counts_by_hand(app: App, seed: int):
    by_hand = ByHand(lived(app, seed), app.settings.site.zone)
    for by in Grouping:
        agree(ask(app, by), by_hand.rows_of(by))
    assert ask(app, Grouping.DAY).total.wait_minutes  # the histories do have what is compared
    only = by_hand.rows_of(Grouping.EXAM, lambda row: DEPARTMENTS.get(row["device"]) == "ECG")
    agree(ask(app, Grouping.EXAM, department="ECG"), only)
    one = by_hand.rows_of(Grouping.HOUR, lambda row: row["device"] == "ECG-2")
    agree(ask(app, Grouping.HOUR, device="ECG-2"), one)


def test_groups_have_names_and_an_order(app: App):
    lived(app, 3)
    devices = ask(app, Grouping.DEVICE).rows
    assert [row.booked for row in devices] == sorted((row.booked for row in devices), reverse=True)
    assert {row.group: row.name for row in devices} == {device: f"{device}机" for device in DEPARTMENTS}
    assert {row.name for row in ask(app, Grouping.DEPARTMENT).rows} == {"ECG科", "US科"}
    with app.store.begin() as tx:
        entries = '[{"code": "online", "name": "线上", "name_en": "Online"}]'
        tx.db.exec_driver_sql("INSERT INTO booking_dictionary VALUES ('pools', '号源池', %s)", (entries,))
    channels = {row.group: row.name for row in ask(app, Grouping.CHANNEL).rows}
    assert channels == {"online": "线上", "outpatient": "", "inpatient": ""}
    days = [row.group for row in ask(app, Grouping.DAY).rows]
    assert days == sorted(days)
    assert len(days) == 6
    assert ask(app, Grouping.DAY, limit=2).rows == ask(app, Grouping.DAY).rows[:2]
    assert ask(app, Grouping.DAY, limit=2).total == ask(app, Grouping.DAY).total


def test_an_empty_hospital_has_no_groups_and_a_total_of_nothing(app: App):
    found = ask(app, Grouping.DEVICE)
    assert found.rows == ()
    assert (found.total.booked, found.total.places, found.total.utilisation) == (0, 0, None)


@pytest.mark.parametrize(
    ("first", "last"),
    [
        (date(2026, 3, 2), date(2026, 3, 1)),
        (date(2010, 1, 1), date(2026, 1, 1)),
        (date(1, 1, 1), date(1, 1, 2)),
        (date(9999, 12, 30), date(9999, 12, 31)),
    ],
)
def test_a_range_that_cannot_be_is_refused(app: App, first: date, last: date):
    with pytest.raises(BadRange):
        ask(app, Grouping.DAY, first_day=first, last_day=last)


def test_unknown_places_are_told(app: App):
    with pytest.raises(NotFound):
        ask(app, Grouping.DAY, department="X'; DROP TABLE booking_slot; --")
    with pytest.raises(NotFound):
        ask(app, Grouping.DAY, device="nope")


def test_a_device_that_is_gone_keeps_its_past(app: App):
    lived(app, 4)
    with app.store.begin() as tx:
        tx.db.exec_driver_sql("DELETE FROM booking_device WHERE code = 'US-1'")
    gone = ask(app, Grouping.DEVICE, device="US-1").rows[0]
    assert (gone.group, gone.name) == ("US-1", "")
    assert gone.booked > 0
    assert gone.places > 0


def test_who_may_not_ask(app: App):
    with pytest.raises(NotPermitted):
        app.bus_as(app.token_for("cart", "device")).ask(ShowStatistics(first_day=FIRST, last_day=LAST))


def run_here(app: App, *argv: str) -> int:
    return run(["--site", str(app.settings.root), *argv])


WEEK = ("--from", "2026-03-07", "--to", "2026-03-12")


@pytest.mark.parametrize("by", list(Grouping))
def test_the_table_reads_well_in_both_languages(app: App, capfd: pytest.CaptureFixture[str], by: Grouping):
    lived(app, 5)
    for lang, total in (("zh", "合计"), ("en", "all")):
        assert run_here(app, "statistics", "show", "--by", by, *WEEK, "--lang", lang) == 0
        lines = capfd.readouterr().out.strip().splitlines()
        found = ask(app, by)
        assert len(lines) == 3 + len(found.rows)  # title and heading, groups, total
        assert lines[-1].split()[:2] == [total, str(found.total.booked)]
        assert f"{found.total.utilisation:.1%}" in lines[-1]


def test_a_bar_is_as_long_as_the_share():
    assert [bar(share) for share in (0, 0.5, 1, 1.5)] == ["·" * 10, "█████·····", "█" * 10, "█" * 10]
    assert bar(0.0125) == "▏·········"


def test_a_csv_file_for_spreadsheets(app: App, tmp_path: Path, capfd: pytest.CaptureFixture[str]):
    lived(app, 6)
    with app.store.begin() as tx:
        tx.db.exec_driver_sql("UPDATE booking_order SET requester = '=HYPERLINK(1)' WHERE requester = '王医生'")
    file = tmp_path / "out.csv"
    assert run_here(app, "statistics", "show", "--by", "doctor", *WEEK, "--csv", str(file)) == 0
    assert file.read_bytes().startswith(b"\xef\xbb\xbf")
    with file.open(encoding="utf-8-sig", newline="") as told:
        rows = list(csv.DictReader(told))
    found = ask(app, Grouping.DOCTOR)
    assert [row["group"].lstrip("'") for row in rows] == [*(row.group for row in found.rows), ""]
    assert "'=HYPERLINK(1)" in {row["group"] for row in rows}
    assert [int(row["booked"]) for row in rows] == [*(row.booked for row in found.rows), found.total.booked]
    assert run_here(app, "statistics", "show", *WEEK, "--csv", str(tmp_path / "no" / "out.csv")) != 0
    assert "Traceback" not in capfd.readouterr().err


def test_json_is_the_answer_itself(app: App, capfd: pytest.CaptureFixture[str]):
    lived(app, 7)
    assert run_here(app, "statistics", "show", "--by", "hour", *WEEK, "--json") == 0
    assert StatisticsResult.model_validate_json(capfd.readouterr().out) == ask(app, Grouping.HOUR)
    assert run_here(app, "statistics", "show", "--from", "2026-03-12", "--to", "2026-03-07") == 2
    assert "booking.bad_range" in capfd.readouterr().err


def test_what_the_real_handlers_wrote_is_counted(app: App):
    bus = app.bus_as(app.operator_token())
    bus.ask(LoadCatalogue(catalogue=SMALL))
    tomorrow = clock.today(app.settings.site.zone) + timedelta(days=1)
    bus.ask(OpenSlots(first_day=tomorrow, days=2), timeout=60)
    slots = bus.ask(FindSlots(exam_code="ECG12", days=3)).slots
    items = [bus.ask(order(number)).items[0].id for number in range(5)]
    kept, moved, cancelled = (bus.ask(BookExam(item_id=items[n], slot_id=slots[n].id)) for n in range(3))
    bus.ask(MoveExam(appointment_id=moved.id, slot_id=slots[4].id))
    bus.ask(CancelExam(appointment_id=cancelled.id))
    held, let_go = (bus.ask(HoldExam(item_id=items[n], slot_id=slots[n].id)) for n in (3, 4))
    bus.ask(CancelExam(appointment_id=let_go.id))
    total = ask(app, Grouping.DEVICE, first_day=tomorrow, last_day=tomorrow + timedelta(days=1)).total
    assert (total.booked, total.moved, total.cancelled, total.no_shows) == (3, 1, 1, 0)
    assert total.taken == 3  # kept, moved and the hold
    assert {kept.state, held.state} == {"booked", "held"}
