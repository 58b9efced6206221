"""Master data on the disk: a TOML file, or a folder of sheets (CSV)."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from yiji.core.contract.catalogue import Catalogue


def read(source: Path) -> "Catalogue":
    """Return what a TOML file or a folder of sheets says; raises `BadFile`."""
    if source.is_dir():
        return read_sheets(source)
    from yiji.booking.exchange.document import from_toml

    return from_toml(source.read_bytes(), source.name)


def read_sheets(folder: Path) -> "Catalogue":
    """Return what the sheets of a folder say; raises `BadFile`."""
    from yiji.booking.exchange.faults import bad_file
    from yiji.booking.exchange.reading import from_sheets

    files = {file.name: file.read_bytes() for file in sorted(folder.iterdir()) if file.suffix.lower() == ".csv"}
    if not files:
        raise bad_file(str(folder), ["*.csv: 0"])
    return from_sheets(files)


def written(catalogue: "Catalogue") -> str:
    """Return master data as TOML."""
    from yiji.booking.exchange.document import to_toml

    return to_toml(catalogue)


def write_sheets(catalogue: "Catalogue", folder: Path) -> None:
    """Write all sheets into a folder, which is made if it is not there."""
    from yiji.booking.exchange.sheets import to_sheets

    folder.mkdir(parents=True, exist_ok=True)
    for name, sheet in to_sheets(catalogue).items():
        (folder / name).write_bytes(sheet)


def template() -> str:
    """Return the example that ships."""
    from importlib.resources import files

    return files("yiji.booking.exchange").joinpath("template.toml").read_text("utf-8")
