"""Liveness never asks the store; readiness says why not."""

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest

from bot.web.health import Health
from tests.unit.web.serving import Served, Store


class StuckStore(Store):
    """Never answers."""

    async def ping(self) -> None:
        await asyncio.Event().wait()


async def get(served: Served, path: str) -> tuple[int, Mapping[str, Any]]:
    async with served.client.get(served.url(path)) as response:
        return response.status, await response.json()


async def test_a_process_is_alive_while_its_store_is_not(served: Served) -> None:
    served.store.is_down = True
    assert await get(served, "/healthz") == (200, {"status": "ok"})


async def test_a_process_is_ready_while_the_store_answers(served: Served) -> None:
    assert await get(served, "/readyz") == (200, {"status": "ready"})


async def test_without_the_store_it_is_not_ready(served: Served) -> None:
    served.store.is_down = True
    reasons = ["The store cannot be written to."]
    assert await get(served, "/readyz") == (503, {"status": "unavailable", "reasons": reasons})


async def test_while_it_drains_it_is_not_ready(served: Served) -> None:
    served.health.is_draining = True
    assert (await get(served, "/readyz"))[0] == 503


@pytest.mark.parametrize("waiting,reasons", [
    ({"deliveries": 10_000, "work": 0, "effects": 0, "parked": 99_999}, []),
    ({}, []),
    ({"deliveries": 10_001}, ["10001 deliveries wait, more than 10000."]),
    ({"work": 20_000, "effects": 30_000},
     ["20000 work wait, more than 10000.", "30000 effects wait, more than 10000."]),
])  # fmt: skip
async def test_a_backlog_over_its_limit_is_a_reason(waiting: dict[str, int], reasons: list[str]) -> None:
    assert await Health(Store(waiting)).reasons() == reasons


async def test_a_store_that_does_not_answer_is_a_reason() -> None:
    health = Health(StuckStore(), store_seconds_max=0.0)
    assert await health.reasons() == ["The store did not answer within 0 s."]
