"""The secrets of alerts: read from the environment, and refused before the start where they are no use."""

import pytest

from bot.domain.instance import AlertSource, InstancePolicy
from bot.drivers.secrets import SecretsOf
from bot.sandbox.alerting import SECRET

TOKEN = "a-token-of-this-length"


def of(product: str, value: str | None) -> SecretsOf:
    instance = InstancePolicy(alerts={product: AlertSource("ALERTS", ("acme/*",))})
    return SecretsOf(instance, {} if value is None else {"ALERTS": value})


def test_two_are_taken_while_one_is_replaced() -> None:
    assert of("sentry", f"{TOKEN}, {TOKEN}2").alert_secrets() == {"sentry": (TOKEN, f"{TOKEN}2")}


@pytest.mark.parametrize(
    "product,value,problem",
    [
        ("sentry", None, "is empty or not set"),
        ("sentry", " , ", "is empty or not set"),
        ("sentry", "short", "fewer than 16 characters"),
        ("cloudevents", TOKEN, "does not begin with whsec_"),
    ],
)
def test_what_is_no_use_is_said_without_its_value(product: str, value: str | None, problem: str) -> None:
    (said,) = of(product, value).problems()
    assert product in said
    assert problem in said
    assert value is None or not value.strip(" ,") or value not in said


def test_what_can_be_used_is_no_problem() -> None:
    assert of("alertmanager", TOKEN).problems() == ()
    assert of("cloudevents", SECRET).problems() == ()
