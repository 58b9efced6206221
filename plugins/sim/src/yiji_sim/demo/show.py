"""A step as the table shows it."""

from yiji.core.message import Value
from yiji_sim.demo.steps import Step


class StepRow(Value):
    """A row of the demo's table."""

    title: str
    what: str
    seconds: str
    bound: str
    verdict: str


def _verdict(step: Step, lang: str) -> str:
    if not step.ok:
        return "失败" if lang == "zh" else "failed"
    if step.bound is None:
        return "-"
    if lang == "zh":
        return "达标" if step.within else "超出"
    return "within" if step.within else "over"


def told(step: Step, lang: str) -> StepRow:
    """Return a step as a row."""
    return StepRow(
        title=step.title,
        what=step.error or step.what,
        seconds=f"{step.seconds:.3f}",
        bound="-" if step.bound is None else f"{step.bound:g}",
        verdict=_verdict(step, lang),
    )
