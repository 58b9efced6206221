"""What the command groups share."""

from datetime import date, datetime
from typing import Annotated

import typer

from yiji.core.contract.booking import ShowAppointment
from yiji.core.contract.order import ShowOrder
from yiji.core.contract.patient import ShowPatient
from yiji.core.faces import shell

Day = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="A day, e.g. 2026-03-02. 日期。")]
Reason = Annotated[str, typer.Option(help="Why. 原因。")]
Named = Annotated[
    str, typer.Argument(metavar="APPOINTMENT", help="Appointment id or accession number. 预约号或检查号。")
]


def date_of(value: datetime | None) -> date | None:
    """Return the day of an option."""
    return value.date() if value else None


def item_id(named: str) -> str:
    """Return the item's id; an accession or placer number is looked up."""
    if named.startswith("itm-"):
        return named
    found = shell().bus.ask(ShowOrder(id=named))
    named_so = [one for one in found.items if named in (one.accession_number, one.placer_number)]
    return (named_so or list(found.items))[0].id


def appointment_id(named: str) -> str:
    """Return the appointment's id; an item or accession number is looked up."""
    return named if named.startswith("apt-") else shell().bus.ask(ShowAppointment(id=named)).id


def patient_id(named: str) -> str:
    """Return the patient's id; any of the numbers is looked up."""
    return named if named.startswith("pat-") else shell().bus.ask(ShowPatient(id=named)).id


def aware(moment: datetime) -> datetime:
    """Return a moment told on the hospital's clock."""
    from zoneinfo import ZoneInfo

    from yiji.core.contract.desk import ShowDesk

    return moment.replace(tzinfo=ZoneInfo(shell().bus.ask(ShowDesk()).zone))
