"""[devices] in yiji.toml."""

from collections.abc import Mapping
from typing import Any

from pydantic import Field

from yiji.core.settings import Section, Settings


class WatchedFolder(Section):
    """A folder into which one station's device writes; relative to the site's folder."""

    station: str
    folder: str


class DevicesSection(Section):
    """[devices].

    `watch`: watched folders; none means every folder under ``inbox/``, each named after its station. `drivers`: the
    tables ``[devices.drivers.NAME]``, options of plugins' drivers. `analyses`: kind of recording -> analysis's name.
    `statements`: rule sets laid over the analysis's own, in their order: files, relative to the site's folder, or
    ``package:file.toml``.
    """

    watch: tuple[WatchedFolder, ...] = ()
    drivers: Mapping[str, Mapping[str, Any]] = Field(default_factory=dict[str, Mapping[str, Any]])
    analyses: Mapping[str, str] = Field(default_factory=dict[str, str])
    statements: tuple[str, ...] = ()


def of(settings: Settings) -> DevicesSection:
    """Return the section; raises `BadSetting`."""
    return settings.section("devices", DevicesSection)


def statements_of(settings: Settings) -> tuple[str, ...]:
    """Return the sources of the site's rule sets, files by their whole path; raises `BadSetting`."""
    told = of(settings).statements
    return tuple(one if ":" in one else str(settings.root / one) for one in told)
