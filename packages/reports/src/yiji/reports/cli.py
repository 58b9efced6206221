"""Reports at the shell: list, show, draw, sign, verify."""

import hashlib
from pathlib import Path
from typing import Annotated

import typer

from yiji.core.contract.report import (
    ListReports,
    RenderReport,
    ReportState,
    ShowReport,
    SignReport,
    VerifySeal,
)
from yiji.core.faces import shell
from yiji.core.message import Value

app = typer.Typer(add_completion=False, no_args_is_help=True)

Named = Annotated[str, typer.Argument(metavar="REPORT", help="Report id or accession number. 报告号或检查号。")]

_REPORTS = [
    ("drafted_at", "起草时间", "drafted"),
    ("state", "状态", "state"),
    ("body.order.patient.name", "患者", "patient"),
    ("body.order.exam_name", "检查项目", "examination"),
    ("body.order.accession_number", "检查号", "accession"),
    ("revision", "版次", "revision"),
    ("id", "报告", "report"),
]


class Written(Value):
    """A page that was written to a file."""

    report_id: str
    path: str
    sha256: str
    bytes: int


@app.command("list", epilog="Example: yiji report list --state draft")
def list_(
    state: Annotated[ReportState | None, typer.Option(help="Only drafts, or only signed ones. 状态。")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="At most so many. 条数。")] = 50,
) -> None:
    """Reports, newest first. 报告列表。"""
    here = shell()
    here.table(here.bus.ask(ListReports(state=state, limit=limit)).reports, _REPORTS, here.words("报告", "Reports"))


@app.command("show", epilog="Example: yiji report show 26030200000001")
def show(report: Named) -> None:
    """What one report says. 查看报告。"""
    here = shell()
    here.show(here.bus.ask(ShowReport(id=report)))


@app.command("render", epilog="Example: yiji report render 26030200000001 --out report.pdf")
def render(
    report: Named,
    out: Annotated[Path | None, typer.Option(help="The PDF file; left out: REPORT.pdf. 输出文件。")] = None,
) -> None:
    """Write a report's page as PDF: the signed page, or the draft as it stands. 输出报告 PDF。"""
    here = shell()
    with here.progress(here.words("正在出图", "drawing")):
        page = here.bus.ask(RenderReport(id=report))
    path = out or Path(f"{report}.pdf")
    path.write_bytes(page.pdf)
    here.show(Written(report_id=page.report_id, path=str(path), sha256=page.sha256, bytes=len(page.pdf)))


@app.command("preview", epilog="Example: yiji report preview 26030200000001 --out page.png --dpi 150")
def preview(
    report: Named,
    out: Annotated[Path | None, typer.Option(help="The PNG file; left out: REPORT.png. 输出文件。")] = None,
    page: Annotated[int, typer.Option(min=1, help="Which page. 第几页。")] = 1,
    dpi: Annotated[float, typer.Option(min=20, max=600, help="Pixels to the inch. 分辨率。")] = 100,
) -> None:
    """Write one page of a report as PNG, as it would print. 预览报告页面（PNG）。"""
    from yiji.reports.page.preview import preview as drawn  # PDFium is not for commands that show nothing

    here = shell()
    with here.progress(here.words("正在出图", "drawing")):
        told = here.bus.ask(RenderReport(id=report))
        png = drawn(told.pdf, page, dpi)
    path = out or Path(f"{report}.png")
    path.write_bytes(png)
    sha256 = hashlib.sha256(png).hexdigest()
    here.show(Written(report_id=told.report_id, path=str(path), sha256=sha256, bytes=len(png)))


@app.command("sign", epilog="Example: yiji report sign 26030200000001 --revision 2 --conclusion 窦性心律")
def sign(
    report: Named,
    conclusion: Annotated[str, typer.Option(help="The doctor's own words. 结论。")] = "",
    revision: Annotated[int, typer.Option(min=0, help="The revision that was read; 0: the newest. 所阅版次。")] = 0,
) -> None:
    """Sign a draft: seal it, draw its final page, send it on its way. 签发报告。"""
    here = shell()
    with here.progress(here.words("正在签发", "signing")):
        signed = here.bus.ask(SignReport(report_id=report, revision=revision, conclusion=conclusion))
    here.show(signed)


@app.command("verify", epilog="Example: yiji report verify 26030200000001")
def verify(report: Named) -> None:
    """Is a signed report still what was signed? Exit status 1 if not. 验证签章。"""
    here = shell()
    result = here.bus.ask(VerifySeal(id=report))
    here.show(result)
    if not result.intact:
        raise typer.Exit(1)
