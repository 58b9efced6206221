"""``yiji demo`` at the shell."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from yiji.core.errors import SiteExists
from yiji.core.faces import shell

if TYPE_CHECKING:
    from yiji_sim.demo.steps import Outcome

_STEPS = [
    ("title", "步骤", "step"),
    ("what", "结果", "what happened"),
    ("seconds", "用时(秒)", "seconds"),
    ("bound", "要求(秒)", "bound"),
    ("verdict", "结论", "verdict"),
]
_COMPARISON = [
    ("code", "指标", "measure"),
    ("ours", "本系统", "ours"),
    ("cart", "心电图机", "cart"),
    ("difference", "差值", "difference"),
    ("unit", "单位", "unit"),
]


def demo(
    out: Annotated[
        Path | None, typer.Option("--out", file_okay=False, help="The site's folder; it must not be one yet. 目录。")
    ] = None,
) -> None:
    """Run the main job once: an order's way to a signed ECG report and back to the HIS. 演示主流程。

    Example: yiji demo --out /tmp/yiji-demo --json
    """
    from yiji_sim.demo.run import run
    from yiji_sim.demo.show import told

    here = shell()
    folder = out or Path("yiji-demo") / f"{datetime.now():%Y%m%d-%H%M%S}"
    if (folder / "yiji.toml").exists():
        raise SiteExists(path=folder)
    with here.progress(here.words("正在演示主流程", "running the main job")):
        outcome = run(folder.resolve())
    if here.json:
        here.show(outcome)
    else:
        here.table([told(step, here.lang) for step in outcome.steps], _STEPS, here.words("主流程", "The main job"))
        if outcome.comparison:
            here.table(outcome.comparison, _COMPARISON, here.words("本系统与心电图机", "Ours beside the cart's"))
        _paths(outcome)
    if not outcome.ok:
        raise typer.Exit(1)


def _paths(outcome: "Outcome") -> None:

    here = shell()
    here.say(here.words(f"共 {outcome.seconds} 秒", f"{outcome.seconds} s in all"))
    for zh, en, paths in (
        ("报告", "report", (outcome.pdf,)),
        ("收到的 HL7", "HL7 the HIS got", outcome.received),
        ("发出的 HL7", "HL7 the HIS sent", outcome.sent),
        ("审计链", "audit log", (outcome.audit,)),
    ):
        for path in filter(None, paths):
            here.say(f"{here.words(zh, en)}: {path}")
    here.say(here.words(f"继续看: yiji --site {outcome.site} desk", f"look on: yiji --site {outcome.site} desk"))
