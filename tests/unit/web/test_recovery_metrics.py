"""The proof, GitHub's limits and the effects, as Prometheus reads them."""

import pytest
from msgspec import Struct

from bot.ports import DeliveryProof, Recovery, Tally
from bot.web.metrics import Metrics
from bot.web.recovery_metrics import INSTALLATIONS_MAX
from tests.unit.web.serving import Served

HOUR = 3600.0


class Limit(Struct):
    resource: str
    remaining: int


class Asked(Struct):
    scope: str
    status: int
    limit: Limit | None = None


def lines(metrics: Metrics, name: str) -> list[str]:
    return [line for line in metrics.text().decode().splitlines() if line.startswith(name)]


def test_the_proof_is_shown_for_the_day_and_for_the_last_hours() -> None:
    metrics = Metrics()
    proof = DeliveryProof(
        since=10 * HOUR,
        until=13 * HOUR + 60,
        total=Tally(9, 8, 7, 1),
        hours=(
            (10 * HOUR, Tally(4, 3, 3, 0)),
            (12 * HOUR, Tally(3, 3, 2, 1)),
            (13 * HOUR, Tally(2, 2, 2, 0)),
        ),
        missing=("a",),
    )
    metrics.recovery.show(Recovery(swept_at=13 * HOUR + 50, asked_again=2, proof=proof))
    assert lines(metrics, "pointsman_deliveries_sent{") == [
        'pointsman_deliveries_sent{window="day"} 9.0',
        'pointsman_deliveries_sent{window="hour"} 5.0',
    ]
    assert lines(metrics, "pointsman_deliveries_finished{") == [
        'pointsman_deliveries_finished{window="day"} 7.0',
        'pointsman_deliveries_finished{window="hour"} 4.0',
    ]
    for line in (
        "pointsman_deliveries_missing 1.0",
        "pointsman_deliveries_asked_again 2.0",
        "pointsman_sweep_success_timestamp_seconds 46850.0",
        "pointsman_comparison_success_timestamp_seconds NaN",
        "pointsman_deliveries_proof_since_timestamp_seconds 36000.0",
    ):
        assert line in metrics.text().decode()


def test_requests_to_github_are_counted_by_who_asked_and_how_it_ended() -> None:
    metrics = Metrics()
    for asked in (Asked("the App", 200), Asked("installation 7", 304), Asked("installation 8", 304)):
        metrics.github.asked(asked)
    assert lines(metrics, "pointsman_github_requests_total") == [
        'pointsman_github_requests_total{scope="app",status="200"} 1.0',
        'pointsman_github_requests_total{scope="installation",status="304"} 2.0',
    ]


def test_the_limits_of_so_many_installations_are_shown_and_no_more() -> None:
    metrics = Metrics()
    metrics.github.asked(Asked("the App", 200, Limit("core", 4999)))
    for number in range(INSTALLATIONS_MAX):
        metrics.github.asked(Asked(f"installation {number}", 200, Limit("core", number)))
    shown = lines(metrics, "pointsman_github_rate_limit_remaining{")
    assert len(shown) == INSTALLATIONS_MAX
    assert 'pointsman_github_rate_limit_remaining{installation="99",resource="core"} 99.0' in shown
    assert not any('"app"' in line for line in shown)


def test_effects_that_are_done_with_are_no_longer_shown() -> None:
    metrics = Metrics()
    metrics.recovery.show_effects({("github.check", "pending"): 2, ("slack.message", "parked"): 1})
    assert 'pointsman_effects{kind="slack.message",state="parked"} 1.0' in metrics.text().decode()
    metrics.recovery.show_effects({("github.check", "pending"): 1})
    assert lines(metrics, "pointsman_effects{") == [
        'pointsman_effects{kind="github.check",state="pending"} 1.0'
    ]


@pytest.mark.parametrize("name", ["pointsman_deliveries_missing", "pointsman_sweep_failures"])
async def test_it_stands_on_the_page(served: Served, name: str) -> None:
    async with served.client.get(served.url("/metrics")) as response:
        assert name in await response.text()
