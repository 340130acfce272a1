"""The events' schema and page follow from the structs, and what is stored fits the schema."""

import json
from pathlib import Path

import jsonschema_rs
import msgspec

from bot.domain.event_catalogue import cloud_event_type, events_page, events_schema
from bot.domain.event_types import ALL_TYPES
from tests.golden.catalogue import every_golden

DOCS = Path(__file__).parents[3] / "docs"


def test_the_page_is_up_to_date() -> None:
    assert (DOCS / "events.md").read_text() == events_page(), "run: make docs"


def test_the_published_schema_is_the_current_one() -> None:
    published = json.loads((DOCS / "schema" / "events.schema.json").read_text())
    assert published == json.loads(json.dumps(events_schema())), "run: make docs"


def test_every_type_has_its_row() -> None:
    page = events_page()
    for kind in ALL_TYPES:
        assert f"| `{kind.TYPE}` | {kind.VERSION} | " in page


def test_everything_that_was_stored_fits_the_schema_and_nothing_else_does() -> None:
    valid = jsonschema_rs.validator_for(events_schema())
    types = {kind.TYPE: cloud_event_type(kind) for kind in ALL_TYPES}
    for each in every_golden():
        if each.family == "events":
            data = json.loads(msgspec.json.encode(each.record))
            assert valid.is_valid({"type": types[each.name], "data": data}), each.name
            assert not valid.is_valid({"type": types[each.name], "data": "something else"})
    assert not valid.is_valid({"type": "pointsman.nobody.knows", "data": {}})
