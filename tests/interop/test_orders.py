"""Order messages become commands."""

from dataclasses import replace
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from tests.interop.samples import PID, order
from yiji.core.contract.order import Priority, RegisterOrder, RevokeOrder
from yiji.core.contract.patient import Identifier, Sex
from yiji.core.errors import YijiError
from yiji.interop import Profile, parse, read_orders
from yiji.interop.hl7.orders import Orders

SHANGHAI = ZoneInfo("Asia/Shanghai")
ECG = "OBR|1|R100||ECG12^十二导联心电图"
ECHO = "OBR|1|R101||UCG^心脏超声"


def read(*groups: str, profile: Profile | None = None, **kwargs: str) -> Orders:
    text = order(groups=groups, **kwargs) if groups else order(**kwargs)
    return read_orders(parse(text.encode()), SHANGHAI, profile or Profile())


def refusal(*groups: str, **kwargs: str) -> tuple[str, str]:
    with pytest.raises(YijiError) as told:
        read(*groups, **kwargs)
    return told.value.code, told.value.params.get("field", "")


def test_an_order_with_all_that_it_says() -> None:
    [command] = read(
        "ORC|NW|R100^HIS||G1|||||20260105082900|||D007^李^四|||||^心内科||\rTQ1|1||||||||S\r"
        f"{ECG}|||||||||胸闷 2 天\rDG1|1||I49.9^心律失常^ICD10\rNTE|1||注意&小心",
        "ORC|NW|R101^HIS||G1\rTQ1|1||||||||A\r" + ECHO,
    ).commands
    assert isinstance(command, RegisterOrder)
    assert (command.sender, command.group_number, command.priority) == ("HIS^EAST", "G1", Priority.STAT)
    assert [(item.placer_number, item.exam_code, item.exam_name) for item in command.items] == [
        ("R100", "ECG12", "十二导联心电图"),
        ("R101", "UCG", "心脏超声"),
    ]
    assert (command.requester, command.requesting_department) == ("李四", "心内科")
    assert command.reason == "胸闷 2 天; 心律失常; 注意&小心"
    assert command.ordered_at == datetime(2026, 1, 5, 0, 29, tzinfo=UTC)
    patient = command.patient
    assert (patient.name, patient.sex, patient.birth_date) == ("张三", Sex.MALE, date(1980, 2, 29))
    assert patient.identifiers == (
        Identifier(system="HIS", value="P0001", type="MR"),
        Identifier(system="CN", value="330102198002290015", type="NNCHN"),
    )
    assert (patient.visit_class, patient.visit_number, patient.ward, patient.bed, patient.phone) == (
        "O",
        "V20260105001",
        "心内科门诊",
        "12",
        "13800000000",
    )


def test_group_numbers_part_the_orders_and_without_one_all_are_one() -> None:
    parted = read("ORC|NW|R100||G1\r" + ECG, "ORC|NW|R101||G2\r" + ECHO).commands
    assert [(c.group_number, len(c.items)) for c in parted if isinstance(c, RegisterOrder)] == [("G1", 1), ("G2", 1)]
    [joined] = read("ORC|NW|R100\r" + ECG, "ORC|NW|R101\r" + ECHO).commands
    assert isinstance(joined, RegisterOrder)
    assert (joined.group_number, len(joined.items)) == ("R100", 2)


def test_several_obr_under_one_orc() -> None:
    [command] = read(f"ORC|NW|R100\r{ECG}\rNTE|1||a\r{ECHO}").commands
    assert isinstance(command, RegisterOrder)
    assert [item.placer_number for item in command.items] == ["R100", "R101"]


@pytest.mark.parametrize("control", ["CA", "DC"])
def test_a_withdrawal(control: str) -> None:
    [command] = read(f"ORC|{control}|R100{'|' * 14}^患者要求", f"ORC|{control}|R101\r{ECHO}").commands
    assert command == RevokeOrder(sender="HIS^EAST", placer_numbers=("R100", "R101"), reason="患者要求")


def test_a_replacement_registers_before_it_withdraws() -> None:
    commands = read("ORC|RP|R100", "ORC|RO|R101\r" + ECHO).commands
    assert [type(command) for command in commands] == [RegisterOrder, RevokeOrder]


def test_orm_o01_with_its_older_priority() -> None:
    [command] = read(f"ORC|NW|R100|||||^^^^^S\r{ECG}", event="ORM^O01").commands
    assert isinstance(command, RegisterOrder)
    assert command.priority is Priority.STAT


