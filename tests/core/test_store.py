"""Blobs, migrations and the signal codec."""

from pathlib import Path

import numpy as np
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import String
from sqlmodel import AutoString

from yiji.core import signal
from yiji.core.app import App
from yiji.core.errors import BlobDamaged, NotFound
from yiji.core.plug import Handles, Migrations, resolve
from yiji.core.store import migrate
from yiji.core.store.blobs import SMALL
from yiji.core.store.entity import METADATA


@pytest.mark.parametrize("size", [0, 10, SMALL, SMALL + 1, 300_000])
def test_a_blob_comes_back(app: App, size: int) -> None:
    data = bytes(index % 251 for index in range(size))
    with app.store.begin() as tx:
        name = tx.blobs.put(data)
        assert tx.blobs.put(data) == name
    with app.store.begin() as tx:
        assert tx.blobs.get(name) == data


def test_a_damaged_blob_is_never_given_out(app: App) -> None:
    with app.store.begin() as tx:
        name = tx.blobs.put(bytes(SMALL + 1))
        path = tx.blobs.path(name)
        path.write_bytes(b"x" + path.read_bytes()[1:])
        with pytest.raises(BlobDamaged):
            tx.blobs.get(name)
        with pytest.raises(NotFound):
            tx.blobs.get("0" * 64)


def _differs(context: object, kept: object, told: object, kept_type: object, told_type: object) -> bool | None:
    """Text is text, whatever SQLModel calls it; other types are compared as Alembic does."""
    return False if isinstance(kept_type, String) and isinstance(told_type, String | AutoString) else None


def test_migrations_say_the_same_as_the_tables(app: App) -> None:
    """The migrated database has exactly the tables that the entities describe, for every wing."""
    for route in app.routes.values():
        resolve(route.handles.target)
    with app.store.engine.connect() as db:
        context = MigrationContext.configure(db, opts={"compare_type": _differs})
        assert compare_metadata(context, METADATA) == []
    assert migrate.pending(app.store) == []


def test_every_branch_is_named_after_its_wing(app: App) -> None:
    for record in app.plugins.records(Migrations):
        assert record.package.split(".")[-2] == record.branch


def test_no_message_is_handled_twice(app: App) -> None:
    named = [record.message for record in app.plugins.records(Handles)]
    assert len(named) == len(set(named))


def test_a_trace_survives_its_blob(tmp_path: Path) -> None:
    rng = np.random.default_rng(7)
    samples = np.cumsum(rng.normal(0, 0.05, (12, 5000)), axis=1).astype(np.float32)
    trace = signal.Trace(tuple(f"L{number}" for number in range(12)), 500.0, samples)
    again = signal.decode(signal.encode(trace))
    assert again.leads == trace.leads
    assert again.rate == 500.0
    assert np.max(np.abs(again.samples - samples)) <= 0.00051
    with pytest.raises(ValueError, match="not a trace"):
        signal.decode(b"nonsense")
