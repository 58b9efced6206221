"""Tables align in terminal cells; every field and state of the contract has a Chinese heading."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from enum import StrEnum
from importlib import import_module
from pkgutil import iter_modules
from zoneinfo import ZoneInfo

import pytest
from pydantic import BaseModel
from rich.cells import cell_len

from yiji.cli.cells import pick, wrap
from yiji.cli.document import plain
from yiji.cli.render import Reader, cell, label, pairs, table
from yiji.core import contract
from yiji.core.cli.site import Made
from yiji.core.cli.upkeep import Upgraded, Verified
from yiji.core.contract.access import User
from yiji.core.message import Event, Request, home_of

CHINESE = re.compile(r"[一-鿿]")
SHANGHAI = Reader("zh", ZoneInfo("Asia/Shanghai"))


def contract_types(base: type) -> Iterator[type]:
    for info in iter_modules(contract.__path__, "yiji.core.contract."):
        for value in vars(import_module(info.name)).values():
            if isinstance(value, type) and issubclass(value, base) and home_of(value) == info.name:
                yield value


def test_every_field_of_the_contract_has_a_chinese_heading():
    values = [known for known in contract_types(BaseModel) if not issubclass(known, Request | Event)]
    fields = {field for value in values for field in value.model_fields}
    fields |= {field for value in (Made, Verified, Upgraded) for field in value.model_fields}
    assert {field for field in fields if not CHINESE.search(label(field, "zh")) and field != "sha256"} == set()


def test_every_state_of_the_contract_has_a_chinese_word():
    states = {state for known in contract_types(StrEnum) for state in known}  # pyright: ignore[reportGeneralTypeIssues]
    assert {str(state) for state in states if cell(state, SHANGHAI) == state.value} == set()


def test_columns_align_in_cells(capsys: pytest.CaptureFixture[str]):
    rows = [User(name="欧阳", full_name="王喆", roles=("doctor",)), User(name="li", full_name="Lee", roles=("his",))]
    table(rows, [("name", "登录名", "Name"), ("full_name", "姓名", "Full name")], "", SHANGHAI)
    header, *lines = capsys.readouterr().out.splitlines()
    starts = {cell_len(line[: line.index(name)]) for line, name in zip(lines, ("王喆", "Lee"), strict=True)}
    assert starts == {cell_len(header[: header.index("姓名")])}


def test_a_pipe_gets_every_row_in_one_line_and_nothing_cut(capsys: pytest.CaptureFixture[str]):
    table(
        [User(name="x" * 300, full_name="[bold]y", roles=())], [("name", "", ""), ("full_name", "", "")], "", SHANGHAI
    )
    out = capsys.readouterr().out
    assert "x" * 300 in out
    assert "[bold]y" in out  # data is never read as markup
    assert len(out.splitlines()) == 2


def test_a_value_shows_its_parts(capsys: pytest.CaptureFixture[str]):
    class Part(BaseModel):
        code: str

    class Whole(BaseModel):
        items: tuple[Part, ...]
        at: datetime
        active: bool = True
        raw: bytes = "查询".encode("gb18030")

    moment = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)
    pairs(Whole(items=(Part(code="ECG12"), Part(code="US")), at=moment), SHANGHAI)
    out = capsys.readouterr().out
    for told in ("代码", "ECG12", "US", "2026-03-02 09:30:00", "是", "base64:"):
        assert told in out


def test_json_tells_times_in_utc():
    assert plain(datetime(2026, 3, 2, 9, 30, tzinfo=ZoneInfo("Asia/Shanghai"))) == "2026-03-02T01:30:00Z"


def test_chinese_wraps_between_letters_and_latin_between_words():
    lines = wrap("请用 yiji init 建立站点，或用 --site 指定站点目录。", 12)
    assert all(cell_len(line) <= 12 for line in lines)
    assert "".join(lines).replace(" ", "") == "请用yijiinit建立站点，或用--site指定站点目录。"
    assert not any(line[0] in "，。" for line in lines)


@pytest.mark.parametrize(
    ("text", "en", "zh"),
    [
        ("Show one. 显示一个。", "Show one.", "显示一个。"),
        ("A day, e.g. 2026-03-02. 日期。", "A day, e.g. 2026-03-02.", "日期。"),
        ("Room / 诊室", "Room", "诊室"),
        ("Which room, e.g. 心电图室", "Which room, e.g. 心电图室", "Which room, e.g. 心电图室"),
        ("Calls the next patient 叫号 now.", "Calls the next patient 叫号 now.", "Calls the next patient 叫号 now."),
        ("HL7 消息", "HL7 消息", "HL7 消息"),
        ("English only.", "English only.", "English only."),
    ],
)
def test_the_users_half_of_a_bilingual_line(text: str, en: str, zh: str):
    assert pick(text, "en") == en
    assert pick(text, "zh") == zh
