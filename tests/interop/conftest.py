"""A small hospital that listens for HL7, and a stand-in HIS."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from builders import SMALL

from yiji.core.app import App
from yiji.core.bus import ActorBus
from yiji.core.contract.catalogue import LoadCatalogue
from yiji.core.testing import Sites
from yiji.interop.daemon import Service
from yiji_sim.his import Listener

EXTRA = """
[interop]
application = "YIJI"

[interop.mllp]
port = 0
limit = 200000
half = 1.0

[interop.mllp.senders]
"OLD^EAST" = "demo_hospital"

[[interop.peers]]
name = "his"
host = "127.0.0.1"
port = {his}
timeout = 2.0
"""


@dataclass
class Border:
    """A site whose border is open: `port` takes orders, `his` takes results."""

    app: App
    bus: ActorBus
    port: int
    his: Listener


@pytest.fixture
def border(sites: Sites, tmp_path: Path) -> Iterator[Border]:
    """A site with master data, its MLLP service running."""
    with Listener(tmp_path / "his") as his, sites.open(tmp_path / "site", EXTRA.format(his=his.port)) as app:
        bus = app.bus_as(app.operator_token())
        bus.ask(LoadCatalogue(catalogue=SMALL))
        service = Service(app)
        yield Border(app, bus, service.start(), his)
        service.stop()
