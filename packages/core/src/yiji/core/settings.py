"""A site's settings: one TOML file, `yiji.toml`, in the site's folder. Each wing owns the section of its name."""

import secrets
import tomllib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar, cast
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from yiji.core.errors import BadSetting, NoSite

FILE = "yiji.toml"
SECRET = "secret.key"


class Section(BaseModel):
    """A section of the settings; an unknown key is an error, so that a typing slip is seen."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def _known_zone(zone: str) -> str:
    try:
        return ZoneInfo(zone).key
    except (ZoneInfoNotFoundError, ValueError, OSError):  # the last two: "../x", "", a folder's name
        raise ValueError(f"no time zone {zone!r}; write it as IANA does, such as Asia/Shanghai") from None


class SiteSection(Section):
    """[site]: who we are."""

    id: str
    name: str = "yiji"
    zone: Annotated[str, AfterValidator(_known_zone)] = "Asia/Shanghai"
    lang: Literal["zh", "en"] = "zh"


class DatabaseSection(Section):
    """[database]: an empty url means the embedded PostgreSQL."""

    url: str = ""
    binaries: str = ""  # folder of a PostgreSQL's programs; empty: find them
    home: str = ""  # where the cluster lives; empty: in the site, or under /var/lib/yiji when started as root


class RpcSection(Section):
    """[rpc]: where the gRPC daemon listens."""

    host: str = "127.0.0.1"
    port: int = Field(default=50150, ge=0, le=65535)
    workers: int = Field(default=1, ge=1, le=32)  # processes; each takes up to 34 connections to the database


class PluginsSection(Section):
    """[plugins]: the plugins that this site cannot do without."""

    required: list[str] = []


SectionT = TypeVar("SectionT", bound=BaseModel)


@dataclass(frozen=True)
class Settings:
    """The settings of the site at `root`."""

    root: Path
    raw: dict[str, Any]

    def told(self, name: str) -> Any:
        """Return what stands in a section (``notify.smtp`` is ``[notify.smtp]``); None where there is nothing."""
        found: Any = self.raw
        for part in name.split("."):
            found = cast("dict[str, Any]", found).get(part) if isinstance(found, dict) else None
        return found

    def section(self, name: str, model: type[SectionT]) -> SectionT:
        """Return one section, checked; raises `BadSetting` naming the key that is wrong."""
        try:
            return model.model_validate({} if (told := self.told(name)) is None else told)
        except ValidationError as fault:
            first = fault.errors()[0]
            where = ".".join([name, *(str(part) for part in first["loc"])])
            detail = first["msg"].removeprefix("Value error, ")
            raise BadSetting(file=self.root / FILE, setting=where, detail=detail) from None

    def override(self, section: str, **values: Any) -> "Settings":
        """Return the settings with some values of a section replaced, as an option of the command line does."""
        return replace(self, raw={**self.raw, section: {**self.raw.get(section, {}), **values}})

    @property
    def site(self) -> SiteSection:
        """[site]."""
        return self.section("site", SiteSection)

    @property
    def database(self) -> DatabaseSection:
        """[database]."""
        return self.section("database", DatabaseSection)

    @property
    def rpc(self) -> RpcSection:
        """[rpc]."""
        return self.section("rpc", RpcSection)

    @property
    def plugins(self) -> PluginsSection:
        """[plugins]."""
        return self.section("plugins", PluginsSection)

    @property
    def secret(self) -> bytes:
        """The site's secret, with which tokens and seals are made."""
        path = self.root / SECRET
        if not path.is_file():
            raise BadSetting(file=path, setting="secret", detail="missing")
        return bytes.fromhex(path.read_text().strip())


def read(root: Path) -> Settings:
    """Read a site's settings; raises `NoSite` or `BadSetting`."""
    path = root / FILE
    if not path.is_file():
        raise NoSite(path=root)
    try:
        raw = tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        raise BadSetting(file=path, setting="-", detail=str(fault)) from None
    settings = Settings(root.resolve(), raw)
    _ = settings.site, settings.database, settings.rpc, settings.plugins
    return settings


def make_secret(root: Path) -> None:
    """Write a fresh secret that only the owner may read."""
    path = root / SECRET
    path.touch(mode=0o600)
    path.write_text(secrets.token_hex(32) + "\n")
