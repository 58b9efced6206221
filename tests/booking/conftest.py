"""A small hospital for booking's tests."""

from datetime import timedelta

import pytest
from builders import SMALL

from yiji.core import clock
from yiji.core.app import App
from yiji.core.bus import ActorBus
from yiji.core.contract.catalogue import LoadCatalogue
from yiji.core.contract.inventory import OpenSlots


@pytest.fixture(autouse=True)
def _at_noon(at_noon: None) -> None:
    """Booking's tests speak of tomorrow."""


@pytest.fixture
def bus(app: App) -> ActorBus:
    """The operator's bus on a site with master data and open slots from tomorrow on."""
    asking = app.bus_as(app.operator_token())
    asking.ask(LoadCatalogue(catalogue=SMALL))
    tomorrow = clock.today(app.settings.site.zone) + timedelta(days=1)
    asking.ask(OpenSlots(first_day=tomorrow, days=2), timeout=60)
    return asking
