"""Signs and checks messages the way of Standard Webhooks ("Standard Webhooks specification").

Must never read a clock, and never tell which of several secrets or signatures was the wrong one.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping
from random import Random

SECRET_PREFIX = "whsec_"
KEY_BYTES_MIN = 24
TOLERANCE_SECONDS = 300


def make_secret(random: Random) -> str:
    """A fresh secret in the form that both sides take."""
    return SECRET_PREFIX + base64.b64encode(random.randbytes(KEY_BYTES_MIN)).decode()


def key_of(secret: str) -> bytes:
    """The key in a secret; ValueError when it is no `whsec_` and base64 of at least 24 bytes."""
    try:
        key = base64.b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
    except binascii.Error as error:
        raise ValueError("the secret is no base64") from error
    if not secret.startswith(SECRET_PREFIX) or len(key) < KEY_BYTES_MIN:
        raise ValueError(f"a secret is {SECRET_PREFIX} and base64 of at least {KEY_BYTES_MIN} bytes")
    return key


def signed_headers(secret: str, message_id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """The three headers of a message sent at `timestamp` (seconds since 1970)."""
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": "v1," + _digest(secret, message_id, timestamp, body),
    }


def signature_problem(secret: str, headers: Mapping[str, str], body: bytes, now: float) -> str:
    """What is wrong with a message's signature, or an empty text; header names are lower case."""
    missing = [
        name for name in ("webhook-id", "webhook-timestamp", "webhook-signature") if not headers.get(name)
    ]
    if missing:
        return f"missing header: {', '.join(missing)}"
    stamp = headers["webhook-timestamp"]
    if not (stamp.isascii() and stamp.isdigit()):
        return "webhook-timestamp is no whole number"
    if abs(now - int(stamp)) > TOLERANCE_SECONDS:
        return f"webhook-timestamp is more than {TOLERANCE_SECONDS} s off"
    expected = f"v1,{_digest(secret, headers['webhook-id'], int(stamp), body)}".encode()
    given = headers["webhook-signature"].split(" ")
    matches = any(hmac.compare_digest(expected, one.encode()) for one in given)
    return "" if matches else "no signature matches"


def _digest(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    signed = b"%s.%d.%s" % (message_id.encode(), timestamp, body)
    return base64.b64encode(hmac.new(key_of(secret), signed, hashlib.sha256).digest()).decode()
