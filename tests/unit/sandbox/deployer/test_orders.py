"""Orders that the deployer takes, and what is wrong with the others."""

import json
from typing import Any

import pytest

from bot.sandbox.deployer.orders import BadOrder, read_order
from tests.unit.sandbox.deployer.orders import data, event

HEADERS = {"content-type": "application/cloudevents+json; charset=utf-8"}


def read(document: object) -> Any:
    return read_order(HEADERS, json.dumps(document).encode())


def test_an_order_with_everything_in_it_is_read() -> None:
    order = read(event())
    assert (order.slot, order.action, order.attempt) == (("api", "production"), "deploy", 1)


@pytest.mark.parametrize("name", sorted(data()))
def test_every_key_of_the_data_has_to_be_there(name: str) -> None:
    incomplete = data()
    del incomplete[name]
    with pytest.raises(BadOrder, match=f"data.{name}: missing"):
        read(event(data=incomplete))


@pytest.mark.parametrize(
    "name, value",
    [
        ("deployment", "r-0123456789"),
        ("deployment", None),
        ("request", "d-0123456789"),
        ("attempt", 0),
        ("attempt", True),
        ("attempt", "1"),
        ("action", "destroy"),
        ("repository", "shop"),
        ("service", ""),
        ("environment", None),
        ("sha", "abc"),
        ("sha", None),
        ("ref", 5),
        ("previous_sha", "main"),
        ("step", 1),
        ("step", {"index": 0}),
        ("params", None),
        ("requested_by", []),
        ("callback_url", "ftp://example.com"),
        ("callback_url", None),
    ],
)
def test_a_key_with_a_wrong_value_is_named(name: str, value: object) -> None:
    with pytest.raises(BadOrder, match=f"data.{name}: must be") as caught:
        read(event(data=data(**{name: value})))
    assert caught.value.status == 400


@pytest.mark.parametrize(
    "name, value", [("ref", None), ("previous_sha", "c" * 40), ("step", {"index": 0, "weight": 10})]
)
def test_a_value_may_be_there_or_be_null(name: str, value: object) -> None:
    assert getattr(read(event(data=data(**{name: value}))), name) == value


@pytest.mark.parametrize(
    "more, expected",
    [
        ({"specversion": "0.3"}, "specversion"),
        ({"type": "pointsman.deployment.started"}, "type"),
        ({"id": ""}, "id"),
        ({"source": None}, "source"),
        ({"time": "yesterday"}, "time"),
        ({"time": "2026-11-24T20:00:00"}, "time"),
        ({"datacontenttype": "text/plain"}, "datacontenttype"),
        ({"data": "x"}, "data: must be an object"),
        ({"data": data(colour="red")}, "data.colour: unknown"),
        ({"Not-An-Attribute": "x"}, "no attribute name"),
    ],
)
def test_an_envelope_that_is_no_cloudevent_is_refused(more: dict[str, Any], expected: str) -> None:
    with pytest.raises(BadOrder, match=expected):
        read(event(**more))


@pytest.mark.parametrize(
    "content_type, body, status",
    [
        ("application/json", b"{}", 415),
        ("", b"{}", 415),
        ("application/cloudevents+json", b"{", 400),
        ("application/cloudevents+json", b"[]", 400),
    ],
)
def test_a_body_of_another_kind_is_refused(content_type: str, body: bytes, status: int) -> None:
    with pytest.raises(BadOrder) as caught:
        read_order({"content-type": content_type}, body)
    assert caught.value.status == status


def test_everything_that_is_wrong_is_told_at_once() -> None:
    with pytest.raises(BadOrder) as caught:
        read(event(type="x", data=data(attempt=0, sha="x")))
    assert len(caught.value.problems) == 3
