"""A site with examinations on its worklist, and real recordings made for them."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from yiji.core.app import App
from yiji.core.contract.order import OrderBrief
from yiji.core.contract.patient import Identifier, PatientBrief, Sex
from yiji.core.contract.recording import ListExamination, WorklistEntry
from yiji.core.message import Request
from yiji_sim.cart import addressed, as_bytes, real_recording

Ask = Callable[[Request[Any]], Any]
Make = Callable[..., bytes]


@pytest.fixture
def ask(app: App) -> Ask:
    """Ask the site's bus as its operator."""
    return app.bus_as(app.operator_token()).ask


def brief(number: int = 1) -> OrderBrief:
    """An order item of patient `number`."""
    patient = PatientBrief(
        id=f"pat-{number}",
        name="欧阳镕昇",
        sex=Sex.MALE,
        identifiers=(
            Identifier(system="HIS", value=f"V{number}", type="VN"),
            Identifier(system="HIS", value=f"P{number}"),
        ),
    )
    return OrderBrief(
        order_id=f"ord-{number}",
        item_id=f"itm-{number}",
        accession_number=f"2603020000{number:04}",
        placer_number=f"N{number}",
        sender="HIS",
        patient=patient,
        exam_code="ECG12",
        exam_name="十二导联心电图",
        department="ECG",
        modality="ECG",
    )


def listing(number: int = 1, hours: float = 1.0, **changes: Any) -> ListExamination:
    """Put examination `number` on the worklist of ECG-1."""
    starts = datetime(2026, 3, 2, 1, tzinfo=UTC) + timedelta(hours=hours)
    return ListExamination(**({"order": brief(number), "station": "ECG-1", "starts_at": starts} | changes))


@pytest.fixture
def make() -> Make:
    """Return what a cart writes: the real recording, addressed to a worklist entry, with changes."""

    def made(entry: WorklistEntry, change: Callable[[Any], None] | None = None, second: int = 0) -> bytes:
        dataset: Any = addressed(real_recording(), entry, datetime(2026, 3, 2, 9, 30, second, tzinfo=UTC), "GB18030")
        if change:
            change(dataset)
        return as_bytes(dataset)

    return made


def flatten(dataset: Any) -> None:
    """Make all leads flat."""
    item = dataset.WaveformSequence[0]
    item.WaveformData = bytes(len(item.WaveformData))
