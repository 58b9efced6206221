"""``yiji sim``: simulated devices at the shell."""

from pathlib import Path
from typing import Annotated

import typer

from yiji.core.contract.recording import ShowWorklist
from yiji.core.errors import NotFound
from yiji.core.faces import shell
from yiji.core.message import Value

app = typer.Typer(add_completion=False, no_args_is_help=True)


class Written(Value):
    """A file that was written."""

    file: str
    accession_number: str = ""


@app.command("deliver", epilog="Example: yiji sim deliver 26030200000001")
def deliver(
    accession: Annotated[str, typer.Argument(help="An accession number on the worklist. 工作列表中的检查号。")],
    folder: Annotated[Path | None, typer.Option(help="Where to; else the station's folder. 目录。")] = None,
) -> None:
    """Let the simulated cart deliver a real recording for a worklist entry. 模拟心电图机传送真实记录。"""
    from yiji_sim import cart

    here = shell()
    found = [one for one in here.bus.ask(ShowWorklist()).entries if one.accession_number == accession]
    if not found:
        raise NotFound(what="worklist entry", id=accession)
    place = cart.deliver(found[0], folder or here.site / "inbox" / found[0].station)
    here.show(Written(file=str(place), accession_number=accession))


@app.command("patient", epilog="Example: yiji sim patient simulated.zip --rate 72")
def patient(
    file: Annotated[Path, typer.Argument(help="The zip to write, with a WFDB record in it. 输出文件。")],
    rate: Annotated[int, typer.Option(min=30, max=200, help="Heart rate. 心率。")] = 70,
    seconds: Annotated[int, typer.Option(min=3, max=600, help="How long. 时长（秒）。")] = 10,
    seed: Annotated[int, typer.Option(help="The same seed gives the same patient. 随机种子。")] = 1,
) -> None:
    """Write the ECG of a simulated patient. 生成模拟患者的心电记录。"""
    from yiji_sim.patient import simulate, wfdb_zip

    here = shell()
    with here.progress(here.words("正在生成", "simulating")):
        file.write_bytes(wfdb_zip(simulate(seconds=seconds, heart_rate=rate, seed=seed)))
    here.show(Written(file=str(file)))
