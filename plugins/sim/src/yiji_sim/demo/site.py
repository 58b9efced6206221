"""The demo's site: settings with ports of their own, master data, slots, and a user for every role."""

import socket
import tomllib
from contextlib import ExitStack
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from yiji.core import clock
from yiji.core.app import App, make_site, open_app
from yiji.core.contract.access import AddUser, IssueToken
from yiji.core.contract.catalogue import Catalogue, LoadCatalogue
from yiji.core.contract.inventory import OpenSlots

NAME = "示范医院"
USERS = (
    ("diaodu", "李调度", "dispatcher"),
    ("jishi", "赵技师", "technician"),
    ("yisheng", "陈医师", "doctor"),
    ("his", "医院信息系统", "his"),
    ("ecg-1", "心电图机 1 号", "device"),
)
_SETTINGS = """
[rpc]
port = {rpc}

[interop.mllp]
port = {mllp}

[[interop.peers]]
name = "HIS"
host = "127.0.0.1"
port = {his}
charset = "{charset}"
"""


@dataclass(frozen=True)
class Ports:
    """Loopback ports of the demo: the gRPC and MLLP daemons', and the HIS's own listener."""

    rpc: int
    mllp: int
    his: int


def free_ports(count: int) -> list[int]:
    """Return ports that nobody listens on; all are held until all are found, so that they differ."""
    with ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


def settings_for(ports: Ports, charset: str = "UNICODE UTF-8") -> str:
    """Return what a demo's yiji.toml holds besides [site]."""
    return _SETTINGS.format(rpc=ports.rpc, mllp=ports.mllp, his=ports.his, charset=charset)


def hospital() -> Catalogue:
    """Return the master data of the demo's hospital."""
    return Catalogue.model_validate(tomllib.loads(files("yiji_sim.demo").joinpath("hospital.toml").read_text("utf-8")))


def furnish(app: App) -> str:
    """Load master data, open slots, add users; return what was done."""
    operator = app.bus_as(app.operator_token())
    loaded = operator.ask(LoadCatalogue(catalogue=hospital()), key="demo-catalogue")
    today = clock.today(app.settings.site.zone)
    opened = operator.ask(OpenSlots(first_day=today, days=3), key="demo-slots", timeout=60)
    for name, full_name, role in USERS:
        operator.ask(AddUser(name=name, full_name=full_name, roles=(role,)), key=f"demo-user-{name}")
    return (
        f"{len(loaded.departments)} departments, {len(loaded.devices)} devices, {len(loaded.exams)} examinations, "
        f"{opened.opened} slots, {len(USERS) + 1} users"
    )


def make(root: Path, ports: Ports, extra: str = "") -> tuple[App, str]:
    """Make the site and open it; `extra` is added to its yiji.toml. Raises what `make_site` raises."""
    make_site(root, NAME, "Asia/Shanghai", "zh", settings_for(ports) + extra)
    app = open_app(root)
    try:
        return app, furnish(app)
    except BaseException:
        app.close()
        raise


def token_of(app: App, user: str) -> str:
    """Return a token of a user of the site."""
    return app.bus_as(app.operator_token()).ask(IssueToken(name=user)).token
