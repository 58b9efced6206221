"""Patients 患者 at the shell."""

from datetime import datetime
from typing import Annotated

import typer

from yiji.booking.cli import patientlines
from yiji.booking.cli.common import Day, aware, date_of, patient_id
from yiji.core import clock
from yiji.core.contract.access import IssuePatientToken
from yiji.core.contract.patient import (
    AppealBlock,
    BlockPatient,
    BlockState,
    FindPatients,
    Identifier,
    ListBlocks,
    MergePatients,
    NoteFacts,
    Patient,
    PatientBrief,
    PatientFact,
    RegisterPatient,
    SettleAppeal,
    Sex,
    ShowPatient,
    SuggestMerges,
    UnmergePatients,
)
from yiji.core.faces import shell

app = typer.Typer(add_completion=False, no_args_is_help=True)

Who = Annotated[str, typer.Argument(metavar="PATIENT", help="Patient id, or any of the numbers. 患者编号或任一号码。")]
Why = Annotated[str, typer.Option(help="Why. 原因。")]
BlockId = Annotated[str, typer.Argument(metavar="BLOCK", help="Block id. 黑名单编号。")]
Most = Annotated[int, typer.Option(min=1, max=200, help="At most so many. 条数。")]


@app.command("register", epilog="Example: yiji patient register 张三 --number HIS:P0001 --identity 330102198002290015")
def register(
    name: Annotated[str, typer.Argument(help="The name. 姓名。")],
    number: Annotated[list[str] | None, typer.Option(help="SYSTEM:NUMBER; again for more. 系统:号码，可重复。")] = None,
    identity: Annotated[str, typer.Option(help="Identity number; it is checked. 身份证号，校验。")] = "",
    sex: Annotated[Sex, typer.Option(help="The sex. 性别。")] = Sex.UNKNOWN,
    born: Day = None,
    phone: Annotated[str, typer.Option(help="A phone. 电话。")] = "",
    patient: Annotated[str, typer.Option(help="Correct the record with this id. 更正此患者的档案。")] = "",
) -> None:
    """Register a patient, or learn more of one whose number is known. 建档，或补充已知患者的资料。"""
    here = shell()
    numbers = [_number(one) for one in number or []]
    if identity:
        numbers.append(Identifier(system="CN", value=identity, type="NI"))
    told = PatientBrief(
        id=patient, name=name, sex=sex, birth_date=date_of(born), phone=phone, identifiers=tuple(numbers)
    )
    here.show(here.bus.ask(RegisterPatient(patient=told)))


def _number(told: str) -> Identifier:
    system, colon, value = told.partition(":")
    if not (system and colon and value):
        raise typer.BadParameter(f"{told}: SYSTEM:NUMBER, HIS:P0001")
    return Identifier(system=system, value=value)


@app.command("find", epilog="Example: yiji patient find zhangsan")
def find(
    text: Annotated[
        str, typer.Argument(help="Name, pinyin, initials, number, phone's end. 姓名、拼音、号码、电话尾号。")
    ],
    limit: Most = 20,
) -> None:
    """Who is it? The best match first. 查找患者。"""
    patientlines.patients(shell().bus.ask(FindPatients(text=text, limit=limit)).patients)


@app.command("show", epilog="Example: yiji patient show HIS:P0001")
def show(patient: Who) -> None:
    """One patient with numbers, facts and block. 查看患者。"""
    here = shell()
    here.show(here.bus.ask(ShowPatient(id=patient)))


@app.command("note", epilog="Example: yiji patient note HIS:P0001 implant.pacemaker --value yes")
def note(
    patient: Who,
    code: Annotated[str, typer.Argument(help="What: pregnant, implant.pacemaker, allergy.iodine, egfr. 事项。")],
    value: Annotated[str, typer.Option(help="What is so. 值。")] = "yes",
    at: Annotated[datetime | None, typer.Option(help="When; now when left out. 时间，默认现在。")] = None,
    source: Annotated[str, typer.Option(help="Who says so. 来源。")] = "",
) -> None:
    """Write down a fact that rules ask for. 记录影响检查的事项。"""
    here = shell()
    moment = aware(at) if at else clock.now()
    fact = PatientFact(code=code, value=value, at=moment, source=source)
    here.show(here.bus.ask(NoteFacts(patient_id=patient_id(patient), facts=(fact,))))


@app.command("merge", epilog="Example: yiji patient merge HIS:P0001 HIS:P0002 --reason 同一人重复建档")
def merge(
    stays: Annotated[str, typer.Argument(help="The record that stays. 保留的档案。")],
    goes: Annotated[str, typer.Argument(help="The record that goes into it. 并入的档案。")],
    reason: Why,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask. 不再询问。")] = False,
) -> None:
    """Let one record stand for both, after a look at them. 合并重复档案。"""
    here = shell()
    one, other = here.bus.ask(ShowPatient(id=stays)), here.bus.ask(ShowPatient(id=goes))
    if not yes:
        _preview(one, other)
        typer.confirm(here.words("合并吗？", "Merge them?"), abort=True, err=True)
    here.show(here.bus.ask(MergePatients(patient_id=one.id, duplicate_id=other.id, reason=reason)))


