"""What each product sends, and how it proves that it is it."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.alerts.sender import Forged, Unreadable
from bot.alerts.table import SENDERS
from bot.sandbox import alerting
from bot.sandbox.alerting import SECRET, Alarm, Message

NOW = 1_795_560_000.0
OTHER = "whsec_" + "QUJD" * 10
LABELS = {"service": "api", "environment": "production"}
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)
ALL = pytest.mark.parametrize("name", list(SENDERS))


def sent(name: str, **changes: Any) -> Message:
    alarm = Alarm("5xx above 2 %", LABELS, NOW - 60, NOW)
    for key, value in changes.items():
        setattr(alarm, key, value)
    return alerting.SENDERS[name](alarm)


@ALL
def test_an_alert_begins_and_is_over(name: str) -> None:
    (begun,) = SENDERS[name].read(sent(name).body)
    (over,) = SENDERS[name].read(sent(name, over=True).body)
    assert (begun.state, over.state) == ("firing", "resolved")
    assert (begun.title, begun.id, begun.source) == ("5xx above 2 %", over.id, name)
    assert begun.labels["service"] == "api"
    assert begun.url is not None


@ALL
def test_only_who_signs_may_have_something_done(name: str) -> None:
    (alert,) = SENDERS[name].read(sent(name).body)
    assert alert.may_act == (name in ("cloudevents", "pagerduty", "sentry"))


@ALL
def test_the_secret_is_asked_for_and_two_are_taken_while_one_is_replaced(name: str) -> None:
    message = sent(name)
    SENDERS[name].verify(message.headers, message.body, (OTHER, SECRET), NOW)
    with pytest.raises(Forged):
        SENDERS[name].verify(message.headers, message.body, (OTHER,), NOW)
    with pytest.raises(Forged):
        SENDERS[name].verify({}, message.body, (SECRET,), NOW)


@pytest.mark.parametrize("name", ["cloudevents", "pagerduty", "sentry"])
def test_a_signature_is_of_this_very_body(name: str) -> None:
    message = sent(name)
    with pytest.raises(Forged):
        SENDERS[name].verify(message.headers, message.body + b" ", (SECRET,), NOW)


def test_a_cloudevent_of_long_ago_is_not_taken() -> None:
    message = sent("cloudevents")
    with pytest.raises(Forged):
        SENDERS["cloudevents"].verify(message.headers, message.body, (SECRET,), NOW + 301)


@ALL
@pytest.mark.parametrize("body", [b"", b"[", b"null", b"[1]", b"{}", b'{"alerts": 5}', b"\xff"])
def test_what_is_no_message_of_it_is_said_in_a_sentence(name: str, body: bytes) -> None:
    with pytest.raises(Unreadable, match=r"\.$"):
        SENDERS[name].read(body)


@ALL
@given(ANY_JSON)
def test_nothing_that_is_json_breaks_a_reader(name: str, document: Any) -> None:
    body = json.dumps(document).encode()
    try:
        alerts = SENDERS[name].read(body)
    except Unreadable:
        return
    assert all(each.source == name for each in alerts)


@ALL
def test_long_and_hostile_values_are_cut_and_links_are_links(name: str) -> None:
    message = sent(name, title="x" * 5_000, labels={**LABELS, "service": "y" * 5_000})
    (alert,) = SENDERS[name].read(message.body)
    assert len(alert.title) <= 200
    assert max(map(len, alert.labels.values())) <= 300


def test_a_batch_of_cloudevents_is_read_whole_and_other_types_mean_nothing() -> None:
    one = json.loads(sent("cloudevents").body)
    other = {**one, "type": "com.example.something", "id": "2"}
    assert len(SENDERS["cloudevents"].read(json.dumps([one, one | {"id": "3"}, other]).encode())) == 2
    assert SENDERS["cloudevents"].read(json.dumps(other).encode()) == ()
    with pytest.raises(Unreadable):
        SENDERS["cloudevents"].read(json.dumps({**one, "specversion": "0.3"}).encode())
    with pytest.raises(Unreadable):
        SENDERS["cloudevents"].read(json.dumps([one] * 101).encode())


def test_a_scripts_link_is_none() -> None:
    event = json.loads(sent("cloudevents").body)
    event["data"]["url"] = "javascript:alert(1)"
    (alert,) = SENDERS["cloudevents"].read(json.dumps(event).encode())
    assert alert.url is None


@pytest.mark.parametrize("kind", ["incident.acknowledged", "incident.annotated", "service.updated"])
def test_what_else_happens_to_an_incident_means_nothing(kind: str) -> None:
    message = json.loads(sent("pagerduty").body)
    message["event"]["event_type"] = kind
    assert SENDERS["pagerduty"].read(json.dumps(message).encode()) == ()


@pytest.mark.parametrize("transition", ["Warn", "No Data", "Renotify"])
def test_a_warning_of_datadog_means_nothing(transition: str) -> None:
    message = json.loads(sent("datadog").body) | {"transition": transition}
    assert SENDERS["datadog"].read(json.dumps(message).encode()) == ()


def test_a_metric_alert_of_sentry() -> None:
    body = {
        "action": "critical",
        "data": {
            "metric_alert": {
                "id": "7",
                "title": "Critical: errors",
                "alert_rule": {"name": "errors", "environment": "production"},
                "projects": ["api"],
            },
            "web_url": "https://sentry.io/alerts/7",
        },
    }
    (alert,) = SENDERS["sentry"].read(json.dumps(body).encode())
    assert alert.labels == {"rule": "errors", "environment": "production", "project": "api", "service": "api"}
    body["action"] = "warning"
    assert SENDERS["sentry"].read(json.dumps(body).encode()) == ()
