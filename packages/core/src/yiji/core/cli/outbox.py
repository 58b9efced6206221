"""``yiji outbox``: events on their way, and those that are stuck."""

from typing import Annotated, Literal

import typer

from yiji.core.contract.delivery import ListDeliveries, RetryDelivery
from yiji.core.faces import shell

app = typer.Typer(add_completion=False, no_args_is_help=True, help="Events on their way. 待投递的事件。")
COLUMNS = [
    ("id", "投递编号", "Id"),
    ("event", "事件", "Event"),
    ("subscriber", "订阅者", "Subscriber"),
    ("aggregate", "对象", "About"),
    ("state", "状态", "State"),
    ("attempts", "次数", "Attempts"),
    ("due_at", "下次时间", "Due"),
    ("error", "错误", "Error"),
]


@app.command("list")
def list_deliveries(
    state: Annotated[
        Literal["open", "dead", "done"] | None,
        typer.Option(help="Only these; else all that are not done. 只看此状态。"),
    ] = None,
    subscriber: Annotated[str, typer.Option(help="Only this subscriber's. 只看此订阅者。")] = "",
    limit: Annotated[int, typer.Option(min=1, help="At most so many. 最多条数。")] = 100,
) -> None:
    """List deliveries that wait or are stuck, oldest first. 列出等待中和失败的投递，旧的在前。

    Example:
        yiji outbox list --state dead
    """
    query = ListDeliveries(state=state or "", subscriber=subscriber, limit=limit)
    shell().table(shell().bus.ask(query).deliveries, COLUMNS)


def _dead() -> list[str]:
    return [delivery.id for delivery in shell().bus.ask(ListDeliveries(state="dead", limit=1000)).deliveries]


@app.command()
def retry(
    ids: Annotated[list[str] | None, typer.Argument(help="Ids of deliveries. 投递编号。")] = None,
    every: Annotated[
        bool, typer.Option("--all", help="All dead ones, at most 1000. 全部失败的，至多 1000 条。")
    ] = False,
) -> None:
    """Put dead letters back on their way. 重新投递失败的事件。

    Example:
        yiji outbox retry dlv-01jd3v9x
        yiji outbox retry --all
    """
    if bool(ids) == every:
        raise typer.BadParameter(shell().words("请给出编号，或用 --all", "name ids, or say --all"))
    shell().table([shell().bus.ask(RetryDelivery(delivery_id=one)) for one in (ids or _dead())], COLUMNS)
