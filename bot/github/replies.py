"""One reply of GitHub and how it is read: its message, its numbers.

It must never raise: a proxy or an old server may have written it.
"""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

import msgspec

MESSAGE_LENGTH_MAX = 500


class Reply(NamedTuple):
    """What GitHub answered; the names of headers are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def message_of(reply: Reply) -> str:
    """Give GitHub's message with the entries of `errors`; empty where there is none."""
    try:
        document = msgspec.json.decode(reply.body)
    except msgspec.DecodeError:
        return ""
    if not isinstance(document, dict):
        return ""
    errors = document.get("errors")
    entries = errors if isinstance(errors, list) else [errors] if errors else []
    parts = [str(document.get("message") or ""), ", ".join(map(_entry, entries))]
    return ": ".join(part for part in parts if part)[:MESSAGE_LENGTH_MAX]


def number(reply: Reply, header: str) -> float | None:
    """Read a header that is a whole number; None for anything else."""
    text = reply.headers.get(header, "").strip()
    return float(text) if re.fullmatch(r"[0-9]{1,12}", text) else None


def _entry(error: Any) -> str:
    if not isinstance(error, dict):
        return str(error)
    if error.get("message"):
        return str(error["message"])
    return " ".join(str(error[key]) for key in ("resource", "field", "code") if error.get(key))
