"""What is attached to a page for machines: every number that it shows, with its code, method and rule."""

import json
import math
from typing import Any, cast

from yiji.core.contract.report import Report, ReportBody
from yiji.reports.writing.template import Template

SCHEMA = "yiji-report 1"
_FROM_BODY = frozenset(
    {"recording_id", "trace", "device", "measurements", "findings", "lead_measures", "beats", "classes"}
)


def record(report: Report | ReportBody, template: Template) -> bytes:
    """Return the record as JSON: the same report gives the same bytes, and a number that is none is null.

    Signals, which the page shows as curves, are left out; ``trace`` is the hash of what they were drawn from.
    """
    body = report.body if isinstance(report, Report) else report
    told = body.model_dump(mode="json", include=set(_FROM_BODY) | {"holter", "median"}, exclude_defaults=True)
    layout = template.layout
    told |= {
        "schema": SCHEMA,
        "accession_number": body.order.accession_number,
        "template": template.name,
        "scale": {"mm_per_second": layout.speed, "mm_per_millivolt": layout.gain},
        "recorded_at": body.recorded_at.isoformat() if body.recorded_at else None,
    }
    if isinstance(report, Report):
        told |= {"report_id": report.id, "revision": report.revision, "state": report.state.value}
    return json.dumps(_plain(told), ensure_ascii=False, sort_keys=True, allow_nan=False).encode()


def _plain(value: Any) -> Any:
    """Leave out signals, and turn what JSON has no number for into null."""
    if isinstance(value, dict):
        items = cast(dict[str, Any], value).items()
        return {key: _plain(one) for key, one in items if key not in ("microvolts", "trends")}
    if isinstance(value, list):
        return [_plain(one) for one in cast(list[Any], value)]
    return None if isinstance(value, float) and not math.isfinite(value) else value
