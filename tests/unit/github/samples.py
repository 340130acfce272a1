"""Whole payloads of GitHub's webhooks, grown from the oracle's schemas and checked against them.

Every required field is there, so a test sees what GitHub really sends; a test names only what it is about.
"""

import json
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs

SHA = "a" * 40
HEAD_SHA = "b" * 40
BEFORE_SHA = "c" * 40
MERGE_SHA = "d" * 40

Json = dict[str, Any]

_ORACLE = json.loads((Path(__file__).parents[2] / "oracles" / "github-facts.json").read_text())
_SCALARS: Json = {"string": "text", "integer": 1, "number": 1, "boolean": False, "array": [], "null": None}
_FORMATS = {"date-time": "2026-03-01T12:00:00Z", "uri": "https://github.example/x", "email": "a@example.com"}

ACCOUNT = {"login": "octocat", "type": "User"}
REPOSITORY = {
    "id": 7,
    "name": "shop",
    "full_name": "acme/shop",
    "default_branch": "main",
    "owner.login": "acme",
}


def payload(name: str, changes: Json) -> Json:
    """A payload valid by the oracle, with `changes` as dotted paths: `{"comment.body": "/deploy"}`."""
    grown: Json = _grow(_schema(name))
    common = {"installation": {"id": 99, "node_id": "x"}, "sender.login": "octocat", "sender.type": "User"}
    common |= {"action": action} if (action := _action(name)) else {}
    repository = {f"repository.{path}": value for path, value in REPOSITORY.items()}
    for path, value in (common | repository | changes).items():
        put(grown, path, deepcopy(value))
    _validator(name).validate(grown)
    return grown


def body(name: str, changes: Json) -> bytes:
    """The same as bytes."""
    return json.dumps(payload(name, changes)).encode()


def put(target: Json, path: str, value: Any) -> None:
    """Set what stands at a dotted path, making what is missing on the way; an object is added to one."""
    *way, last = path.split(".")
    for part in way:
        if not isinstance(target.get(part), dict):
            target[part] = {}
        target = target[part]
    known = target.get(last)
    target[last] = known | value if isinstance(known, dict) and isinstance(value, dict) else value


def drop(target: Json, path: str) -> None:
    """Remove what stands at a dotted path."""
    *way, last = path.split(".")
    for part in way:
        target = target[part]
    del target[last]


def _schema(name: str) -> Json:
    content = _ORACLE["webhooks"][name]["post"]["requestBody"]["content"]["application/json"]["schema"]
    return _resolved(content)


def _action(name: str) -> str | None:
    """The action, which the oracle requires of most events but not of all that have one."""
    values: list[str] = _resolved(_schema(name)["properties"].get("action", {})).get("enum", [])
    return values[0] if values else None


@cache
def _validator(name: str) -> Any:
    return jsonschema_rs.validator_for({**_schema(name), "components": _ORACLE["components"]})


def _resolved(schema: Json) -> Json:
    while "$ref" in schema:
        found: Any = _ORACLE
        for part in schema["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        schema = found
    return schema


def _grow(schema: Json) -> Any:
    """The smallest value that a schema allows: all required fields, null where null will do."""
    schema = _resolved(schema)
    if "enum" in schema:
        return schema["enum"][0]
    for choice in ("oneOf", "anyOf"):
        if choice in schema:
            return _grow_object(schema, _grow(schema[choice][0]))
    if "allOf" in schema:
        merged: Json = {}
        for part in schema["allOf"]:
            merged |= _grow(part)
        return _grow_object(schema, merged)
    kind = schema.get("type", "object")
    kind = ("null" if "null" in kind else kind[0]) if isinstance(kind, list) else kind
    if kind == "object":
        return _grow_object(schema, {})
    return _FORMATS.get(schema.get("format", ""), _SCALARS[kind]) if kind == "string" else _SCALARS[kind]


def _grow_object(schema: Json, value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    properties = schema.get("properties", {})
    return value | {
        name: _grow(properties[name]) if name in properties else None
        for name in schema.get("required", ())
        if name not in value
    }
