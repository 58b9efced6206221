"""``yiji fasting``."""

from datetime import time
from typing import Annotated

import typer
from pydantic import BaseModel

from yiji.core.faces import shell
from yiji_stranger.errors import NoHours
from yiji_stranger.rules import CLOSES, FASTING, OPENS

app = typer.Typer(add_completion=False, no_args_is_help=True)


class Hours(BaseModel):
    """When a fasting examination may begin."""

    exam: str
    name: str
    opens: time
    closes: time


@app.command()
def hours(exam: Annotated[str, typer.Argument(help="Code of an examination. 检查项目代码。")]) -> None:
    """When a fasting examination may begin. 空腹检查可以开始的时段。

    Example:
        yiji fasting hours USABD
    """
    if exam not in FASTING:
        raise NoHours(exam=exam)
    shell().show(Hours(exam=exam, name=FASTING[exam], opens=OPENS, closes=CLOSES))