def test_what_is_odd_is_noted_and_no_reason_to_refuse() -> None:
    orders = read(f"ORC|NW|R100\r{ECG}\rZDS|1.2\rZDS|1.3", pid="PID|1||P1^^^HIS||张三||1980|X")
    assert orders.notes == ("unknown_sex X", "partial_birth_date 1980", "segment_ignored ZDS")


@pytest.mark.parametrize(
    ("pid", "name"),
    [
        ("PID|1||P1||张^三", "张三"),
        ("PID|1||P1||Smith&&&&x^Lucy^Mark", "Lucy Mark Smith"),
        ("PID|1||P1||ZHANG^SAN^^^^^L^A~张三^^^^^^L^I", "张三"),
    ],
)
def test_names(pid: str, name: str) -> None:
    [command] = read(pid=pid).commands
    assert isinstance(command, RegisterOrder)
    assert (command.patient.name, command.patient.identifiers[0].system) == (name, "HIS^EAST")


@pytest.mark.parametrize(
    ("groups", "kwargs", "expected"),
    [
        (("ORC|XO|R100\r" + ECG,), {}, ("interop.unsupported_control", "ORC-1")),
        (("ORC||R100\r" + ECG,), {}, ("interop.unsupported_control", "ORC-1")),
        (("ORC|NW|\rOBR|1|||ECG12",), {}, ("interop.missing_field", "ORC-2")),
        (("ORC|NW|R100",), {}, ("interop.missing_field", "OBR-4.1")),
        (("OBR|1|R100||ECG12",), {}, ("interop.missing_field", "ORC")),
        (("ORC|NW|R1\r" + ECG, "ORC|NW|R1\r" + ECHO), {}, ("interop.duplicate_placer", "ORC-2")),
        (("ORC|NW|R100||||||||||||||\rOBR|1|||A\rOBR|2|||B",), {}, ("interop.missing_field", "ORC-2")),
        ((), {"event": "ADT^A01"}, ("interop.unsupported_message", "")),
        ((), {"pid": "PV2|1"}, ("interop.missing_field", "PID")),
        ((), {"pid": "PID|1||||张三"}, ("interop.missing_field", "PID-3")),
        ((), {"pid": "PID|1||P1||"}, ("interop.missing_field", "PID-5")),
        ((), {"pid": PID.replace("19800229", "19810229")}, ("interop.bad_value", "PID-7")),
        (("ORC|NW|R100|||||||soon\r" + ECG,), {}, ("interop.bad_value", "ORC-9")),
    ],
)
def test_what_cannot_be_an_order_is_told(
    groups: tuple[str, ...], kwargs: dict[str, str], expected: tuple[str, str]
) -> None:
    assert refusal(*groups, **kwargs) == expected


def test_a_profile_says_where_a_hospital_writes_what() -> None:
    profile = Profile(
        exam_code=("OBR-4.4", "OBR-4.1"),
        visit_number=("PID-18",),
        national_id=("PID-19",),
        authority="EMPI",
        sexes={"1": Sex.MALE, "2": Sex.FEMALE},
    )
    [command] = read(
        "ORC|NW|R100\rOBR|1|R100||x^y^L^ECG",
        profile=profile,
        pid="PID|1||P1||张三|||2||||||||||V9|330102198002290015",
    ).commands
    assert isinstance(command, RegisterOrder)
    assert command.items[0].exam_code == "ECG"
    assert (command.patient.visit_number, command.patient.sex) == ("V9", Sex.FEMALE)
    assert command.patient.identifiers == (
        Identifier(system="EMPI", value="P1"),
        Identifier(system="CN", value="330102198002290015", type="NNCHN"),
    )
    assert replace(profile, visit_number=()).visit_number == ()


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("20260105", datetime(2026, 1, 4, 16, tzinfo=UTC)),
        ("202601050830", datetime(2026, 1, 5, 0, 30, tzinfo=UTC)),
        ("20260105083015.5+0000", datetime(2026, 1, 5, 8, 30, 15, 500000, tzinfo=UTC)),
        ("2026-01-05 08:30:00", datetime(2026, 1, 5, 0, 30, tzinfo=UTC)),
    ],
)
def test_times(written: str, meant: datetime) -> None:
    [command] = read(f"ORC|NW|R100|||||||{written}\r{ECG}").commands
    assert isinstance(command, RegisterOrder)
    assert command.ordered_at == meant
