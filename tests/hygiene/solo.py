"""Each distribution alone: ``python -m tests.hygiene.solo [NAME ...]``.

For every member: a fresh environment with its wheel, the wheels of the members that it declares, and what those
declare, at the versions of the workspace's lock. There all its modules import, its library doors stand, no manifest is
broken, and the members that it must not know do not exist.
"""

import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.hygiene.workspace import ROOT, Member, members

HOME = ROOT / "build" / "solo"
UV = Path(sys.executable).parent / "uv"
PROBE = Path(__file__).parent / "solo_probe.py"
# What a developer imports without a site (docs/map.md).
DOORS = {
    "yiji.devices": ("read", "analyse"),
    "yiji.booking": ("find_slots",),
    "yiji.reports": ("render",),
    "yiji.interop": ("parse",),
}


def needed(member: Member) -> set[str]:
    """Return the names of the members that `member` declares, itself included."""
    names = {member.name}
    for other in members():
        if any(requirement.split("==")[0] == other.name for requirement in member.dependencies):
            names |= needed(other)
    return names


def uv(*arguments: str | Path) -> None:
    """Run uv; its words are shown only when it fails."""
    done = subprocess.run([UV, *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"uv {arguments[0]}: {done.stderr.strip()}")


def wheel(name: str) -> Path:
    """Return the wheel of a member."""
    (found,) = (HOME / "wheels").glob(f"{name.replace('-', '_')}-[0-9]*.whl")
    return found


def prepare() -> None:
    """Make the wheels, and the versions that the lock allows."""
    shutil.rmtree(HOME, ignore_errors=True)
    HOME.mkdir(parents=True)
    uv("build", "--all-packages", "--wheel", "--out-dir", HOME / "wheels")
    plain = ["--no-hashes", "--no-header", "--no-annotate", "--no-emit-workspace"]
    uv("export", "--frozen", "--no-dev", *plain, "--output-file", HOME / "constraints.txt")


def alone(member: Member) -> str:
    """Install and probe one member; return what is wrong, or nothing."""
    here = needed(member)
    environment = HOME / member.name
    python = environment / "bin" / "python"
    uv("venv", "--python", sys.executable, environment)
    wheels = [wheel(name) for name in sorted(here)]
    uv("pip", "install", "--python", python, "--constraints", HOME / "constraints.txt", *wheels)
    absent = [other.module for other in members() if other.name not in here]
    doors = DOORS.get(member.module, ())
    command = [python, "-I", PROBE, member.module, ",".join(doors), ",".join(absent)]
    done = subprocess.run(command, cwd=environment, capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else (done.stdout + done.stderr).strip()


def attempt(member: Member) -> tuple[Member, str, float]:
    """Probe one member and tell how long it took."""
    begun = time.monotonic()
    try:
        wrong = alone(member)
    except RuntimeError as fault:
        wrong = str(fault)
    return member, wrong, time.monotonic() - begun


def main(names: list[str]) -> int:
    """Probe the members named, or all; two at a time."""
    prepare()
    chosen = [member for member in members() if not names or member.name in names]
    failed = 0
    with ThreadPoolExecutor(2) as pool:
        for member, wrong, seconds in pool.map(attempt, chosen):
            print(f"{'FAILED' if wrong else 'alone '} {member.name:20} {seconds:5.1f} s", flush=True)
            failed += bool(wrong)
            if wrong:
                print(wrong)
    return 1 if failed or not chosen else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
