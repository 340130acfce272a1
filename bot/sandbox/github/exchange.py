"""One exchange with the API: the request, the answer, and a refusal in GitHub's words.

It must never know what a request is about.
"""

import json
from dataclasses import dataclass, field
from typing import Any, TypeAlias
from urllib.parse import parse_qsl

Json: TypeAlias = dict[str, Any]

DOCUMENTATION = "https://docs.github.com/rest"


@dataclass(slots=True)
class ApiRequest:
    """What a client sent: `path` still percent-encoded and with its query, header names in lower case."""

    method: str
    path: str
    headers: dict[str, str] = field(default_factory=dict, repr=False)
    body: bytes = b""

    @property
    def route(self) -> str:
        """The path without its query."""
        return self.path.partition("?")[0]

    @property
    def query(self) -> dict[str, str]:
        """The query's parameters; of a repeated one the last."""
        return dict(parse_qsl(self.path.partition("?")[2], keep_blank_values=True))


@dataclass(slots=True)
class ApiResponse:
    """What the client gets. `lost`: the connection breaks instead; `delay_seconds`: how long it takes."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    lost: bool = False
    delay_seconds: float = 0.0

    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


class Refusal(Exception):
    """An answer that is an error, as GitHub words it."""

    def __init__(
        self, status: int, message: str, *, headers: dict[str, str] | None = None, **more: Any
    ) -> None:
        super().__init__(f"{status} {message}")
        self.status = status
        self.headers = headers or {}
        self.payload: Json = {
            "message": message,
            **more,
            "documentation_url": DOCUMENTATION,
            "status": str(status),
        }


def not_found() -> Refusal:
    """What GitHub says of a thing that is not there, or that the caller may not see."""
    return Refusal(404, "Not Found")


def invalid(resource: str, field_name: str, code: str, message: str | None = None) -> Refusal:
    """A 422 with one entry in `errors`."""
    entry = {"resource": resource, "field": field_name, "code": code}
    if message:
        entry["message"] = message
    return Refusal(422, "Validation Failed", errors=[entry])


def parse_object(body: bytes) -> Json:
    """A request's body as a JSON object; an empty one counts as `{}`, anything else is a 400."""
    if not body:
        return {}
    try:
        parsed = json.loads(body)
    except ValueError:
        raise Refusal(400, "Problems parsing JSON") from None
    if not isinstance(parsed, dict):
        raise Refusal(400, "Body should be a JSON object")
    return parsed


def encode(payload: Any) -> bytes:
    """Compact JSON, as GitHub sends it."""
    return json.dumps(payload, separators=(",", ":"), ensure_ascii=False).encode()
