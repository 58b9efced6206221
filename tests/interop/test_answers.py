"""Acknowledgements and results: what we write, read back by python-hl7's own parser."""

from base64 import b64decode
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import hl7
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.interop.samples import order, signed
from yiji.interop import Problem, Profile, Route, acknowledge, parse, peek, read_receipt, write_result
from yiji.interop.errors import Unwritable

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOON = datetime(2026, 1, 5, 4, 0, tzinfo=UTC)
PDF = b"%PDF-1.7\n" + bytes(range(256))


def answer(raw: bytes, code: str = "AA", *problems: Problem) -> bytes:
    return acknowledge(peek(raw), code, control_id="A1", at=NOON, zone=SHANGHAI, problems=problems)


@pytest.mark.parametrize(("charset", "codec"), [("UNICODE UTF-8", "utf-8"), ("GBK", "gbk"), ("8859/1", "latin-1")])
def test_an_answer_turns_the_header_round_and_keeps_the_character_set(charset: str, codec: str) -> None:
    raw = answer(order(control_id="77", charset=charset).encode(codec, "replace"))
    tree = hl7.parse(raw, encoding=codec)
    assert [tree[f"MSH.F{n}"] for n in (3, 4, 5, 6, 7)] == ["YIJI", "EAST", "HIS", "EAST", "20260105120000+0800"]
    assert str(tree.segment("MSH")[9]) == "ACK^O19^ACK"
    assert [tree[f"MSH.F{n}"] for n in (10, 11, 12, 18)] == ["A1", "P", "2.5.1", charset]
    assert [tree["MSA.F1"], tree["MSA.F2"]] == ["AA", "77"]


def test_a_refusal_says_what_where_and_why() -> None:
    problem = Problem("interop.missing_field", "缺少 PID-5 | 姓名", "101", "PID-5.1", "detail")
    raw = answer(order(control_id="77").encode(), "AE", problem)
    err = hl7.parse(raw).segment("ERR")
    assert [str(err[n]) for n in (2, 3, 4, 5, 7)] == [
        "PID^1^5^1^1",
        "101^Required field missing^HL70357",
        "E",
        "interop.missing_field^^99YIJI",
        "detail",
    ]
    receipt = read_receipt(raw)
    assert (receipt.code, receipt.control_id, receipt.accepted) == ("AE", "77", False)
    assert receipt.text == "缺少 PID-5 | 姓名"


@pytest.mark.parametrize("raw", [b"", b"\xff\xfe", b"MSH|^~\\&|A||||||||||||||||KLINGON", b"MSH|^~\\&"])
def test_whatever_came_in_can_be_answered(raw: bytes) -> None:
    receipt = read_receipt(answer(raw, "AR", Problem("interop.not_hl7", "不是 HL7 消息")))
    assert (receipt.code, receipt.text) == ("AR", "不是 HL7 消息")


@given(st.binary() | st.binary().map(lambda tail: b"MSH|^~\\&|" + tail))
def test_anything_at_all_can_be_answered(raw: bytes) -> None:
    assert read_receipt(answer(raw, "AR", Problem("interop.not_hl7", "不是 | 消息", place="PID-3"))).code == "AR"


def test_an_answer_goes_out_even_in_a_character_set_too_small() -> None:
    raw = answer(order(charset="ASCII", pid="PID|1||P1||A").encode("ascii", "replace"), "AE", Problem("x.y", "错 a"))
    assert read_receipt(raw).text == "? a"


def result(charset: str = "UNICODE UTF-8", profile: Profile | None = None, conclusion: str = "窦性心律") -> bytes:
    route = Route(receiving_application="HIS", receiving_facility="EAST", charset=charset)
    event = signed(conclusion)
    return write_result(event, PDF, route=route, control_id="C1", zone=SHANGHAI, profile=profile or Profile())


@pytest.mark.parametrize(("charset", "codec"), [("UNICODE UTF-8", "utf-8"), ("GB 18030-2000", "gb18030")])
def test_a_result_carries_everything(charset: str, codec: str) -> None:
    tree = hl7.parse(result(charset), encoding=codec)
    assert [str(segment[0]) for segment in tree] == ["MSH", "PID", "PV1", "ORC", "OBR"] + ["OBX"] * 8
    assert str(tree.segment("MSH")[9]) == "ORU^R01^ORU_R01"
    assert tree["MSH.F18"] == charset
    assert str(tree.segment("PID")[3]) == "P0001^^^HIS^MR"
    assert [tree[f"PID.F{n}"] for n in (5, 7, 8)] == ["张三", "19800229", "M"]
    assert tree["PV1.F19"] == "V20260105001"
    obr = tree.segment("OBR")
    assert [str(obr[n]) for n in (2, 3, 4, 18, 22, 25, 32)] == [
        "R100",
        "E2026010500001",
        "ECG12^十二导联心电图",
        "E2026010500001",
        "20260105103000+0800",
        "F",
        "dr.wang&王医生",
    ]
    rows = [[str(obx[n]) if n < len(obx) else "" for n in (1, 2, 5, 6, 8, 11)] for obx in tree.segments("OBX")]
    assert rows[:7] == [
        ["1", "NM", "61.25", "/min^^UCUM", "", "F"],
        ["2", "NM", "", "ms^^UCUM", "", "X"],
        ["3", "NM", "-30", "deg^^UCUM", "", "F"],
        ["4", "NM", "0", "", "", "F"],
        ["5", "TX", r"窦性心律（P 波规则 \F\ RR 均齐）", "", "N", "F"],
        ["6", "TX", "高钾?", "", "AA", "F"],
        ["7", "FT", "窦性心律", "", "", "F"],
    ]
    assert str(tree.segments("OBX")[0][3]) == "heart_rate^心率^99YIJI^8867-4^Heart rate^LN"
    page = tree.segments("OBX")[7]
    assert [page[5][0][n][0] for n in (1, 2, 3)] == ["Application", "PDF", "Base64"]
    assert b64decode(page[5][0][4][0]) == PDF


def test_the_same_result_is_the_same_bytes() -> None:
    assert result() == result()


def test_a_long_conclusion_keeps_its_lines() -> None:
    message = parse(result(conclusion="一\n二 & 三"))
    assert next(obx.text(5) for obx in message.all("OBX") if obx.text(2) == "FT") == "一\n二 & 三"


def test_a_profile_says_where_the_hospital_looks() -> None:
    message = parse(result(profile=Profile(visit_number=("PID-18",), accession=("OBR-20", "OBR-19.2"))))
    assert [message.get(path) for path in ("PID-18", "PV1-19", "OBR-20", "OBR-19.2", "OBR-3")] == [
        "V20260105001",
        "",
        "E2026010500001",
        "E2026010500001",
        "",
    ]


def test_what_the_peer_cannot_read_is_not_sent() -> None:
    with pytest.raises(Unwritable):
        result("8859/1")
