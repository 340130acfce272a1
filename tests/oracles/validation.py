"""Compares requests, answers and webhooks with GitHub's own description of its interface.

Validators are built when they are first needed and kept: each from the part of the description that it
reaches, since the whole is large. They find what the schema finds; unknown fields and unstated rules are for
others.
"""

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Protocol, TypeAlias

import jsonschema_rs

Json: TypeAlias = Any

FACTS_FILE = Path(__file__).with_name("github-facts.json")
_SCHEMAS = "#/components/schemas/"
URI = re.compile(r"[a-z][a-z0-9+.-]*:[^\s\[\]{}<>\"\\]+")
_RESPONSES = "#/components/responses/"
_JSON = "application/json"


class Request(Protocol):
    """What is looked at in a request."""

    method: str
    body: bytes


@cache
def facts() -> dict[str, Any]:
    """The description."""
    loaded: dict[str, Any] = json.loads(FACTS_FILE.read_text())
    return loaded


def request_messages(request: Request, template: str) -> list[str]:
    """What is wrong with a request's body; empty where nothing is, or where the description has no body."""
    operation = facts()["paths"].get(template, {}).get(request.method.lower(), {})
    described = operation.get("requestBody")
    if described is None:
        return []
    if not request.body:
        return ["a body is required"] if described.get("required") else []
    return _messages(_body_validator(template, request.method.lower()), json.loads(request.body))


def response_messages(method: str, template: str, status: int, body: bytes) -> list[str]:
    """What is wrong with an answer; a status that is not described is wrong, an undescribed body is not."""
    operation = facts()["paths"].get(template, {}).get(method.lower())
    if operation is None:
        return [f"{method} {template} is not described"]
    if str(status) not in operation["responses"]:
        return [f"{method} {template} does not answer {status}"]
    validator = _response_validator(template, method.lower(), str(status))
    return _messages(validator, json.loads(body)) if validator and body else []


def webhook_messages(event: str, action: str | None, payload: Json) -> list[str]:
    """What is wrong with a webhook's payload; an event or action that is not described is wrong."""
    name = "-".join(part.replace("_", "-") for part in (event, action) if part)
    if name not in facts()["webhooks"]:
        return [f"{name} is not described"]
    return _messages(_webhook_validator(name), payload)


@cache
def _body_validator(template: str, method: str) -> jsonschema_rs.Validator:
    operation = facts()["paths"][template][method]
    return _validator(operation["requestBody"]["content"][_JSON]["schema"])


@cache
def _response_validator(template: str, method: str, status: str) -> jsonschema_rs.Validator | None:
    described = facts()["paths"][template][method]["responses"][status]
    if "$ref" in described:
        described = facts()["components"]["responses"][described["$ref"].removeprefix(_RESPONSES)]
    schema = described.get("content", {}).get(_JSON, {}).get("schema")
    return None if schema is None else _validator(schema)


@cache
def _webhook_validator(name: str) -> jsonschema_rs.Validator:
    (operation,) = facts()["webhooks"][name].values()
    return _validator(operation["requestBody"]["content"][_JSON]["schema"])


def _validator(schema: Json) -> jsonschema_rs.Validator:
    """A validator of this schema with the named schemas that it reaches."""
    named = facts()["components"]["schemas"]
    reached: dict[str, Json] = {}
    waiting = list(_references(schema))
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached[name] = named[name]
            waiting.extend(_references(named[name]))
    whole = {"allOf": [schema], "components": {"schemas": reached}}
    return jsonschema_rs.Draft202012Validator(whole, validate_formats=True, formats=_FORMATS)


def _is_uri(text: str) -> bool:
    """GitHub writes an empty string for an address that is not there."""
    return text == "" or URI.fullmatch(text) is not None


def _is_email(text: str) -> bool:
    """GitHub's own addresses for bots (`1+pointsman[bot]@…`) are none by the standard."""
    return "@" in text


_FORMATS = {"email": _is_email, "uri": _is_uri}


def _references(schema: Json) -> Iterator[str]:
    if isinstance(schema, dict):
        reference = schema.get("$ref")
        if isinstance(reference, str):
            yield reference.removeprefix(_SCHEMAS)
        for part in schema.values():
            yield from _references(part)
    elif isinstance(schema, list):
        for part in schema:
            yield from _references(part)


def _messages(validator: jsonschema_rs.Validator, instance: Json) -> list[str]:
    return [
        f"{'/'.join(str(part) for part in error.instance_path) or 'top'}: {error.message:.300}"
        for error in validator.iter_errors(instance)
    ]
