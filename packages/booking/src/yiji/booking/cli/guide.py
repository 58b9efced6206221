"""The guide sheet 导引单 at the shell: part of ``yiji booking``."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from yiji.booking.cli.common import Day, date_of
from yiji.core.contract.queue import RenderGuide, ShowGuide
from yiji.core.faces import shell
from yiji.core.message import Value


class Written(Value):
    """A sheet that was written to a file."""

    patient_name: str
    steps: int
    path: str
    pages: int
    bytes: int


def register(app: typer.Typer) -> None:
    """Add the command to ``yiji booking``."""
    app.command("guide", epilog="Example: yiji booking guide P10231 --out guide.pdf --sheet both")(guide)


def guide(
    patient: Annotated[
        str, typer.Argument(help="Patient, any number, accession number or appointment. 患者或任一号码。")
    ],
    out: Annotated[Path | None, typer.Option(dir_okay=False, help="Write the sheet as PDF. 写入 PDF 文件。")] = None,
    sheet: Annotated[
        Literal["zh", "en", "both"] | None, typer.Option(help="Its language; yours if left out. 导引单语言。")
    ] = None,
    day: Day = None,
    days: Annotated[int, typer.Option(min=1, max=366, help="How many days. 天数。")] = 30,
) -> None:
    """What a patient must know of the examinations to come; with --out on paper (A4). 导引单。"""
    here = shell()
    told = here.bus.ask(ShowGuide(patient_id=patient, first_day=date_of(day), days=days))
    if out is None:
        here.show(told)
        return
    page = here.bus.ask(RenderGuide(sheet=told, lang=sheet or here.lang))
    out.write_bytes(page.pdf)
    here.show(
        Written(
            patient_name=told.patient_name,
            steps=len(told.steps),
            path=str(out),
            pages=page.pages,
            bytes=len(page.pdf),
        )
    )
