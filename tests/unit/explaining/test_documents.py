"""What programs read about a subject: one document, whose names are relied on."""

import json
from typing import Any

from bot.explaining.documents import explanation_json, rfc3339
from bot.explaining.explained import Explained
from bot.explaining.gathering import Found
from bot.explaining.stories import QuietRun, plots
from tests.unit.explaining.chains import REQUEST, Chains, sent
from tests.unit.reactors.stories import PULL


def document() -> Any:
    """Two stories, of which the later one has a part in the earlier."""
    chains = Chains()
    chains.command("e-1")
    chains.decide("e-1", "acted", "requested", sha="abc")
    chains.do("e-1", "github.reaction", "pending")
    chains.request("e-2", "e-1")
    chains.command("e-3", "/cancel")
    chains.shown("e-4", "e-3", "cancelled")
    found = Found(plots(chains.chronicle(), ["e-3"], [REQUEST]))
    return json.loads(json.dumps(explanation_json(Explained(subject="acme/shop#12", found=found))))


def test_an_event_is_a_cloudevent_with_its_decisions_and_effects() -> None:
    told = document()
    assert (told["subject"], told["known"]) == ("acme/shop#12", True)
    first, second, *_ = told["events"]
    assert (first["specversion"], first["type"], first["partitionkey"]) == (
        "1.0",
        "pointsman.command.given",
        PULL,
    )
    assert (second["causationid"], second["correlationid"]) == (first["id"], first["correlationid"])
    (outcome,) = first["outcomes"]
    assert (outcome["outcome"], outcome["reason"], outcome["values"]) == (
        "acted",
        "requested",
        {"sha": "abc"},
    )
    assert [(each["kind"], each["state"]) for each in first["effects"]] == [("github.reaction", "pending")]


def test_each_event_and_delivery_stands_once_in_the_order_of_time() -> None:
    told = document()
    assert [event["id"] for event in told["events"]] == ["e-1", "e-2", "e-3", "e-4"]
    assert [row["id"] for row in told["deliveries"]] == ["g-e-1", "g-e-3"]
    assert all(row["received_at"].endswith("Z") for row in told["deliveries"])


def test_a_delivery_that_led_to_nothing_stands_alone() -> None:
    told = explanation_json(Explained(subject="g-1", found=Found([QuietRun((sent("g-1"),))])))
    assert (told["known"], [row["id"] for row in told["deliveries"]], told["events"]) == (True, ["g-1"], [])


def test_of_what_nobody_knows_nothing_is_made_up() -> None:
    told = explanation_json(Explained(subject="d-nobody", found=Found(())))
    assert told == {
        "subject": "d-nobody",
        "known": False,
        "deliveries": [],
        "events": [],
        "now": [],
        "missing": [],
    }


def test_times_are_rfc_3339_in_utc() -> None:
    assert rfc3339(1_770_000_000.25) == "2026-02-02T02:40:00.250Z"
