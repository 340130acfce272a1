"""The doors for alerts: what is stored, what strangers learn, what a stored message means."""

import json
from typing import Any

import pytest

from bot.alerts.table import SENDERS
from bot.configuration.instance import instance_record
from bot.domain.alert_events import AlertHeard
from bot.inbox import Answer, Refused
from bot.ports import Incoming
from bot.sandbox import alerting
from bot.sandbox.alerting import SECRET, Alarm, Message
from bot.starting import driver_rules
from bot.web.alerts import doors, translate_alert
from tests.unit.doors import NOW, Hall

LABELS = {"service": "api", "environment": "production"}


def message(name: str = "cloudevents") -> Message:
    return alerting.SENDERS[name](Alarm("5xx", LABELS, NOW - 60, NOW))


async def send(hall: Hall, sent: Message, name: str = "cloudevents", **headers: str) -> Answer:
    (inbox,) = doors({name: (SECRET,)}, hall.intake)
    assert inbox.path == sent.path
    given: dict[str, str] = {**sent.headers, **headers}
    try:
        inbox.check_headers(given)
        return await inbox.take(given, sent.body)
    except Refused as refused:
        return refused.answer()


def test_the_instance_file_takes_exactly_the_products_that_are_understood() -> None:
    schema: Any = instance_record(driver_rules()).schema()
    assert set(schema["properties"]["alerts"]["properties"]) == set(SENDERS)


@pytest.mark.parametrize("name", list(SENDERS))
async def test_what_is_proven_is_stored_once_and_means_an_alert(name: str) -> None:
    hall, sent = Hall(), message(name)
    assert (await send(hall, sent, name)).status == 202
    again = await send(hall, sent, name)
    assert (again.status, json.loads(again.body)) == (202, {"state": "duplicate"})
    (stored,) = hall.ledger.stored
    (meant,) = translate_alert(stored).events
    assert isinstance(meant.data, AlertHeard)
    assert meant.data.alert.title == "5xx"
    assert meant.key.startswith(f"alert:{name}:")


async def test_who_cannot_prove_it_learns_nothing_of_the_body() -> None:
    hall, sent = Hall(), message()
    broken = Message(sent.path, sent.headers, b"{")
    answer = await send(hall, broken)
    assert (answer.status, hall.ledger.stored) == (401, [])


async def test_another_content_type_and_another_shape_are_refused() -> None:
    hall = Hall()
    assert (await send(hall, message(), **{"Content-Type": "application/json"})).status == 415
    sent = message("alertmanager")
    answer = await send(hall, Message(sent.path, sent.headers, b"{}"), "alertmanager")
    assert answer.status == 400
    assert "Alertmanager" in json.loads(answer.body)["error"]
    assert hall.ledger.stored == []


def stored(body: bytes, sender: str = "cloudevents") -> Incoming:
    return Incoming(
        source="alerts", id="1", event="alert", headers={"sender": sender}, body=body, received_at=NOW
    )


def test_what_means_nothing_says_why() -> None:
    other = json.loads(message().body) | {"type": "com.example.other"}
    assert translate_alert(stored(json.dumps(other).encode())).reason == "no_alert"
    assert translate_alert(stored(b"{")).reason == "alert_invalid"
    assert translate_alert(stored(message().body, "gone")).reason == "alert_invalid"
