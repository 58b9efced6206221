"""The audit chain: it grows, it verifies, and it breaks where somebody was at it."""

import hashlib
import json
from datetime import UTC

import pytest
from sqlalchemy import text

from yiji.core.app import App
from yiji.core.contract.access import AddUser
from yiji.core.errors import AuditBroken
from yiji.core.store import audit
from yiji.core.store.bulk import Writes
from yiji.core.store.tables import AuditRow


def _work(app: App, count: int) -> None:
    bus = app.bus_as(app.operator_token())
    for number in range(count):
        bus.ask(AddUser(name=f"u{number}", full_name="U", roles=("doctor",)))


def _seal(app: App) -> int:
    with app.store.begin() as tx:
        return audit.seal(tx.db, app.settings.root)


def _verify(app: App) -> audit.AuditReport:
    with app.store.begin() as tx:
        return audit.verify(tx.db, app.settings.root)


def test_the_chain_grows_and_verifies(app: App) -> None:
    _work(app, 3)
    assert _verify(app).waiting == 3
    assert _seal(app) == 3
    _work(app, 2)
    assert _seal(app) == 2
    report = _verify(app)
    assert (report.sealed, report.waiting) == (5, 0)


@pytest.mark.parametrize(
    "harm",
    [
        "UPDATE core_audit SET actor = 'nobody' WHERE position = 2",
        "DELETE FROM core_audit WHERE position = 2",
        "DELETE FROM core_audit WHERE position = 4",
        "DELETE FROM core_audit WHERE position > 2",
    ],
)
def test_harm_is_seen(app: App, harm: str) -> None:
    _work(app, 4)
    _seal(app)
    with app.store.begin() as tx:
        tx.db.execute(text(harm))
    with pytest.raises(AuditBroken):
        _verify(app)


def test_only_one_seals_at_a_time(app: App) -> None:
    _work(app, 2)
    with app.store.begin() as tx:
        assert audit.seal(tx.db, app.settings.root) == 2
        assert _seal(app) == 0
    assert _verify(app).sealed == 2


TEXTS = ["plain", "", 'a "quote" and a \\', "line\nand\ttab", "\x01\x1f\x7f", "欧阳镕昇 é 𠮷", "\u2028</script>"]


def test_a_digest_is_sm3_of_the_one_before_and_the_leaf_as_json(app: App) -> None:
    """The chains that are there must verify for ever: the bytes are those of `json.dumps`, whatever a leaf holds."""
    leaves = [
        {"actor": one, "message": one[::-1], "subject": one, "outcome": "ok", "body_hash": one.encode()}
        for one in TEXTS
    ]
    with app.store.begin() as tx:
        writes = Writes()
        audit.add(writes, leaves)
        writes.write(tx.db)
    assert _seal(app) == len(TEXTS)
    with app.store.begin() as tx:
        rows = tx.db.execute(AuditRow.table().select().order_by(text("position"))).all()
    before = bytes(32)
    for row, told in zip(rows, TEXTS, strict=True):
        at = row.at.astimezone(UTC).isoformat()
        leaf = json.dumps([row.seq, at, told, told[::-1], told, "ok", told.encode().hex()], ensure_ascii=False)
        before = hashlib.new("sm3", before + leaf.encode()).digest()
        assert row.digest == before
