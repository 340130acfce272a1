"""What a delivery that means nothing is about is found, and never makes it mean something or fail."""

import json
from typing import Any

import pytest

from bot.domain.events import TurnCame
from bot.github.strays import named
from bot.ports import Meant, Translated

SHA = "C0FFEE" + "0" * 34
SHOP = {"repository": {"full_name": "acme/shop", "id": 1}}
IGNORED = Translated(reason="event_not_used")


def about(body: Any) -> tuple[str | None, str | None]:
    meaning = named(IGNORED, json.dumps(body).encode())
    assert (meaning.reason, meaning.events) == ("event_not_used", ())
    return meaning.subject, meaning.sha


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (SHOP | {"ref": "refs/heads/feature/x", "after": SHA}, ("acme/shop@feature/x", SHA.lower())),
        (SHOP | {"ref": "refs/heads/gone", "after": "0" * 40}, ("acme/shop@gone", None)),
        (SHOP | {"pull_request": {"number": 7, "head": {"sha": SHA}}}, ("acme/shop#7", SHA.lower())),
        (SHOP | {"issue": {"number": 8}}, ("acme/shop#8", None)),
        (SHOP | {"sha": SHA, "state": "success"}, ("acme/shop@c0ffee0", SHA.lower())),
        (SHOP | {"check_run": {"head_sha": SHA}}, ("acme/shop@c0ffee0", SHA.lower())),
        (SHOP | {"workflow_run": {"head_sha": SHA}}, ("acme/shop@c0ffee0", SHA.lower())),
        (SHOP | {"deployment": {"sha": SHA}}, ("acme/shop@c0ffee0", SHA.lower())),
        (SHOP, ("acme/shop", None)),
        ({"sha": "short", **SHOP}, ("acme/shop", None)),
        ({"action": "created"}, (None, None)),
        ({"repository": "a text"}, (None, None)),
        ([], (None, None)),
    ],
)
def test_it_is_named_by_what_people_look_for(body: Any, expected: tuple[str | None, str | None]) -> None:
    assert about(body) == expected


@pytest.mark.parametrize("body", [b"", b"\xff\xfe", b"[" * 100_000, b"null"])
def test_what_cannot_be_read_is_about_nothing(body: bytes) -> None:
    assert named(IGNORED, body) == IGNORED


def test_what_is_known_already_stays() -> None:
    known = Translated(reason="no_command", subject="acme/shop#1", values={"found": "x"})
    assert named(known, json.dumps(SHOP).encode()).subject == "acme/shop#1"
    meant = Translated(events=(Meant(key="k", time=1.0, data=TurnCame()),))
    assert named(meant, json.dumps(SHOP).encode()) is meant
