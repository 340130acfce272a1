"""What was sent to us, as people may read it: indented, cut to size, and without what opens doors.

Slack's requests hold addresses and tokens with which anybody could answer in our name. Must never show
one, nor a body that cannot be searched for them.
"""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

import msgspec

from bot.domain.tokens import TOKENS

SHOWN_CHARS_MAX = 20_000
HIDDEN = "(hidden)"
_FORM_FIELDS_MAX = 200
_DEPTH_MAX = 40
_NAMES = re.compile(
    r"(?:.*_)?(?:tokens?|secrets?|passwords?|authorization|private_key|response_urls?|trigger(?:_id)?)",
    re.IGNORECASE,
)
_DOORS = re.compile(r"https://hooks\.slack\.com/\S+")


def masked(value: Any, depth: int = 0) -> Any:
    """Give plain data without secrets: what their names give away, and what looks like one."""
    if isinstance(value, str):
        return TOKENS.sub(HIDDEN, _DOORS.sub(HIDDEN, value))
    if depth > _DEPTH_MAX:
        return "…"
    if isinstance(value, Mapping):
        return {name: _field(str(name), inner, depth) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [masked(each, depth + 1) for each in value]
    return value


def _field(name: str, value: Any, depth: int) -> Any:
    return HIDDEN if value and is_secret(name) else masked(value, depth + 1)


def is_secret(name: str) -> bool:
    """Whether a field of this name holds something that nobody may see."""
    return _NAMES.fullmatch(name) is not None


def readable(value: Any) -> str:
    """Write data as indented JSON, without secrets, cut to size."""
    plain = masked(msgspec.to_builtins(value, str_keys=True))
    text = msgspec.json.format(msgspec.json.encode(plain), indent=2).decode("utf-8", "replace")
    return cut(text)


def cut(text: str) -> str:
    """Cut text to what a page can bear, and say so."""
    if len(text) <= SHOWN_CHARS_MAX:
        return text
    return f"{text[:SHOWN_CHARS_MAX]}\n… and {len(text) - SHOWN_CHARS_MAX} characters more"


def body(raw: bytes, content_type: str) -> str:
    """Write a delivery's body: JSON, or a form with JSON in it, else a sentence that says why not."""
    try:
        if content_type.partition(";")[0].strip().lower() == "application/x-www-form-urlencoded":
            return readable(_form(raw))
        return readable(msgspec.json.decode(raw))
    except (ValueError, RecursionError, msgspec.MsgspecError):
        return f"{len(raw)} bytes that are neither JSON nor a form; they are kept, and not shown."


def _form(raw: bytes) -> dict[str, Any]:
    pairs = parse_qsl(raw.decode(), keep_blank_values=True, max_num_fields=_FORM_FIELDS_MAX, errors="strict")
    fields: dict[str, Any] = dict(pairs)
    if "payload" in fields:
        fields["payload"] = msgspec.json.decode(fields["payload"])
    return fields
