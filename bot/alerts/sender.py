"""The row that a product is, and what the rows share."""

import hashlib
import hmac
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from msgspec import Struct

from bot.domain.alerts import LABEL_CHARS_MAX, LABELS_MAX, TITLE_CHARS_MAX, Alert
from bot.domain.values import Seconds

ID_CHARS_MAX = 200
Headers = Mapping[str, str]


class Forged(Exception):
    """The request does not prove that it comes from who has the secret."""


class Unreadable(Exception):
    """The body is not what this product sends; the text is one sentence for whoever set it up."""


class Sender(Struct, frozen=True):
    """A product. `path` is where it sends to.

    `verify` takes headers, body, the secrets (two while one is rotated) and the time, and raises Forged.
    `delivery` gives the id under which a message is known when it is sent again. `read` raises Unreadable.
    """

    name: str
    path: str
    verify: Callable[[Headers, bytes, tuple[str, ...], Seconds], None]
    delivery: Callable[[Headers, bytes], str]
    read: Callable[[bytes], tuple[Alert, ...]]
    content_types: tuple[str, ...] = ("application/json",)


def bearer(headers: Headers, _body: bytes, secrets: tuple[str, ...], _now: Seconds) -> None:
    """Compare `Authorization: Bearer TOKEN`. Raises Forged."""
    scheme, _, token = headers.get("Authorization", "").partition(" ")
    given = token.strip().encode("utf-8", "surrogateescape")
    right = [hmac.compare_digest(given, secret.encode()) for secret in secrets]
    if scheme.lower() != "bearer" or not any(right):
        raise Forged("The header `Authorization: Bearer …` does not carry the token.")


def hex_digest(secret: str, body: bytes) -> str:
    """Give the HMAC-SHA256 of a body as hexadecimal digits."""
    return hmac.digest(secret.encode(), body, hashlib.sha256).hex()


def is_any(given: list[str], expected: list[str]) -> bool:
    """Whether one of the given signatures is right; the time taken tells nothing."""
    pairs = [
        hmac.compare_digest(one.encode("utf-8", "surrogateescape"), other.encode())
        for one in given
        for other in expected
    ]
    return any(pairs)


def by_content(_headers: Headers, body: bytes) -> str:
    """Know a message by its content, where its product gives it no id."""
    return hashlib.sha256(body).hexdigest()[:32]


def labels_of(pairs: Mapping[str, Any]) -> dict[str, str]:
    """Take labels, within limits; what is no text is none."""
    taken = [(name, value) for name, value in pairs.items() if isinstance(value, str)]
    return {name[:LABEL_CHARS_MAX]: value[:LABEL_CHARS_MAX] for name, value in taken[:LABELS_MAX]}


def title_of(text: str | None) -> str:
    """Take a title within its limit."""
    return (text or "an alert without a name").strip()[:TITLE_CHARS_MAX]


def time_of(text: str | None) -> Seconds | None:
    """Read an RFC 3339 time; None = there is none, or it cannot be read."""
    try:
        read = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return read.timestamp() if read.tzinfo is not None and read.year > 1 else None
