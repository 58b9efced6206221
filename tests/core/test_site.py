"""Making a site: whole, or not at all."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from yiji.core import app as making
from yiji.core.app import make_site, open_app
from yiji.core.contract.access import ListUsers
from yiji.core.errors import BadSetting, DiskFull, NoSite, SiteExists
from yiji.core.settings import read


@pytest.fixture
def own_home() -> Iterator[str]:
    """Settings that keep the cluster among the test's files, where an unprivileged server can reach it."""
    folder = Path(tempfile.mkdtemp(prefix="yiji-home-"))
    folder.chmod(0o755)
    yield f'\n[database]\nhome = "{folder / "cluster"}"\n'
    shutil.rmtree(folder, ignore_errors=True)


def test_a_site_is_made_once(tmp_path: Path, own_home: str) -> None:
    root = tmp_path / "site"
    make_site(root, "市第一医院", extra=own_home)
    assert (root / "secret.key").stat().st_mode & 0o777 == 0o600
    with open_app(root) as app:
        users = app.bus_as(app.operator_token()).ask(ListUsers()).users
        assert app.settings.site.name == "市第一医院"
        assert [user.name for user in users] == ["admin"]
        assert app.store.cluster is not None
        with pytest.raises(SiteExists):
            make_site(root)
        app.store.cluster.remove()
    assert not (Path(read(root).database.home)).exists()


def test_a_failure_takes_back_all_and_nothing_else(
    tmp_path: Path, own_home: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    mine = tmp_path / "site" / "log" / "mine.txt"
    mine.parent.mkdir(parents=True)
    mine.write_text("kept")
    monkeypatch.setattr(making, "AddUser", full)
    with pytest.raises(DiskFull):
        make_site(tmp_path / "site", extra=own_home)
    assert [path.relative_to(tmp_path) for path in sorted(tmp_path.rglob("*")) if path.is_file()] == [
        Path("site/log/mine.txt")
    ]
    home = own_home.split('"')[1]
    assert not Path(home).exists()


def test_settings_that_cannot_be_used_say_where(tmp_path: Path) -> None:
    with pytest.raises(NoSite):
        read(tmp_path)
    for text, setting in (
        ("[site]\nid = 1", "site.id"),
        ('[site]\nid = "x"\nnmae = "y"', "site.nmae"),
        ('[site]\nid = "x"\n[rpc]\nport = 70000', "rpc.port"),
        ("not toml", "-"),
    ):
        (tmp_path / "yiji.toml").write_text(text)
        with pytest.raises(BadSetting) as bad:
            read(tmp_path)
        assert bad.value.params["setting"] == setting
