"""Sealing: a keyed hash over what was signed, by whom and when.

The sealed text is kept as it was, so that a report stays verifiable when the contract later gains fields. A keyed hash
shows that nobody without the site's secret changed a report; it does not bind the doctor as a certificate does. A
hospital with certificates brings its own seal by the hook `reports_seals`.
"""

import hashlib
import hmac
import json
from datetime import datetime
from typing import Any

from yiji.core.contract.report import ReportBody
from yiji.core.plug import resolve
from yiji.core.plug.manager import Plugins
from yiji.core.settings import Settings
from yiji.reports.errors import UnknownSeal
from yiji.reports.hooks import ReportSeal

SM3 = "HMAC-SM3"
SHA256 = "HMAC-SHA256"
_DIGESTS = {SM3: "sm3", SHA256: "sha256"}


def own_seals() -> tuple[ReportSeal, ...]:
    """Return our seals, SM3 (GB/T 32905, recalled) first where this Python's OpenSSL has it."""
    methods = [method for method, digest in _DIGESTS.items() if digest in hashlib.algorithms_available]
    here = "yiji.reports.signing.seal"
    return tuple(ReportSeal(one, f"{here}:sign_{_DIGESTS[one]}", f"{here}:verify_{_DIGESTS[one]}") for one in methods)


def content(report_id: str, revision: int, body: ReportBody, method: str, signer: str, name: str, at: datetime) -> str:
    """Return the text that is sealed: canonical JSON (sorted keys, no blanks) of the body, signer and time."""
    told: dict[str, Any] = {
        "report": report_id,
        "revision": revision,
        "body": body.model_dump(mode="json"),
        "method": method,
        "signer": signer,
        "signer_name": name,
        "signed_at": at.isoformat(),
    }
    return json.dumps(told, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def page_content(value: str, pdf: str) -> str:
    """Return the text that binds a drawn page (its SHA-256) to a seal; the page itself bears the seal's value."""
    return f"{value}:{pdf}"


def _hmac(text: bytes, settings: Settings, digest: str) -> str:
    key = hmac.new(settings.secret, b"yiji report seal 1", "sha256").digest()
    return hmac.new(key, text, digest).hexdigest()


def sign_sm3(text: bytes, settings: Settings) -> str:
    """Return the HMAC-SM3 of a text under the site's key."""
    return _hmac(text, settings, "sm3")


def verify_sm3(text: bytes, value: str, settings: Settings) -> bool:
    """Return whether `value` is the HMAC-SM3 of a text."""
    return hmac.compare_digest(sign_sm3(text, settings), value)


def sign_sha256(text: bytes, settings: Settings) -> str:
    """Return the HMAC-SHA-256 of a text under the site's key."""
    return _hmac(text, settings, "sha256")


def verify_sha256(text: bytes, value: str, settings: Settings) -> bool:
    """Return whether `value` is the HMAC-SHA-256 of a text."""
    return hmac.compare_digest(sign_sha256(text, settings), value)


def chosen(plugins: Plugins, method: str) -> ReportSeal:
    """Return the seal of that method, the best of ours for an empty name; raises `UnknownSeal`."""
    offered: list[ReportSeal] = plugins.hook("reports_seals")
    wanted = method or own_seals()[0].method
    for one in offered:
        if one.method == wanted:
            return one
    raise UnknownSeal(method=method, known=", ".join(one.method for one in offered))


def sign(seal: ReportSeal, text: str, settings: Settings) -> str:
    """Return the seal's value over a text."""
    return resolve(seal.sign)(text.encode(), settings)


def verify(seal: ReportSeal, text: str, value: str, settings: Settings) -> bool:
    """Return whether a seal's value fits a text."""
    return resolve(seal.verify)(text.encode(), value, settings)
