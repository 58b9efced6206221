"""Blobs, migrations and the signal codec."""

import zlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import String, text
from sqlmodel import AutoString

from yiji.core import signal
from yiji.core.app import App
from yiji.core.errors import BlobDamaged, NotFound
from yiji.core.plug import Handles, Migrations, resolve
from yiji.core.store import migrate
from yiji.core.store.blobs import SMALL
from yiji.core.store.db import Store
from yiji.core.store.entity import METADATA

PLAN_MODE = "plan_cache_mode"


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


def test_what_is_asked_often_is_planned_once_beside_the_options_of_the_address(app: App) -> None:
    own = app.store.engine.url.update_query_dict({"options": "-c statement_timeout=12345"})
    store = Store(app.settings, app.plugins, own.render_as_string(hide_password=False))
    try:
        for opened, mode in ((store.begin(), "auto"), (store.begin(often=True), "force_generic_plan")):
            with opened as tx:
                shown = [tx.db.execute(text(f"SHOW {name}")).scalar_one() for name in ("statement_timeout", PLAN_MODE)]
            assert shown == ["12345ms", mode]
    finally:
        store.close()


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
    with pytest.raises((ValueError, zlib.error)):
        signal.decode(signal.encode(trace)[:-40])


def _recorded(size: int) -> signal.Recording:
    counts = np.random.default_rng(3).integers(-900, 900, (size, 3)).astype(np.int16)
    counts[10:20, 1] = -32768
    return signal.Recording("ecg", ("V1", "II", "V9"), 250.0, counts, "made", np.array([0.001, 0.002, 0.004]),
                            np.array([0.0, 0.5, 0.0]), -32768)  # fmt: skip


def test_a_recordings_trace_is_cut_without_being_made():
    trace = _recorded(3000).trace
    assert (trace.leads, trace.size, trace.seconds, trace.rate) == (("II", "V1", "V9"), 3000, 12.0, 250.0)
    cuts = [trace.cut(lead, 5, 900) for lead in trace.leads]
    assert "samples" not in vars(trace)
    assert np.array_equal(np.stack(cuts), trace.samples[:, 5:900], equal_nan=True)
    assert np.isnan(trace.samples[0, 10:20]).all()
    assert np.array_equal(trace.cut("V1", 5, 900), cuts[1], equal_nan=True)
    with pytest.raises(KeyError):
        trace.cut("I", 0, 1)
    other = replace(trace, samples=trace.samples[:, :100])
    assert (other.size, other.cut("II", 0, 500).size) == (100, 100)


def test_a_trace_is_packed_stretch_by_stretch_as_it_is_in_one(monkeypatch: pytest.MonkeyPatch):
    whole = signal.decode(signal.encode(_recorded(3000).trace)).samples
    monkeypatch.setattr(signal, "STRETCH", 257)
    trace = _recorded(3000).trace
    parts = signal.decode(signal.encode(trace))
    assert "samples" not in vars(trace)
    assert parts.leads == trace.leads
    assert np.array_equal(parts.samples, whole)
    assert np.abs(whole - np.nan_to_num(trace.samples)).max() <= 0.00051
    assert (whole[0, 10:20] == 0).all()


def test_a_mapped_recording_reads_the_same_after_it_was_let_go(tmp_path: Path):
    counts = np.arange(60_000, dtype=np.int16).reshape(-1, 2)
    counts.tofile(tmp_path / "counts")
    mapped = np.memmap(tmp_path / "counts", np.int16, "r").reshape(-1, 2)
    recording = signal.Recording("ecg", ("I", "II"), 250.0, mapped, "made")
    for _ in range(2):
        blocks = np.concatenate([block for _, block in recording.blocks(7.0)])
        assert np.array_equal(blocks, counts)
    private = np.memmap(tmp_path / "counts", np.int16, "c").reshape(-1, 2)
    private[:] = 7  # what is not in the file must not be lost
    assert all((block == 7).all() for _, block in replace(recording, counts=private).blocks(7.0))
