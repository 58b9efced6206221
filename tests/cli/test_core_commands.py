"""Core's own commands, on a real site with a real database."""

import json
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from tests.cli.conftest import Run, surroundings
from yiji.core import settings
from yiji.core.app import App, open_app
from yiji.core.store import audit
from yiji.core.store.postgres.place import SYSTEM
from yiji.core.testing import Sites


def told(done: Any) -> Any:
    assert done.code == 0, done.err
    return json.loads(done.out)


def test_users_are_added_listed_and_given_tokens(here: Run, site: Path):
    added = told(here("user", "add", "wang", "--role", "doctor", "--full-name", "王喆", "--json", cwd=site))
    assert (added["full_name"], added["roles"]) == ("王喆", ["doctor"])
    told(here("user", "add", "wang", "--role", "doctor", "--role", "dispatcher", "--json", cwd=site))
    rows = {row["name"]: row for row in told(here("user", "list", "--json", "--site", str(site)))}
    assert rows["wang"]["roles"] == ["doctor", "dispatcher"]
    assert "wang" in here("user", "list", "--lang", "zh", cwd=site).out
    token = told(here("--json", "user", "token", "wang", "--hours", "1", cwd=site))
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.]+Z", token["expires_at"])

    # The token is who asks: a doctor may not manage users.
    refused = here("user", "list", cwd=site, YIJI_TOKEN=token["token"])
    assert refused.code == 7
    assert "core.not_permitted" in refused.err
    assert "wang" in refused.err


def test_a_refusal_is_told_with_its_status(here: Run, site: Path):
    unknown_role = here("user", "add", "x", "--role", "nobody", cwd=site)
    assert unknown_role.code == 2
    assert "doctor" in unknown_role.err
    assert here("user", "token", "nobody", cwd=site).code == 3
    assert here("outbox", "retry", "nothing", cwd=site).code == 3
    assert here("outbox", "retry", cwd=site).code == 2
    assert here("init", str(site)).code == 4
    assert here("serve", "nothing", cwd=site).code == 3


def test_dead_letters_are_listed_and_sent_again(here: Run, app: App):
    insert_event = (
        "INSERT INTO core_event (id, type, aggregate, body, actor, at) VALUES ('e1', 'x.Y', 'a', '{}', 't', now())"
    )
    insert_delivery = (
        "INSERT INTO core_delivery (id, event_id, subscriber, aggregate, state, attempts, due_at, error)"
        " VALUES (:id, 'e1', 'his', 'a', 'dead', 3, now(), '对方无响应')"
    )
    with app.store.begin() as tx:
        tx.db.execute(text(insert_event))
        for delivery in ("d1", "d2"):
            tx.db.execute(text(insert_delivery), {"id": delivery})
    root = app.settings.root
    dead = told(here("outbox", "list", "--state", "dead", "--json", cwd=root))
    assert [(row["id"], row["attempts"], row["error"]) for row in dead] == [
        ("d1", 3, "对方无响应"),
        ("d2", 3, "对方无响应"),
    ]
    assert told(here("outbox", "retry", "d1", "--json", cwd=root))[0]["state"] == "open"
    assert [row["id"] for row in told(here("outbox", "retry", "--all", "--json", cwd=root))] == ["d2"]
    assert told(here("outbox", "list", "--state", "dead", "--json", cwd=root)) == []


def test_the_audit_verifies_until_it_is_touched(here: Run, app: App):
    root = app.settings.root
    told(here("user", "add", "wang", "--role", "doctor", "--json", cwd=root))
    with app.store.begin() as tx:
        audit.seal(tx.db, root)
    found = told(here("audit", "verify", "--json", cwd=root))
    assert found["sealed"] >= 1
    assert len(found["head"]) == 64
    with app.store.begin() as tx:
        tx.db.execute(text("UPDATE core_audit SET actor = 'somebody else' WHERE position = 1"))
    broken = here("audit", "verify", "--lang", "zh", cwd=root)
    assert broken.code == 1
    assert "core.audit_broken" in broken.err
    assert "Traceback" not in broken.err


