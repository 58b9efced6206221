"""The manifest of the simulated devices: a plugin like any stranger's."""

from collections.abc import Sequence

from yiji.core.plug import Commands, Record, hookimpl
from yiji.devices.hooks import DeviceDriver


@hookimpl
def yiji_provides() -> Sequence[Record]:
    """The demo, and simulated devices at the shell."""
    return (
        Commands("demo", "yiji_sim.demo.cli:demo", "Run the main job once.", "演示主流程。"),
        Commands("sim", "yiji_sim.cli:app", "Simulated devices.", "模拟设备。"),
    )


@hookimpl
def devices_drivers() -> Sequence[DeviceDriver]:
    """A driver that simulates a recording for each worklist entry of a station."""
    return (DeviceDriver("sim", "yiji_sim.driver:run"),)
