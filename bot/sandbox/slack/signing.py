"""Signs what the simulated Slack sends, the way Slack does ("Verifying requests from Slack").

Must never read a clock: the timestamp is handed in, so that stale signatures can be made on purpose.
"""

import hashlib
import hmac


def signature(secret: str, timestamp: int, body: bytes) -> str:
    """The `X-Slack-Signature` of a body sent at `timestamp` (seconds since 1970)."""
    signed = b"v0:%d:%s" % (timestamp, body)
    return "v0=" + hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()


def signature_headers(secret: str, timestamp: int, body: bytes) -> dict[str, str]:
    """Both headers that let a receiver check who sent this body, and when."""
    return {
        "X-Slack-Request-Timestamp": str(timestamp),
        "X-Slack-Signature": signature(secret, timestamp, body),
    }
