"""Rules about who the patient is: sex and age. What is not recorded cannot be judged, so the rule says no."""

from datetime import date, datetime, time

from yiji.booking.hooks import Proposal, Refusal
from yiji.booking.rules.moments import at, day_of, local
from yiji.booking.rules.wording import refusal
from yiji.core.contract.patient import Sex
from yiji.core.contract.rule import RuleSpec

_SEXES = {"male": "男", "female": "女", "other": "其他", "unknown": "未登记"}


def sex(spec: RuleSpec, proposal: Proposal) -> Refusal | None:
    """Only for `sexes`; no other time helps."""
    known = proposal.order.patient.sex
    if known in spec.sexes:
        return None
    wanted = "、".join(_SEXES.get(one, one) for one in spec.sexes)
    zh = f"限{wanted}性患者，患者性别为{_SEXES.get(known, known)}"
    return refusal(spec, zh, f"for {', '.join(spec.sexes)} patients only; recorded: {known.value}")


def age(spec: RuleSpec, proposal: Proposal) -> Refusal | None:
    """Only from `min_age` to below `max_age` years, on the day of the examination; it helps to grow old enough."""
    born = proposal.order.patient.birth_date
    if born is None:
        return refusal(spec, "未登记出生日期，无法核对年龄", "no birth date is recorded, so the age is not known")
    years = age_on(born, day_of(proposal.starts_at, proposal.zone))
    if in_years(spec, years):
        return None
    least, most = spec.min_age, spec.max_age
    zh = "，".join((f"须满 {least} 岁",) * (least is not None) + (f"须未满 {most} 岁",) * (most is not None))
    en = " and ".join((f"from {least}",) * (least is not None) + (f"below {most}",) * (most is not None))
    earliest = _old_enough(spec, born, years, proposal.zone)
    return refusal(spec, f"{zh}，检查当日 {years} 岁", f"{en} years; {years} on that day", earliest=earliest)


def age_on(born: date, day: date) -> int:
    """Return the full years on a day; who is born on 29 February is a year older on 1 March of a common year."""
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def in_years(spec: RuleSpec, years: int) -> bool:
    """Return whether an age is from `min_age` to below `max_age`."""
    return (spec.min_age is None or years >= spec.min_age) and (spec.max_age is None or years < spec.max_age)


def concerns(spec: RuleSpec, proposal: Proposal) -> bool:
    """Return whether a fact, measure or gate asks this patient at all: by `only_for` and the bounds of age.

    A sex or birth date that is not recorded leaves nobody out.
    """
    patient = proposal.order.patient
    if spec.only_for and patient.sex not in (*spec.only_for, Sex.UNKNOWN):
        return False
    if patient.birth_date is None or (spec.min_age is None and spec.max_age is None):
        return True
    return in_years(spec, age_on(patient.birth_date, day_of(proposal.starts_at, proposal.zone)))


def _old_enough(spec: RuleSpec, born: date, years: int, zone: str) -> datetime | None:
    least = spec.min_age
    if least is None or years >= least or not in_years(spec, least) or born.year + least > 9000:
        return None
    year = born.year + least
    try:
        birthday = born.replace(year=year)
    except ValueError:  # 29 February
        birthday = date(year, 3, 1)
    return local(at(birthday, time(0), zone), zone)
