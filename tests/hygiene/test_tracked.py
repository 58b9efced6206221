"""What may not stand in a kept file: a machine's paths, a registry's address, weight."""

import os
import re
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

from tests.hygiene.workspace import ROOT, kept_files, short, texts

MOST_BYTES = 1_000_000
# Package registries, and mirrors as they are usually named. Written as patterns, so that they do not match themselves.
REGISTRY = re.compile(
    r"pypi\.(org|python)|pythonhosted\.|npmjs\.(org|com)|npmmirror\.|crates\.io|mirrors?\.[a-z0-9-]+\."
)
# Folders in which people and build machines keep their work.
PRIVATE = re.compile(r"(?<![\w.~/:-])/(?:home|Users|root|work|workspace|builds|mnt|media|private)/[\w.]")
LOCK_LINE = re.compile(r"[a-z0-9][a-z0-9._-]*==[^ ;]+( ; .+)? \\|    --hash=sha256:[0-9a-f]{64}( \\)?")


def configured_hosts() -> set[str]:
    """The registries that this machine is set to use, whatever their names."""
    names = [name for name in os.environ if re.match(r"(PIP|UV)_.*(INDEX|LINKS)", name)]
    return {host for name in names for word in os.environ[name].split() if (host := urlsplit(word).hostname)}


def test_no_path_of_a_machine():
    own = {str(ROOT), str(Path.home())} - {"/root", "/"}
    found = [
        f"{short(path)}: {line.strip()[:100]}"
        for path, text in texts()
        for line in text.splitlines()
        if PRIVATE.search(line) or any(place in line for place in own)
    ]
    assert not found


def test_no_registry_is_named():
    hosts = configured_hosts() - {"localhost", "127.0.0.1"}
    found = [short(path) for path, text in texts() if REGISTRY.search(text) or any(host in text for host in hosts)]
    assert not found


def test_the_lock_holds_versions_and_hashes_only():
    lines = (ROOT / "requirements.lock").read_text("utf-8").splitlines()
    assert len(lines) > 100
    assert not [line for line in lines if not LOCK_LINE.fullmatch(line)]


def test_the_lock_with_addresses_is_not_kept():
    ignored = subprocess.run(["git", "-c", "safe.directory=*", "check-ignore", "-q", "uv.lock"], cwd=ROOT, check=False)
    assert ignored.returncode == 0
    assert ROOT / "uv.lock" not in kept_files()


def test_no_file_is_heavy():
    assert not {short(path): path.stat().st_size for path in kept_files() if path.stat().st_size > MOST_BYTES}


def test_the_patterns_find_what_they_look_for():
    assert REGISTRY.search("https://files." + "pythonhosted" + ".org/x")
    assert PRIVATE.search("see /" + "home/somebody/x")
    assert not PRIVATE.search("https://example.org/home/page and /var/lib/yiji")
    assert not LOCK_LINE.fullmatch("numpy @ https://example.org/numpy.whl")
