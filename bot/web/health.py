"""Tells an orchestrator whether to restart this process (`/healthz`) or to send it work (`/readyz`).

Liveness never asks the store: restarting us does not mend a database. Readiness says why it is not ready, and
never shows more than that, because anybody may ask.
"""

import asyncio
from collections.abc import Mapping
from typing import Protocol

import msgspec
from aiohttp import web

from bot.domain.errors import StoreUnavailable

STORE_SECONDS_MAX = 5.0
BACKLOG_MAX: Mapping[str, int] = {"deliveries": 10_000, "work": 10_000, "effects": 10_000}


class Store(Protocol):
    """The part of the ledger that readiness is about."""

    async def ping(self) -> None:
        """Whether the store can store now; raises StoreUnavailable."""
        ...

    async def backlog(self) -> Mapping[str, int]:
        """Count what waits, by kind."""
        ...


class Health:
    """The two answers. `is_draining` is set when the process has been asked to end."""

    def __init__(
        self,
        store: Store,
        backlog_max: Mapping[str, int] = BACKLOG_MAX,
        store_seconds_max: float = STORE_SECONDS_MAX,
    ) -> None:
        self._store = store
        self._backlog_max = backlog_max
        self._store_seconds_max = store_seconds_max
        self.is_draining = False

    async def live(self, request: web.Request) -> web.Response:
        """Answer `/healthz`: this process turns its loop."""
        return _json(200, {"status": "ok"})

    async def ready(self, request: web.Request) -> web.Response:
        """Answer `/readyz`: 200, or 503 with the reasons."""
        reasons = await self.reasons()
        if reasons:
            return _json(503, {"status": "unavailable", "reasons": reasons})
        return _json(200, {"status": "ready"})

    async def reasons(self) -> list[str]:
        """Say why no work should be sent here; empty = ready."""
        if self.is_draining:
            return ["This process is shutting down."]
        try:
            async with asyncio.timeout(self._store_seconds_max):
                await self._store.ping()
                backlog = await self._store.backlog()
        except StoreUnavailable:
            return ["The store cannot be written to."]
        except TimeoutError:
            return [f"The store did not answer within {self._store_seconds_max:g} s."]
        return [
            f"{backlog[kind]} {kind} wait, more than {limit}."
            for kind, limit in self._backlog_max.items()
            if backlog.get(kind, 0) > limit
        ]


def _json(status: int, body: object) -> web.Response:
    return web.Response(status=status, body=msgspec.json.encode(body), content_type="application/json")
