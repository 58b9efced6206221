"""``yiji message``: what came in, and what the peers have."""

import sys
from collections.abc import Iterator
from typing import Annotated

import typer

from yiji.core.contract.delivery import ListDelivered, ListMessages, RawMessage, RawState, ShowMessage
from yiji.core.errors import Kind, revive
from yiji.core.faces import shell
from yiji.core.i18n import explain, text
from yiji.interop.hl7.header import readable

app = typer.Typer(
    add_completion=False, no_args_is_help=True, help="Messages that came in and went out. 收到和发出的消息。"
)
IN = [
    ("id", "消息编号", "Id"),
    ("received_at", "收到时间", "Received"),
    ("sender", "发送方", "Sender"),
    ("control_id", "控制号", "Control id"),
    ("state", "状态", "State"),
    ("error", "错误", "Error"),
    ("notes", "备注", "Notes"),
]
OUT = [
    ("delivered_at", "送达时间", "Delivered"),
    ("peer", "接收方", "Peer"),
    ("report_id", "报告编号", "Report"),
    ("control_id", "控制号", "Control id"),
    ("acknowledgement", "应答", "Answer"),
    ("blob", "内容校验值", "SHA-256"),
]
Limit = Annotated[int, typer.Option(min=1, help="At most so many. 最多条数。")]


@app.command("list")
def list_messages(
    state: Annotated[RawState | None, typer.Option(help="Only these. 只看此状态。")] = None,
    limit: Limit = 100,
) -> None:
    """List messages that came in, newest first. 列出收到的消息，新的在前。

    Example:
        yiji message list --state failed
    """
    found = shell().bus.ask(ListMessages(state=state, limit=limit)).messages
    shell().table(found, IN)
    for line in dict.fromkeys(line for one in found for line in _explained(one, shell().lang)):
        shell().say(line)


def _explained(message: RawMessage, lang: str) -> Iterator[str]:
    """Say what became of a message, and what to do; an error's parameters are not kept, only the answer tells them."""
    if message.error:
        sentence, hint = explain(revive(message.error, Kind.INVALID, {}), lang)
        yield f"{message.error}: {sentence}\n  → {hint}"
    for note in filter(None, message.notes.split("; ")):
        name, _, what = note.partition(" ")
        yield f"{note}: {text(f'note.{name}', lang, what=what)}"


@app.command()
def sent(
    report: Annotated[str, typer.Option(help="Only this report's. 只看此报告。")] = "", limit: Limit = 100
) -> None:
    """List results that peers have acknowledged, newest first. 列出对方已应答的结果，新的在前。

    Example:
        yiji message sent --report rep-01jd3v9x
    """
    shell().table(shell().bus.ask(ListDelivered(report_id=report, limit=limit)).delivered, OUT)


@app.command()
def show(
    message: Annotated[str, typer.Argument(help="Id, or the SHA-256 of one sent. 消息编号，或已发消息的校验值。")],
    raw: Annotated[bool, typer.Option("--raw", help="The bytes as they are. 原始字节。")] = False,
) -> None:
    """Show one message: a segment a line, or with --raw its bytes. 显示一条消息：每段一行，或原始字节。

    Example:
        yiji message show msg-01jd3v9x
        yiji message show msg-01jd3v9x --raw > message.hl7
    """
    body = shell().bus.ask(ShowMessage(id=message))
    if raw:
        sys.stdout.buffer.write(body.raw)
    elif shell().json:
        shell().show(body)
    else:
        sys.stdout.write(readable(body.raw))
