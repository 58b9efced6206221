"""Commands as one batch, as the bus gathers them while a hand is busy."""

from typing import Any, cast

from yiji.core import ids
from yiji.core.actor import verify
from yiji.core.app import App
from yiji.core.job import Envelope, Outcome
from yiji.core.message import Command, name_of


def together(app: App, *commands: Command[Any], keys: tuple[str, ...] = ()) -> list[Outcome]:
    """Let commands be one batch; return their outcomes."""
    token = app.operator_token()
    envelopes = [
        Envelope(command, token, key)
        for command, key in zip(commands, keys or map(ids.new, "k" * len(commands)), strict=True)
    ]
    for envelope in envelopes:
        envelope.actor = verify(token, app.settings.secret, app.settings.site.id)
    bus = cast(Any, app.bus)
    return bus._worker.run(bus._routes[name_of(type(commands[0]))], envelopes)
