"""A site in the hospital's own PostgreSQL, made with `yiji init --database`."""

import json
from pathlib import Path

import psycopg
from journey.shell import run_here
from sqlalchemy import make_url

from yiji.core import settings
from yiji.core.testing import Sites

NAME = '市"一"医院\\\n'  # nobody has this name; whatever is typed must come back


def test_a_site_lives_in_the_hospitals_own_database(sites: Sites, tmp_path: Path) -> None:
    server = make_url(settings.read(sites.make(tmp_path / "other")).database.url).set(drivername="postgresql")
    with psycopg.connect(server.render_as_string(hide_password=False), autocommit=True) as db:
        db.execute("CREATE DATABASE own TEMPLATE template0")
    root, url = tmp_path / "site", server.set(database="own").render_as_string(hide_password=False)
    made = run_here("init", str(root), "--name", NAME, "--database", url, "--json")
    assert made.code == 0, made.err
    assert settings.read(root).site.name == json.loads(made.out)["name"] == NAME
    assert (root / "yiji.toml").stat().st_mode & 0o077 == 0  # it holds the password
    assert not (root / "database.key").exists()  # no cluster was made
    assert [user["name"] for user in json.loads(run_here("user", "list", "--json", site=root).out)] == ["admin"]
