"""[devices] in yiji.toml."""

from typing import Any

from yiji.core.settings import Section, Settings


class WatchedFolder(Section):
    """A folder into which one station's device writes; relative to the site's folder."""

    station: str
    folder: str


class DevicesSection(Section):
    """[devices]: `watch` empty means every folder under ``inbox/``, each named after its station."""

    watch: list[WatchedFolder] = []
    drivers: dict[str, dict[str, Any]] = {}  # [devices.drivers.NAME]: the options of a plugin's driver
    analyses: dict[str, str] = {}  # kind of recording -> name of the analysis


def of(settings: Settings) -> DevicesSection:
    """Return the section; raises `BadSetting`."""
    return settings.section("devices", DevicesSection)
