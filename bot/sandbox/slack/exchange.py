"""The values that cross the edge of a simulated service: what was asked, what is answered.

They carry bytes and headers only, so that the same world answers over a socket and inside a simulation.
They must never hold an open connection, a clock or anything of a web framework.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]
JSON_TYPE = "application/json; charset=utf-8"
FORM_TYPE = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class Request:
    """One request that reached the service; header names are lower case."""

    method: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    query: str = ""


@dataclass(frozen=True, slots=True)
class Response:
    """One answer. `delay_seconds` is waited first; `cut` closes the connection instead of answering."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    delay_seconds: float = 0.0
    cut: bool = False

    @property
    def document(self) -> Json:
        """The body as a JSON object; ValueError when it is none."""
        found = json.loads(self.body)
        if not isinstance(found, dict):
            raise ValueError("the answer is no JSON object")
        return found


class SlackError(Exception):
    """A refusal in Slack's own words: HTTP 200 with `ok: false` and this code."""

    def __init__(self, code: str, **details: object) -> None:
        super().__init__(code)
        self.code = code
        self.details = details


def json_response(document: object, status: int = 200) -> Response:
    """An answer whose body is this document as JSON."""
    return Response(status, json.dumps(document).encode(), {"content-type": JSON_TYPE})


def text_response(text: str, status: int = 200) -> Response:
    """An answer whose body is this text."""
    return Response(status, text.encode(), {"content-type": "text/plain; charset=utf-8"})
