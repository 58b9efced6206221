"""Fixtures for all tests: real sites on one embedded PostgreSQL."""

import signal
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from yiji.core import clock
from yiji.core.app import App
from yiji.core.testing import Sites

# A shell that runs the suite in the background lets it ignore Ctrl-C; what tests start must not inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def sites() -> Iterator[Sites]:
    """Makes sites; its PostgreSQL lives as long as the test session."""
    folder = Path(tempfile.mkdtemp(prefix="yiji-test-"))
    folder.chmod(0o755)  # an unprivileged server must reach its home when the tests run as root
    made = Sites(folder, home=str(folder / "cluster"))
    yield made
    made.close()
    # Half a million small files: half a minute that nobody need wait for.
    subprocess.Popen(["rm", "-rf", str(folder)], start_new_session=True)


@pytest.fixture
def site(sites: Sites, tmp_path: Path) -> Path:
    """The folder of a fresh site."""
    return sites.make(tmp_path / "site")


@pytest.fixture
def app(sites: Sites, tmp_path: Path) -> Iterator[App]:
    """A fresh site, open."""
    with sites.open(tmp_path / "site") as opened:
        yield opened


@pytest.fixture
def at_noon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Put this process's clock to noon of the day that it is: "tomorrow" is hours away, at whatever hour tests run."""
    real, here = clock.now, clock.local(clock.now(), "Asia/Shanghai")
    ahead = here.replace(hour=12, minute=0) - here
    monkeypatch.setattr(clock, "now", lambda: real() + ahead)
