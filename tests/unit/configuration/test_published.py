"""The published JSON Schemas: current, described, and of one mind with the validator."""

# ruff: noqa: E501 - a row of a table is one case

import json
import re
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import yaml
from hypothesis import assume, given
from hypothesis import strategies as st

from bot.configuration import (
    instance_schema,
    repository_schema,
    schema_text,
    validate_instance,
    validate_repository,
)
from bot.drivers import rules
from tests.unit.configuration.samples import DRIVERS, EXAMPLE, FILE, INSTANCE, instance

DOCS = Path(__file__).parents[3] / "docs"
REPOSITORY = jsonschema_rs.Draft202012Validator(repository_schema(DRIVERS))
WITHIN = jsonschema_rs.Draft202012Validator(instance_schema(DRIVERS))


def is_valid(document: object, *, of_instance: bool = False) -> bool:
    """Whether the validator takes a document; JSON is YAML too."""
    text = json.dumps(document)
    reading = (
        validate_instance(text, "x.yml", drivers=DRIVERS)
        if of_instance
        else validate_repository(text, FILE, instance=None, repository=None, drivers=DRIVERS)
    )
    return reading.policy is not None


@pytest.mark.parametrize(
    "name,schema", [("config", repository_schema(rules())), ("instance", instance_schema(rules()))]
)
def test_the_published_schema_is_the_current_one(name: str, schema: dict[str, Any]) -> None:
    published = (DOCS / "schema" / f"{name}.schema.json").read_text(encoding="utf-8")
    command = f"pointsman schema {name} > docs/schema/{name}.schema.json"
    assert published == schema_text(schema), f"run: {command}"


