"""What the bot asks the deployer for: a structured CloudEvent, read strictly ("CloudEvents JSON format").

Every key of `data` has to be there, null where it has no value. Must never fill in what is missing.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

EVENT_TYPE = "pointsman.deployer.requested"
CONTENT_TYPE = "application/cloudevents+json"
ACTIONS = ("deploy", "rollback", "scale", "cancel")
_ATTRIBUTE = re.compile(r"[a-z0-9]{1,20}")
_SHA = re.compile(r"[0-9a-f]{40}")
_REPOSITORY = re.compile(r"[^/\s]+/[^/\s]+")


class BadOrder(Exception):
    """A request that the deployer does not take, with everything that is wrong with it."""

    def __init__(self, status: int, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.status = status
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Order:
    """One accepted request; `step` is None for a deployment without steps."""

    deployment: str
    request: str
    attempt: int
    action: str
    repository: str
    service: str
    environment: str
    sha: str
    ref: str | None
    previous_sha: str | None
    step: dict[str, Any] | None
    params: dict[str, Any]
    requested_by: str | None
    callback_url: str

    @property
    def slot(self) -> tuple[str, str]:
        """The service and environment that it is about."""
        return self.service, self.environment

    @property
    def changes_version(self) -> bool:
        """Whether the whole service is to run this version afterwards: no step, or the last one."""
        whole = self.step is None or self.step.get("weight") == 100
        return whole and self.action in ("deploy", "rollback")


def read_order(headers: Mapping[str, str], body: bytes) -> Order:
    """The order in a request; BadOrder with everything that is wrong with it."""
    if headers.get("content-type", "").partition(";")[0].strip().lower() != CONTENT_TYPE:
        raise BadOrder(415, [f"content-type: must be {CONTENT_TYPE}"])
    try:
        event = json.loads(body)
    except ValueError as error:
        raise BadOrder(400, ["body: no JSON"]) from error
    if not isinstance(event, dict):
        raise BadOrder(400, ["body: must be an object"])
    problems = [*_envelope_problems(event), *_data_problems(event.get("data"))]
    if problems:
        raise BadOrder(400, problems)
    return Order(**event["data"])


def _envelope_problems(event: dict[str, Any]) -> Iterator[str]:
    if event.get("specversion") != "1.0":
        yield "specversion: must be 1.0"
    if event.get("type") != EVENT_TYPE:
        yield f"type: must be {EVENT_TYPE}"
    for name in ("id", "source"):
        if not _is_text(event.get(name)):
            yield f"{name}: must be a text"
    if event.get("datacontenttype", "application/json") != "application/json":
        yield "datacontenttype: must be application/json"
    if "time" in event and not _is_time(event["time"]):
        yield "time: must be RFC 3339"
    for name in event:
        if not _ATTRIBUTE.fullmatch(name):
            yield f"{name}: no attribute name of CloudEvents"


def _data_problems(data: object) -> Iterator[str]:
    if not isinstance(data, dict):
        yield "data: must be an object"
        return
    for name, (fits, what) in _FIELDS.items():
        if name not in data:
            yield f"data.{name}: missing"
        elif not fits(data[name]):
            yield f"data.{name}: must be {what}"
    for name in sorted(set(data) - set(_FIELDS)):
        yield f"data.{name}: unknown"


def _is_text(value: object) -> bool:
    return isinstance(value, str) and value != ""


def _is_text_or_null(value: object) -> bool:
    return value is None or _is_text(value)


def _is_object(value: object) -> bool:
    return isinstance(value, dict)


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 1


def _is_step(value: object) -> bool:
    if value is None:
        return True
    return isinstance(value, dict) and set(value) == {"index", "weight"} and isinstance(value["index"], int)


def _is_time(value: object) -> bool:
    try:
        return datetime.fromisoformat(str(value)).tzinfo is not None
    except ValueError:
        return False


def _matches(pattern: re.Pattern[str]) -> Callable[[object], bool]:
    return lambda value: isinstance(value, str) and pattern.fullmatch(value) is not None


def _is_sha_or_null(value: object) -> bool:
    return value is None or _matches(_SHA)(value)


_FIELDS: dict[str, tuple[Callable[[object], bool], str]] = {
    "deployment": (_matches(re.compile(r"d-[0-9a-z]{10}", re.IGNORECASE)), "an id d-…"),
    "request": (_matches(re.compile(r"r-[0-9a-z]{10}", re.IGNORECASE)), "an id r-…"),
    "attempt": (_is_count, "a number from 1"),
    "action": (lambda value: value in ACTIONS, " or ".join(ACTIONS)),
    "repository": (_matches(_REPOSITORY), "OWNER/REPO"),
    "service": (_is_text, "a text"),
    "environment": (_is_text, "a text"),
    "sha": (_matches(_SHA), "a full SHA"),
    "ref": (_is_text_or_null, "a text or null"),
    "previous_sha": (_is_sha_or_null, "a full SHA or null"),
    "step": (_is_step, "null or an object of index and weight"),
    "params": (_is_object, "an object"),
    "requested_by": (_is_text_or_null, "a text or null"),
    "callback_url": (_matches(re.compile(r"https?://\S+")), "an address"),
}
