"""Which alerts concern what, and how they are kept."""

from typing import Any

import pytest

from bot.domain.alerts import KEPT_MAX, Alert, AlertSeen, concerns, firing, noted

WANTED = {"service": "api", "environment": "production"}


def alert(**changes: Any) -> Alert:
    usual: dict[str, Any] = {
        "source": "sentry",
        "id": "a1",
        "title": "5xx",
        "state": "firing",
        "labels": WANTED,
    }
    return Alert(**usual | changes)


@pytest.mark.parametrize(
    "labels,wanted,meant",
    [
        (WANTED, WANTED, True),
        (WANTED | {"more": "x"}, WANTED, True),
        ({"service": "api"}, WANTED, False),
        (WANTED | {"service": "web"}, WANTED, False),
        (WANTED | {"repository": "acme/shop"}, WANTED, True),
        (WANTED | {"repository": "ACME/Shop"}, WANTED, True),
        (WANTED | {"repository": "acme/other"}, WANTED, False),
        (WANTED, {}, False),
        ({}, {}, False),
    ],
)
def test_it_needs_every_label_that_is_wanted(
    labels: dict[str, str], wanted: dict[str, str], meant: bool
) -> None:
    assert concerns(alert(labels=labels), wanted, "acme/shop") == meant


def seen(*said: Alert) -> tuple[AlertSeen, ...]:
    kept: tuple[AlertSeen, ...] = ()
    for at, each in enumerate(said):
        kept = noted(kept, each, float(at))
    return kept


def test_the_same_alert_is_one_and_counted() -> None:
    (one,) = seen(alert(), alert(), alert())
    assert (one.times, one.at, one.resolved_at) == (3, 0.0, None)


def test_alerts_of_two_products_with_one_id_are_two() -> None:
    assert len(seen(alert(), alert(source="datadog"))) == 2


def test_it_is_over_and_begins_again() -> None:
    over = alert(state="resolved")
    assert [each.resolved_at for each in seen(alert(), over, over)] == [1.0]
    assert firing(seen(alert(), over)) == ()
    assert len(firing(seen(alert(), over, alert()))) == 1


def test_the_end_of_what_was_never_heard_is_nothing() -> None:
    assert seen(alert(state="resolved")) == ()


def test_a_storm_is_kept_within_limits() -> None:
    kept = seen(*(alert(id=f"a{number}") for number in range(50)))
    assert [each.id for each in kept] == [f"a{number}" for number in range(50 - KEPT_MAX, 50)]
