"""Who may read the metrics, and what stands in them."""

from typing import Any

import pytest
from aiohttp.test_utils import make_mocked_request

from bot.inbox import Answer
from bot.web.metrics import Metrics, is_from_this_machine
from tests.unit.web.serving import Served, serving


async def get(served: Served, headers: dict[str, str]) -> tuple[int, str]:
    async with served.client.get(served.url("/metrics"), headers=headers) as response:
        return response.status, await response.text()


async def test_without_a_token_callers_on_this_machine_may_read(served: Served) -> None:
    status, text = await get(served, {})
    assert status == 200
    assert 'pointsman_backlog{kind="deliveries"} 3.0' in text
    assert "pointsman_store_up 1.0" in text


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "X-Real-IP"])
async def test_a_proxy_on_this_machine_does_not_make_strangers_local(served: Served, header: str) -> None:
    status, text = await get(served, {header: "203.0.113.9"})
    assert status == 403
    assert "METRICS_TOKEN" in text


@pytest.mark.parametrize("given,status", [
    ({"Authorization": "Bearer the-token"}, 200),
    ({"Authorization": "Bearer the-toke"}, 401),
    ({"Authorization": "Bearer the-tokené"}, 401),
    ({"Authorization": "the-token"}, 401),
    ({}, 401),
])  # fmt: skip
async def test_with_a_token_only_it_opens_the_metrics(given: dict[str, str], status: int) -> None:
    async with serving(metrics_token="the-token") as served:
        assert (await get(served, given))[0] == status


async def test_while_the_store_is_away_no_old_backlog_is_shown(served: Served) -> None:
    await get(served, {})
    served.store.is_down = True
    status, text = await get(served, {})
    assert status == 200
    assert "pointsman_store_up 0.0" in text
    assert "pointsman_backlog{" not in text


@pytest.mark.parametrize("answer,line", [
    (Answer(status=202, stored="duplicate"),
     'pointsman_deliveries_accepted_total{source="github",state="duplicate"} 1.0'),
    (Answer(status=202, stored="revived"),
     'pointsman_deliveries_accepted_total{source="github",state="revived"} 1.0'),
    (Answer(status=503), 'pointsman_deliveries_refused_total{source="github",status="503"} 1.0'),
    (Answer(status=202, stored="stored"),
     'pointsman_acknowledgement_seconds_bucket{le="0.05",source="github"} 1.0'),
])  # fmt: skip
def test_every_answer_is_counted(answer: Answer, line: str) -> None:
    metrics = Metrics()
    metrics.answered("github", answer, 0.03)
    assert line in metrics.text().decode()


def test_an_answer_to_a_greeting_counts_nowhere() -> None:
    metrics = Metrics()
    metrics.answered("slack", Answer(status=200), 0.01)
    assert 'source="slack"' not in metrics.text().decode()


class Transport:
    """As far as a request asks its transport."""

    def __init__(self, peer: Any) -> None:
        self._peer = peer

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return self._peer if name == "peername" else default


@pytest.mark.parametrize("peer,local", [
    (("127.0.0.1", 1), True),
    (("127.9.9.9", 1), True),
    (("::1", 1, 0, 0), True),
    (("::ffff:127.0.0.1", 1, 0, 0), True),
    (("10.0.0.1", 1), False),
    (("::ffff:10.0.0.1", 1, 0, 0), False),
    ("", False),
    (None, False),
])  # fmt: skip
def test_only_loopback_is_this_machine(peer: Any, local: bool) -> None:
    request = make_mocked_request("GET", "/metrics", transport=Transport(peer))
    assert is_from_this_machine(request) == local
