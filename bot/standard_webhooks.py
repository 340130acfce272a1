"""Signs and verifies requests between programs by the Standard Webhooks specification.

Used by deployers that report to us, by us when we call deployers, and by senders of CloudEvents. Pure: the
time is handed in. A key must never show up in a repr, and no comparison may take longer the closer it gets.
"""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

SECRET_PREFIX = "whsec_"  # noqa: S105 - the public mark of a secret, not one
KEY_BYTES_MIN = 24
TOLERANCE_SECONDS = 300
SIGNATURES_MAX = 20

_ID = re.compile(r"[!-~]{1,100}")
_TIMESTAMP = re.compile(r"0|[1-9][0-9]{0,11}")


class NotVerified(Exception):
    """The request is not signed by anybody who has the key, or not recently."""


class Key:
    """A signing key; shown by nothing."""

    __slots__ = ("_bytes",)

    def __init__(self, secret: bytes) -> None:
        self._bytes = secret

    @classmethod
    def parse(cls, text: str) -> "Key":
        """Read `whsec_` + base64 of at least 24 bytes. Raises ValueError that does not quote the text."""
        if not text.startswith(SECRET_PREFIX):
            raise ValueError(f"does not begin with {SECRET_PREFIX}")
        written = text[len(SECRET_PREFIX) :]
        try:
            secret = base64.b64decode(written, validate=True)
        except (binascii.Error, ValueError) as error:
            raise ValueError(f"is not base64 after {SECRET_PREFIX}") from error
        if base64.b64encode(secret).decode() != written:  # Python lets some padding pass that others do not
            raise ValueError(f"is not base64 after {SECRET_PREFIX}")
        if len(secret) < KEY_BYTES_MIN:
            raise ValueError(f"holds {len(secret)} bytes where at least {KEY_BYTES_MIN} are needed")
        return cls(secret)

    def sign(self, webhook_id: str, timestamp: int, body: bytes) -> str:
        """Give one signature, `v1,` + base64 of the HMAC-SHA256 of `id.timestamp.body`."""
        content = f"{webhook_id}.{timestamp}.".encode() + body
        return "v1," + base64.b64encode(hmac.digest(self._bytes, content, hashlib.sha256)).decode()

    def __repr__(self) -> str:
        return "Key(hidden)"


class Signed(NamedTuple):
    """The three headers, as they are sent."""

    webhook_id: str
    timestamp: str
    signatures: str


def headers_of(keys: Sequence[Key], webhook_id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """Give the headers of a request, with one signature for each key (two while one is rotated)."""
    return {
        "webhook-id": webhook_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(key.sign(webhook_id, timestamp, body) for key in keys),
    }


def signed_headers(headers: Mapping[str, str]) -> Signed:
    """Read the three headers. Raises NotVerified where one is missing or malformed."""
    webhook_id = headers.get("webhook-id", "")
    timestamp = headers.get("webhook-timestamp", "")
    signatures = headers.get("webhook-signature", "")
    if not _ID.fullmatch(webhook_id):
        raise NotVerified("webhook-id is missing or malformed")
    if not _TIMESTAMP.fullmatch(timestamp):
        raise NotVerified("webhook-timestamp is missing or no number of seconds")
    if not signatures:
        raise NotVerified("webhook-signature is missing")
    return Signed(webhook_id, timestamp, signatures)


def verify(keys: Iterable[Key], signed: Signed, body: bytes, now: float) -> None:
    """Check that one of the signatures was made with one of the keys, within 300 s of `now`.

    Every key is tried against every signature, so that the time taken tells nothing. Raises NotVerified.
    """
    if abs(now - int(signed.timestamp)) > TOLERANCE_SECONDS:
        raise NotVerified(f"webhook-timestamp is more than {TOLERANCE_SECONDS} s away from our clock")
    given = [text.encode("utf-8", "surrogateescape") for text in signed.signatures.split()[:SIGNATURES_MAX]]
    expected = [key.sign(signed.webhook_id, int(signed.timestamp), body).encode() for key in keys]
    matches = [hmac.compare_digest(one, other) for one in given for other in expected]
    if not any(matches):
        raise NotVerified("no signature in webhook-signature is made with the shared secret")
