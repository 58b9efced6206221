"""Requests as one batch, as the bus gathers them while a hand is busy."""

from typing import Any, cast

from yiji.core import ids
from yiji.core.actor import verify
from yiji.core.app import App
from yiji.core.job import Envelope, Outcome
from yiji.core.message import Request, name_of


def together(app: App, *requests: Request[Any], keys: tuple[str, ...] = ()) -> list[Outcome]:
    """Let requests be one batch; return their outcomes."""
    token = app.operator_token()
    envelopes = [
        Envelope(request, token, key)
        for request, key in zip(requests, keys or map(ids.new, "k" * len(requests)), strict=True)
    ]
    for envelope in envelopes:
        envelope.actor = verify(token, app.settings.secret, app.settings.site.id)
    bus = cast(Any, app.bus)
    return bus._worker.run(bus._routes[name_of(type(requests[0]))], envelopes)