@pytest.mark.parametrize("schema", [repository_schema(rules()), instance_schema(rules())])
def test_the_schema_is_one_and_says_which_dialect(schema: dict[str, Any]) -> None:
    jsonschema_rs.Draft202012Validator(schema)
    assert jsonschema_rs.meta.is_valid(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"


def _properties(schema: object, path: str = "") -> list[tuple[str, dict[str, Any]]]:
    """List every described property in a schema, with its path."""
    if isinstance(schema, list):
        return [found for each in schema for found in _properties(each, path)]
    if not isinstance(schema, dict):
        return []
    found = []
    if schema.get("additionalProperties") is False:
        found += [(f"{path}.{name}", each) for name, each in schema["properties"].items()]
    for name, each in schema.items():
        found += _properties(each, f"{path}.{name}")
    return found


def test_every_key_is_described_for_editors() -> None:
    described = _properties(repository_schema(rules())) + _properties(instance_schema(rules()))
    assert len(described) > 60
    assert [path for path, each in described if not each.get("description")] == []


def test_defaults_are_shown_the_way_a_file_writes_them() -> None:
    environment = repository_schema(rules())["properties"]["environments"]["additionalProperties"][
        "properties"
    ]
    shown = {name: each["default"] for name, each in environment.items() if "default" in each}
    assert shown["timeout"] == "30m"
    assert shown["on_busy"] == "queue"
    assert shown["github_deployments"] is True
    assert shown["after"] == []


GUIDE = re.findall(r"```yaml\n(.*?)```", (DOCS / "configuration.md").read_text(encoding="utf-8"), re.DOTALL)


@pytest.mark.parametrize("text", GUIDE, ids=[each.partition("\n")[0] for each in GUIDE])
def test_every_example_of_the_guide_is_valid(text: str) -> None:
    drivers, document = rules(), yaml.load(text, yaml.BaseLoader)  # noqa: S506 - it makes nothing but text
    if text.startswith("# pointsman.yml"):
        assert validate_instance(text, "pointsman.yml", drivers=drivers).findings == ()
        assert set(document) == set(instance_schema(drivers)["properties"])
        return
    guide_instance = instance(next(each for each in GUIDE if each.startswith("# pointsman.yml")))
    reading = validate_repository(
        text, FILE, instance=guide_instance, repository="acme/shop", drivers=drivers
    )
    assert reading.policy is not None, reading.findings


def test_the_guide_shows_every_key_of_an_environment() -> None:
    shown = {key for text in GUIDE for key in re.findall(r"^    ([a-z_]+):", text, re.MULTILINE)}
    schema = repository_schema(rules())["properties"]["environments"]["additionalProperties"]["properties"]
    active = {name for name, each in schema.items() if "not yet active" not in each["description"]}
    assert active - shown == {"slack"}


def plain(text: str) -> Any:
    """Load a sample for the JSON Schema; these samples mean the same in both versions of YAML."""
    return yaml.safe_load(text)


def test_the_documented_examples_are_valid_by_schema_too() -> None:
    assert REPOSITORY.is_valid(plain(EXAMPLE))
    assert WITHIN.is_valid(plain(INSTANCE))


HTTP = {"driver": "http", "url": "https://a.example.com/", "secret": "x"}


@pytest.mark.parametrize(
    "document",
    [
        {"version": 1},
        {"version": 1, "environments": {"a": {}}, "services": {}},
        {"version": 1, "environments": {"a": None}},
        {"version": 1, "environments": None, "slack": None, "params": None},
        {"version": 1, "environments": {"a": {"auto": None, "requires": {"checks": None, "wait": None}}}},
        {"version": 1, "environments": {"a": {"auto": {"promote": "1m"}, "rollback": {"auto_after": "1h"}}}},
        {"version": 1, "services": {"w": {"deploy": HTTP, "steps": ["pause", "1%", "pause 1h30m", "100%"]}}},
        {"version": 1, "services": {"w": {"deploy": {"driver": "command", "command": "x", "tries": 1}}}},
        {"version": 1, "retry": {"x": [1]}, "alerts": {"match": {"team": "shop"}}},
        {"version": 1, "checks": {"title": {"a": {"b": [None, 1.5, {}]}}, "other": {}}},
        {"version": 1, "params": {"p": {"type": "choice", "options": ["a"], "default": "a"}}},
        {"version": 1, "params": {"p": {"type": "number", "default": 1.5, "options": None}}},
    ],
)
def test_validator_and_schema_both_take_it(document: object) -> None:
    assert is_valid(document)
    assert REPOSITORY.is_valid(document)


@pytest.mark.parametrize(
    "document",
    [
        [],
        {},
        {"version": 2},
        {"version": "1"},
        {"version": None},
        {"version": 1, "enviroments": {}},
        {"version": 1, "services": None, "x": 1},
        {"version": 1, "services": {"w": None}},
        {"version": 1, "services": {"w": {}}},
        {"version": 1, "services": {"w": {"deploy": None}}},
        {"version": 1, "services": {"w": {"deploy": {"driver": "ftp"}}}},
        {"version": 1, "services": {"w": {"deploy": {"driver": "http", "url": "https://a"}}}},
        {"version": 1, "services": {"w": {"deploy": HTTP | {"url": None}}}},
        {"version": 1, "services": {"w": {"deploy": HTTP | {"url": "ftp://a.example.com"}}}},
        {"version": 1, "services": {"w": {"deploy": HTTP | {"command": "x"}}}},
        {"version": 1, "services": {"W": {"deploy": HTTP}}},
        {"version": 1, "services": {"all": {"deploy": HTTP}}},
        {"version": 1, "services": {"w": {"deploy": HTTP, "steps": []}}},
        {"version": 1, "services": {"w": {"deploy": HTTP, "steps": ["10", "100%"]}}},
        {"version": 1, "services": {"w": {"deploy": HTTP, "paths": "x"}}},
        {"version": 1, "services": {"w": {"deploy": HTTP, "paths": [""]}}},
        {"version": 1, "environments": []},
        {"version": 1, "environments": {"a": 5}},
        {"version": 1, "environments": {"-a": {}}},
        {"version": 1, "environments": {"a" * 64: {}}},
        {"version": 1, "environments": {"a": {"on_busy": "quue"}}},
        {"version": 1, "environments": {"a": {"timeout": 30}}},
        {"version": 1, "environments": {"a": {"timeout": "30"}}},
        {"version": 1, "environments": {"a": {"timeout": "0m"}}},
        {"version": 1, "environments": {"a": {"timeout": "1m1h"}}},
        {"version": 1, "environments": {"a": {"timeout": "5m\n"}}},
        {"version": 1, "environments": {"a": {"auto": "always"}}},
        {"version": 1, "environments": {"a": {"auto": {}}}},
        {"version": 1, "environments": {"a": {"auto": {"promote": "1m", "schedule": "0 0 * * *"}}}},
        {"version": 1, "environments": {"a": {"github_deployments": "yes"}}},
        {"version": 1, "environments": {"a": {"requires": {"approvals": -1}}}},
        {"version": 1, "environments": {"a": {"requires": {"approvals": True}}}},
        {"version": 1, "environments": {"a": {"requires": {"checks": [{"app": "x"}]}}}},
        {"version": 1, "environments": {"a": {"requires": {"checks": [None]}}}},
        {"version": 1, "environments": {"a": {"deployers": ["@x"]}}},
        {"version": 1, "environments": {"a": {"freeze": [{"from": "Fri 16:00"}]}}},
        {"version": 1, "environments": {"a": {"freeze": [{"from": "Fri", "to": "Mon 08:00"}]}}},
        {"version": 1, "environments": {"a": {"verify": {"http": [{}]}}}},
        {"version": 1, "environments": {"a": {"verify": {"prometheus": [{"url": "https://a.b", "query": "x", "max": "1"}]}}}},
        {"version": 1, "environments": {"a": {"rollback": {"mode": "off"}}}},
        {"version": 1, "slack": {"channel": "Deploys!"}},
        {"version": 1, "commands": {"prefix": "bot"}},
        {"version": 1, "params": {"p": {}}},
        {"version": 1, "params": {"ref": {"type": "text"}}},
        {"version": 1, "params": {"p": {"type": "choice"}}},
        {"version": 1, "params": {"p": {"type": "text", "options": ["a"]}}},
        {"version": 1, "params": {"p": {"type": "boolean", "default": "false"}}},
        {"version": 1, "checks": {"title": 5}},
        {"version": 1, "alerts": {"mach": 1}},
    ],
)  # fmt: skip
def test_validator_and_schema_both_refuse_it(document: object) -> None:
    assert not is_valid(document)
    assert not REPOSITORY.is_valid(document)


@pytest.mark.parametrize(
    "document",
    [
        {"version": 1, "environments": {"a": {"after": ["b"]}}},
        {"version": 1, "environments": {"a": {"after": ["a"]}}},
        {"version": 1, "environments": {"w": {}}, "services": {"w": {"deploy": HTTP}}},
        {"version": 1, "services": {"w": {"deploy": HTTP, "steps": ["50%", "10%", "100%"]}}},
        {"version": 1, "services": {"w": {"deploy": HTTP, "paths": ["../x"]}}},
        {"version": 1, "environments": {"a": {"freeze": [{"from": "2026-02-30", "to": "2026-03-01"}]}}},
        {"version": 1, "environments": {"a": {"freeze": [{"from": "Fri 16:00", "to": "Fri 16:00"}]}}},
        {"version": 1, "environments": {"a": {"auto": {"schedule": "0 24 * * *"}}}},
        {"version": 1, "params": {"p": {"type": "choice", "options": ["a"], "default": "b"}}},
    ],
)
def test_what_only_the_validator_can_know(document: object) -> None:
    assert not is_valid(document)
    assert REPOSITORY.is_valid(document)


@pytest.mark.parametrize(
    "document",
    [
        [],
        {"ownres": []},
        {"people": {"octocat": "octo"}},
        {"people": {"@octocat": "U01ABCDEF"}},
        {"secrets": {"x": {"env": "A"}}},
        {"secrets": {"x": {"env": "A", "repositories": [], "urls": ["https://a.b"]}}},
        {"secrets": {"x": {"env": "A", "repositories": ["*"], "urls": ["https://a.b"]}}},
        {"enforce": {"approvals": "1"}},
        {"alerts": {"mail": {"env": "A", "repositories": ["a/b"]}}},
        {"retention": {"events": "long"}},
        {"defaults": {"services": {}}},
        {"defaults": {"environments": {"a": {"on_busy": "quue"}}}},
    ],
)
def test_validator_and_schema_both_refuse_it_as_an_instance(document: object) -> None:
    assert not is_valid(document, of_instance=True)
    assert not WITHIN.is_valid(document)


ODDITIES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-2, 700),
    st.floats(-10, 10).filter(lambda number: not number.is_integer()),
    st.sampled_from(["", " ", "a", "A", "5m", "100%", "never", "merge", "http", "https://a.b/", "acme/sre", "a\n"]),
    st.lists(st.sampled_from(["a", 5, None]), max_size=2),
    st.dictionaries(st.sampled_from(["a", "name", "driver", "from"]), st.integers(0, 3), max_size=2),
)  # fmt: skip


def damaged(document: Any, data: st.DataObject) -> Any:
    """Replace, take away or add one thing somewhere in a document."""
    if not isinstance(document, dict | list) or not document or data.draw(st.integers(0, 4)) == 0:
        return data.draw(ODDITIES)
    if isinstance(document, list):
        index = data.draw(st.integers(0, len(document) - 1))
        return [*document[:index], damaged(document[index], data), *document[index + 1 :]]
    name = data.draw(st.sampled_from([*document, "extra"]))
    if data.draw(st.integers(0, 9)) == 0:
        return {key: value for key, value in document.items() if key != name}
    return document | {name: damaged(document.get(name), data)}


@pytest.mark.parametrize(
    "document,of_instance", [(plain(EXAMPLE), False), (plain(INSTANCE), True)], ids=["repository", "instance"]
)
@given(data=st.data())
def test_whatever_the_validator_takes_the_schema_takes(
    document: Any, of_instance: bool, data: st.DataObject
) -> None:
    changed = damaged(document, data)
    assume(changed is not None)  # an empty file is an empty map, which JSON cannot say
    if is_valid(changed, of_instance=of_instance):
        assert (WITHIN if of_instance else REPOSITORY).is_valid(changed)
