"""What stands in the cells of a report's header."""

from collections.abc import Callable
from datetime import date, datetime

from yiji.core.clock import local
from yiji.core.contract.report import ReportBody
from yiji.reports.writing.template import FieldName
from yiji.reports.writing.words import sex_word, word


def moment(at: datetime | None, zone: str) -> str:
    """Return a moment on the hospital's wall clock; a time without zone is taken as the wall clock's already."""
    if at is None:
        return ""
    return (local(at, zone) if at.tzinfo else at).strftime("%Y-%m-%d %H:%M:%S")


def age(born: date | None, on: date | None, lang: str) -> str:
    """Return the age on a day: years from two on, months from one on, else days; empty where it is not known."""
    if born is None or on is None or on < born:
        return ""
    months = (on.year - born.year) * 12 + on.month - born.month - (on.day < born.day)
    if months >= 24:
        return word("years", lang, n=months // 12)
    return word("months", lang, n=months) if months else word("days", lang, n=(on - born).days)


def _day(body: ReportBody, zone: str) -> date | None:
    at = body.recorded_at or body.order.ordered_at
    return None if at is None else (local(at, zone) if at.tzinfo else at).date()


_VALUES: dict[FieldName, Callable[[ReportBody, str, str], str]] = {
    "name": lambda body, lang, zone: body.order.patient.name,
    "sex": lambda body, lang, zone: sex_word(body.order.patient.sex, lang),
    "age": lambda body, lang, zone: age(body.order.patient.birth_date, _day(body, zone), lang),
    "patient": lambda body, lang, zone: body.order.patient.id,
    "visit": lambda body, lang, zone: body.order.patient.visit_number,
    "department": lambda body, lang, zone: body.order.requesting_department,
    "ward": lambda body, lang, zone: body.order.patient.ward,
    "bed": lambda body, lang, zone: body.order.patient.bed,
    "accession": lambda body, lang, zone: body.order.accession_number,
    "placer": lambda body, lang, zone: body.order.placer_number,
    "requester": lambda body, lang, zone: body.order.requester,
    "exam": lambda body, lang, zone: body.order.exam_name or body.order.exam_code,
    "reason": lambda body, lang, zone: body.order.reason,
    "ordered": lambda body, lang, zone: moment(body.order.ordered_at, zone),
    "recorded": lambda body, lang, zone: moment(body.recorded_at, zone),
    "device": lambda body, lang, zone: body.device,
}


def label(field: FieldName, body: ReportBody, lang: str) -> str:
    """Return a field's label; the visit's says whose number it is."""
    visit = body.order.patient.visit_class
    return word(f"visit.{visit}" if field == "visit" and visit in ("O", "I", "E") else field, lang)


def value(field: FieldName, body: ReportBody, lang: str, zone: str) -> str:
    """Return a field's value; empty where nobody told."""
    return _VALUES[field](body, lang, zone)
