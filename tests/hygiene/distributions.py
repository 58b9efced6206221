"""What the built distributions carry: ``python -m tests.hygiene.distributions FOLDER``."""

import sys
import tarfile
import zipfile
from email.message import Message
from email.parser import Parser
from pathlib import Path

from tests.hygiene.workspace import ROOT, Member, members, root_project, short

# Beside its modules, what a distribution is of no use without.
MUST_CARRY = {
    "yiji-core": ("locale/zh.toml", "locale/en.toml", "migrations/", ".proto"),
    "yiji-booking": ("locale/zh.toml", "locale/en.toml", "migrations/"),
    "yiji-devices": ("locale/zh.toml", "locale/en.toml", "migrations/"),
    "yiji-reports": ("locale/zh.toml", "locale/en.toml", "migrations/"),
    "yiji-interop": ("locale/zh.toml", "locale/en.toml", "migrations/"),
}


def sources(member: Member) -> set[str]:
    """Return the files of a member's package, named from its `src` on."""
    files = (path for path in member.source.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return {path.relative_to(member.folder / "src").as_posix() for path in files}


def about(member: Member, names: set[str], told: Message) -> list[str]:
    """Return what is wrong with a distribution that holds `names` and tells `told` of itself."""
    wrong = [f"lacks {name}" for name in sorted(sources(member) - names)]
    for part in ("py.typed", *MUST_CARRY.get(member.name, ())):
        if not any(part in name for name in names):
            wrong.append(f"carries no {part}")
    if "yiji/__init__.py" in names:
        wrong.append("claims the namespace: yiji/__init__.py")
    if (told["Name"], told["Version"]) != (member.name, member.version):
        wrong.append(f"calls itself {told['Name']} {told['Version']}")
    if told["License-Expression"] != "Apache-2.0" or "LICENSE" not in told.get_all("License-File", []):
        wrong.append("tells no licence, or carries none")
    siblings = [need for need in told.get_all("Requires-Dist", []) if need.startswith("yiji")]
    wrong += [f"does not pin {need}" for need in siblings if f"=={member.version}" not in need and "[" not in need]
    return wrong


def wheel(member: Member, folder: Path) -> list[str]:
    """Return what is wrong with a member's wheel."""
    stem = f"{member.name.replace('-', '_')}-{member.version}"
    with zipfile.ZipFile(folder / f"{stem}-py3-none-any.whl") as file:
        told = Parser().parsestr(file.read(f"{stem}.dist-info/METADATA").decode())
        return about(member, set(file.namelist()), told)


def sdist(member: Member, folder: Path) -> list[str]:
    """Return what is wrong with a member's source distribution."""
    stem = f"{member.name.replace('-', '_')}-{member.version}"
    with tarfile.open(folder / f"{stem}.tar.gz") as file:
        names = {name.removeprefix(f"{stem}/").removeprefix("src/") for name in file.getnames()}
        told = file.extractfile(f"{stem}/PKG-INFO")
        return about(member, names, Parser().parsestr(told.read().decode() if told else ""))


def main(folder: Path) -> int:
    """Look at every member's wheel and sources; 1 if anything is wrong."""
    count = 0
    for member in members():
        for kind, look in (("wheel", wheel), ("sdist", sdist)):
            for wrong in look(member, folder):
                count += 1
                print(f"{member.name} {kind} {wrong}")
    version = root_project()["project"]["version"]
    print(f"{len(members())} distributions of {version} in {short(folder.resolve())}: {count or 'nothing'} wrong")
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main(ROOT / sys.argv[1]))