def _preview(one: Patient, other: Patient) -> None:
    """Tell both records, and what speaks for one person and against it."""
    here = shell()
    pairs = here.bus.ask(SuggestMerges(patient_id=one.id, limit=200)).pairs
    known = next((pair for pair in pairs if other.id in (pair.patient.id, pair.other.id)), None)
    here.say(here.words("保留  ", "stays  ") + patientlines.told(one))
    here.say(here.words("并入  ", "goes   ") + patientlines.told(other))
    if known:
        reasons = patientlines.in_words(known.reasons)
        here.say(here.words(f"相似度 {known.score:.2f}：{reasons}", f"score {known.score:.2f}: {reasons}"))
    else:
        here.say(here.words("注意：看不出两份档案是同一人。", "Careful: nothing says that they are one person."))


@app.command("unmerge", epilog="Example: yiji patient unmerge pat-01jd... --reason 并错了")
def unmerge(
    patient: Annotated[
        str, typer.Argument(metavar="PATIENT", help="Id of the record that was merged. 被并入的患者编号。")
    ],
    reason: Why,
) -> None:
    """Take a merge back: what came from the record returns to it. 撤销合并。"""
    here = shell()
    here.show(here.bus.ask(UnmergePatients(duplicate_id=patient, reason=reason)))


@app.command("duplicates", epilog="Example: yiji patient duplicates --patient HIS:P0001")
def duplicates(
    patient: Annotated[str, typer.Option(help="Of this patient; else among the newest. 此患者，默认最近建档者。")] = "",
    limit: Most = 20,
) -> None:
    """Records that may be one person, the likeliest first. 可能重复的档案。"""
    named = patient_id(patient) if patient else ""
    patientlines.pairs(shell().bus.ask(SuggestMerges(patient_id=named, limit=limit)).pairs)


@app.command("block", epilog="Example: yiji patient block HIS:P0001 --reason 爽约三次 --days 90")
def block(
    patient: Who,
    reason: Why,
    days: Annotated[int, typer.Option(min=1, max=3650, help="For how many days. 天数。")] = 90,
) -> None:
    """Close booking by himself to a patient. 列入黑名单。"""
    here = shell()
    here.show(here.bus.ask(BlockPatient(patient_id=patient_id(patient), reason=reason, days=days)))


@app.command("appeal", epilog="Example: yiji patient appeal blk-01jd... 当天急诊住院")
def appeal(block: BlockId, text: Annotated[str, typer.Argument(help="What the patient says. 申诉内容。")]) -> None:
    """Object to a block; it holds until it is decided. 申诉。"""
    here = shell()
    here.show(here.bus.ask(AppealBlock(block_id=block, text=text)))


@app.command("settle", epilog="Example: yiji patient settle blk-01jd... --lift --decision 情况属实")
def settle(
    block: BlockId,
    decision: Annotated[str, typer.Option(help="What was decided, and why. 裁定。")],
    lift: Annotated[bool, typer.Option("--lift/--uphold", help="Lift it, or let it hold. 解除或维持。")] = False,
) -> None:
    """Decide an appeal, or lift a block that nobody appealed against. 裁定申诉，或解除。"""
    here = shell()
    here.show(here.bus.ask(SettleAppeal(block_id=block, lift=lift, decision=decision)))


@app.command("blocks", epilog="Example: yiji patient blocks --state appealed")
def blocks(
    patient: Annotated[str, typer.Option(help="Only of this patient. 仅此患者。")] = "",
    state: Annotated[BlockState | None, typer.Option(help="Only this state. 状态。")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="At most so many. 条数。")] = 100,
) -> None:
    """Who is blocked, and who appeals? Newest first. 黑名单列表。"""
    named = patient_id(patient) if patient else ""
    patientlines.blocks(shell().bus.ask(ListBlocks(patient_id=named, state=state, limit=limit)).blocks)


@app.command("token", epilog="Example: yiji patient token HIS:P0001 --hours 1 --json")
def token(
    patient: Who,
    hours: Annotated[int, typer.Option(min=1, max=24, help="How long it is good. 有效小时数。")] = 1,
) -> None:
    """Sign a token that acts for this patient only. 为患者签发本人令牌。"""
    here = shell()
    known = here.bus.ask(ShowPatient(id=patient)).id  # an id is looked up too: core signs for any
    here.show(here.bus.ask(IssuePatientToken(patient_id=known, hours=hours)))
