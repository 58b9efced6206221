"""Why an alternative is offered, and what it gives up against the best, in Chinese and in English.

A reason is one text in both languages, parted by `BETWEEN`: whoever shows it to a person may take one side.
"""

from datetime import datetime
from zoneinfo import ZoneInfo

from yiji.booking.planning.alternatives import Kind, Option
from yiji.booking.planning.problem import Problem, moment

BETWEEN = " / "
_DAYS = "一二三四五六日"
_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def reasons(problem: Problem, option: Option, best: Option) -> tuple[str, ...]:
    """Return the reasons for an option, the weightiest first."""
    finish = moment(option.score.finish).astimezone(ZoneInfo(problem.house.zone))
    told = _kind(option, finish) if option.kind is not Kind.BEST else _best(option, finish)
    days = {problem.day_of(spot.start) for spot in option.spots}
    if days & problem.fixed.keys():
        told.append(_both("与患者已有预约同日", "on a day on which the patient comes anyway"))
    if option is not best:
        told += _against(problem, option, best)
    if not option.proved:
        told.append(_both("限时内未能证明最优", "not proved to be the best within the time allowed"))
    return tuple(told)


def side(reason: str, lang: str) -> str:
    """Return a reason in one language, ``zh`` or ``en``."""
    zh, _, en = reason.partition(BETWEEN)
    return zh if lang == "zh" or not en else en


def _both(zh: str, en: str) -> str:
    return f"{zh}{BETWEEN}{en}"


def _best(option: Option, finish: datetime) -> list[str]:
    visits, waiting = option.score.visits, option.score.waiting
    return [
        _both(f"来院次数最少：{visits} 次", f"fewest visits: {visits}"),
        _both(f"在此前提下最早完成：{_zh(finish)}", f"with so few visits done first: {_en(finish)}"),
        _both(f"检查之间共等候 {waiting} 分钟", f"{waiting} minutes between examinations"),
    ]


def _kind(option: Option, finish: datetime) -> list[str]:
    words = {
        Kind.SOONER: (f"最早一天做完：{_zh(finish)}", f"done on the earliest possible day: {_en(finish)}"),
        Kind.OTHER_DAYS: (f"改在其他日期：{_zh(finish)} 完成", f"on other days: done {_en(finish)}"),
        Kind.MORNING: (f"全部在上午：{_zh(finish)} 完成", f"mornings only: done {_en(finish)}"),
        Kind.AFTERNOON: (f"全部在下午：{_zh(finish)} 完成", f"afternoons only: done {_en(finish)}"),
        Kind.LATER: (f"开始得更晚：{_zh(finish)} 完成", f"begins later: done {_en(finish)}"),
    }
    return [_both(*words[option.kind])]


def _against(problem: Problem, option: Option, best: Option) -> list[str]:
    """Tell each figure that differs from the best plan's."""
    mine, other, told = option.score, best.score, list[str]()
    visits, waiting = mine.visits - other.visits, mine.waiting - other.waiting
    fragments = mine.fragments - other.fragments
    if visits:
        told.append(_both(f"{_more(visits)}来院 {abs(visits)} 次", f"{_plural(visits, 'visit')} {_than(visits)}"))
    told += _later(problem, mine.finish, other.finish)
    if waiting:
        told.append(
            _both(f"{_more(waiting)}等候 {abs(waiting)} 分钟", f"{abs(waiting)} minutes {_than(waiting)} waiting")
        )
    if fragments:
        zh = f"{_more(fragments)}留 {abs(fragments)} 处难以再用的空档"
        told.append(_both(zh, f"{_plural(fragments, 'gap')} {_than(fragments)} too short to use"))
    return told


def _later(problem: Problem, mine: int, other: int) -> list[str]:
    zone = ZoneInfo(problem.house.zone)
    days = (moment(mine).astimezone(zone).date() - moment(other).astimezone(zone).date()).days
    zh, en = ("晚", "later") if mine > other else ("早", "sooner")
    if days:
        return [_both(f"{zh} {abs(days)} 天完成", f"done {_plural(days, 'day')} {en}")]
    if mine != other:
        return [_both(f"{zh} {abs(mine - other)} 分钟完成", f"done {abs(mine - other)} minutes {en}")]
    return []


def _more(change: int) -> str:
    return "多" if change > 0 else "少"


def _than(change: int) -> str:
    return "more" if change > 0 else "fewer"


def _plural(count: int, name: str) -> str:
    return f"{abs(count)} {name}" if abs(count) == 1 else f"{abs(count)} {name}s"


def _zh(at: datetime) -> str:
    return f"{at.month}月{at.day}日（周{_DAYS[at.weekday()]}）{at:%H:%M}"


def _en(at: datetime) -> str:
    return f"{at:%Y-%m-%d} {_WEEKDAYS[at.weekday()]} {at:%H:%M}"
