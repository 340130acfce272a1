"""One call of a Web API method: its arguments, however they were sent ("Using the Slack Web API").

Slack takes arguments as a form, in the query, or as JSON with a bearer token; inside a form, lists and
objects are JSON texts. Must never look at what the arguments mean.
"""

import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from bot.sandbox.slack.exchange import Json, Request, SlackError

JSON_KIND = "application/json"


@dataclass(slots=True)
class Call:
    """A method and its arguments; `at` is the world's time, `answer` is `ok` or the error's code."""

    method: str
    arguments: Json
    token: str | None = field(default=None, repr=False)
    at: float = 0.0
    answer: str = ""
    as_json: bool = False

    def text(self, name: str, default: str = "") -> str:
        """An argument as text."""
        value = self.arguments.get(name)
        return default if value is None else str(value)

    def required(self, name: str, error: str) -> str:
        """An argument that has to be there; SlackError with this code."""
        value = self.text(name)
        if not value:
            raise SlackError(error)
        return value

    def flag(self, name: str) -> bool:
        """An argument as yes or no, as a form or JSON spells it."""
        return self.arguments.get(name) in (True, "true", "True", "1", 1)

    def number(self, name: str, default: int) -> int:
        """An argument as a whole number; SlackError `invalid_arguments`."""
        try:
            return int(self.arguments.get(name, default))
        except (TypeError, ValueError) as error:
            raise SlackError("invalid_arguments", detail=f"{name} must be a number") from error

    def structure(self, name: str, error: str) -> Any:
        """A list or object, sent as such or as JSON text; None when absent. SlackError with this code."""
        value = self.arguments.get(name)
        if not isinstance(value, str):
            return value
        if not value:
            return None
        try:
            return json.loads(value)
        except ValueError as trouble:
            raise SlackError(error, detail=f"{name} is no JSON") from trouble


def read_call(request: Request, at: float) -> Call:
    """The call in a request; SlackError when the body is not what its content type says."""
    method = request.path.removeprefix("/api/").strip("/")
    arguments: Json = dict(parse_qsl(request.query, keep_blank_values=True)) | _body_arguments(request)
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    bearer = token.strip() if scheme.lower() == "bearer" else None
    form_token = arguments.pop("token", None)
    return Call(method, arguments, bearer or form_token, at, as_json=_kind(request) == JSON_KIND)


def _body_arguments(request: Request) -> Json:
    kind = _kind(request)
    if not request.body:
        return {}
    if kind == JSON_KIND:
        return _json_arguments(request.body)
    if kind == "application/x-www-form-urlencoded":
        return dict(parse_qsl(request.body.decode(), keep_blank_values=True))
    raise SlackError("invalid_post_type")


def _kind(request: Request) -> str:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def _json_arguments(body: bytes) -> Json:
    try:
        found = json.loads(body)
    except ValueError as error:
        raise SlackError("invalid_json") from error
    if not isinstance(found, dict):
        raise SlackError("json_not_object")
    return found