def test_the_database_is_upgraded_as_often_as_one_likes(here: Run, site: Path):
    heads = told(here("db", "upgrade", "--json", cwd=site))["heads"]
    assert any(head.startswith("core_") for head in heads)
    assert told(here("db", "upgrade", "--json", cwd=site))["heads"] == heads


def test_daemons_are_listed_without_a_site(here: Run):
    assert {"rpc", "relay"} <= {row["name"] for row in told(here("serve", "--json"))}
    assert "事件中继" in here("serve", "--lang", "zh").out


def test_plugins_are_listed_and_checked_without_a_site(here: Run, probe: Run):
    rows = {row["name"]: row for row in told(here("plugin", "list", "--json"))}
    assert rows["core"]["whole"]
    assert rows["stranger"]["version"] == "1.0"
    checked = probe("plugin", "check", "--json")
    assert checked.code == 1
    problems = [row for row in json.loads(checked.out) if row["plugin"] == "stranger"]
    assert len(problems) == 1
    assert "stranger_nowhere" in problems[0]["problem"]


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A folder for a site with its own cluster; as root the cluster lies outside, and is cleared away here."""
    yield tmp_path / "site"
    if (tmp_path / "site" / settings.FILE).exists():
        shutil.rmtree(SYSTEM / settings.read(tmp_path / "site").site.id, ignore_errors=True)


def test_a_site_is_made_and_one_that_cannot_be_is_an_error(yiji: Run, here: Run, folder: Path):
    made = told(yiji("init", str(folder), "--name", "市第一医院", "--lang", "zh", "--json"))
    assert made == {"site": str(folder), "name": "市第一医院", "zone": "Asia/Shanghai", "lang": "zh"}
    assert settings.read(folder).site.name == "市第一医院"
    (folder.parent / "file").touch()
    failed = here("init", str(folder.parent / "file" / "site"))
    assert failed.code != 0
    assert "Traceback" not in failed.err


def free_port() -> int:
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        return asked.getsockname()[1]


@pytest.fixture
def served(sites: Sites, tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """A site whose gRPC daemon runs as `yiji serve rpc`: its folder and address."""
    port = free_port()
    root = sites.make(tmp_path / "served", f"[rpc]\nport = {port}\n")
    with (tmp_path / "serve.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "yiji.cli", "serve", "rpc"], cwd=root, env=surroundings(), stdout=log, stderr=log
        )
    deadline = time.monotonic() + 60
    while not (root / "run" / "rpc.json").exists():
        assert process.poll() is None, (tmp_path / "serve.log").read_text()
        assert time.monotonic() < deadline
        time.sleep(0.05)
    yield root, f"127.0.0.1:{port}"
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=20) == 0
    assert not (root / "run" / "rpc.pid").exists()


def test_a_server_answers_like_the_site_itself(here: Run, served: tuple[Path, str]):
    root, address = served
    with open_app(root) as app:
        token = app.operator_token()
    asked = ("--server", address, "--token", token, "--json")
    added = told(here("user", "add", "wang", "--role", "doctor", "--full-name", "王喆", *asked))
    assert added["full_name"] == "王喆"
    assert told(here("user", "list", "--json", YIJI_SERVER=address, YIJI_TOKEN=token)) == told(
        here("user", "list", "--json", cwd=root)
    )
    assert here("user", "token", "nobody", *asked).code == 3
    unsigned = here("user", "list", "--server", address, "--lang", "zh")
    assert unsigned.code == 6
    assert "core.not_signed_in" in unsigned.err
    assert here("db", "upgrade", *asked).code == 11


def test_a_server_that_is_not_there(here: Run):
    done = here("user", "list", "--server", f"127.0.0.1:{free_port()}", "--token", "x", "--lang", "zh")
    assert done.code == 10
    assert "core.server_unavailable" in done.err
