"""The desk on a real site."""

import pytest

from tests.tui.hospital import open_hospital
from yiji.core.app import App
from yiji.core.bus import ActorBus


@pytest.fixture
def bus(app: App) -> ActorBus:
    """The operator's bus, on a small hospital with slots today and after."""
    asking = app.bus_as(app.operator_token())
    open_hospital(asking)
    return asking
