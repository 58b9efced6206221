"""Runs inside a lone distribution's environment: ``python -I solo_probe.py MODULE DOOR,DOOR ABSENT,ABSENT``."""

import sys
from importlib import import_module
from importlib.util import find_spec
from pkgutil import walk_packages


def is_here(module: str) -> bool:
    """Tell whether a module could be imported."""
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:
        return False


def wrongs(module: str, doors: list[str], absent: list[str]) -> list[str]:
    """Return all that does not hold."""
    package = import_module(module)
    found = [f"{name} is here and must not be" for name in absent if is_here(name)]
    for info in walk_packages(package.__path__, f"{module}."):
        if not info.name.endswith("__main__"):
            import_module(info.name)
    for door in [*doors, *getattr(package, "__all__", ())]:
        if not hasattr(package, door):
            found.append(f"{module}.{door} does not stand")
    from yiji.core.plug.manager import plugins

    return found + [f"plugin {one.name}: {one.broken}" for one in plugins().found if one.broken]


def main(module: str, doors: str, absent: str) -> int:
    """Print what is wrong; 1 if anything is."""
    found = wrongs(module, [d for d in doors.split(",") if d], [a for a in absent.split(",") if a])
    print("\n".join(found), end="")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
