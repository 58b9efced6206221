"""Writes what is made from the contract: the lock of numbers, the .proto files, docs/wire.md.

``python -m yiji.core.rpc.generate`` writes them; with ``--check`` it only says which are stale, and exits with 1.
Only the contract is written out, so that the files do not depend on what is installed. Messages of plugins are served
and reflected, and are their makers' to publish.
"""

import argparse
from pathlib import Path

from yiji.core.rpc import numbers, schema
from yiji.core.rpc.catalogue import contract_modules, packages
from yiji.core.rpc.page import print_page
from yiji.core.rpc.text import print_file

HERE = Path(__file__).parent
PROTO = HERE.parent / "proto"
PAGE = Path("docs/wire.md")


def contents(root: Path) -> dict[Path, str]:
    """Return what each generated file should hold; `root` is the workspace's."""
    ours = packages(contract_modules())
    lock = schema.renew(numbers.committed(), ours)
    files = schema.files_of(ours, lock)
    return {
        HERE / numbers.FILE: numbers.dump(lock),
        root / PAGE: print_page(ours),
        **{PROTO / file.name: print_file(package, file) for package, file in zip(ours, files, strict=True)},
    }


def stale(told: dict[Path, str]) -> list[Path]:
    """Return the files that do not hold what they should, and .proto files that should not be there."""
    wrong = [path for path, text in told.items() if not path.is_file() or path.read_text("utf-8") != text]
    return wrong + [path for path in PROTO.rglob("*.proto") if path not in told]


def write(told: dict[Path, str]) -> None:
    """Write the files; take away .proto files of packages that are gone."""
    for path in stale(told):
        if path in told:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(told[path], "utf-8")
        else:
            path.unlink()


def main() -> int:
    """Write, or check."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 when something is stale")
    parser.add_argument("--root", type=Path, default=Path(), help="the workspace, in which docs/ lies")
    asked = parser.parse_args()
    told = contents(asked.root.resolve())
    wrong = stale(told)
    for path in wrong:
        print(path)
    if not asked.check:
        write(told)
    return int(asked.check and bool(wrong))


if __name__ == "__main__":
    raise SystemExit(main())
