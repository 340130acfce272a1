"""Tells open pages what changed: the names of the sources, gathered for a moment, as server-sent events.

A page fetches those of its parts that are about them. Small parts that hang on everything and change rarely
are drawn here and compared, so that no page has to ask for them at every change. Must never hold an update
back for longer than the moment in which changes are gathered, nor keep the server from ending.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping

from aiohttp import web

Drawings = Mapping[str, Callable[[], str]]
END = "end"
GATHER_SECONDS = 0.05
"""Many changes come together; people notice no delay of this length."""


class Listener:
    """One open page: what changed since it was told last. `wanted` is what it asks for; empty: everything."""

    def __init__(self, wanted: frozenset[str], drawings: Drawings) -> None:
        self._wanted = wanted | {END} if wanted else wanted
        self._drawings = {} if wanted else drawings
        self._drawn = {name: draw() for name, draw in self._drawings.items()}
        self._changed: dict[str, None] = {}
        self._bell = asyncio.Event()

    def tell(self, source: str) -> None:
        """Something changed."""
        if self._wanted and source not in self._wanted:
            return
        self._changed[source] = None
        self._bell.set()

    async def wait(self) -> None:
        """Wait until something has changed."""
        await self._bell.wait()

    def take(self) -> list[str]:
        """What changed, and forget it."""
        drawn = {name: draw() for name, draw in self._drawings.items()}
        redrawn = [name for name, html in drawn.items() if html != self._drawn[name]]
        changed = list(dict.fromkeys([*self._changed, *redrawn]))
        self._drawn = drawn
        self._changed.clear()
        self._bell.clear()
        return changed


class Live:
    """All open pages. `sleep` is for the moment in which changes are gathered."""

    def __init__(self, sleep: Callable[[float], Awaitable[None]], drawings: Drawings) -> None:
        self._sleep = sleep
        self._drawings = drawings
        self._listeners: list[Listener] = []
        self._closing = False
        self.on_listener: Callable[[], None] | None = None

    def tell(self, source: str) -> None:
        """Tell every open page that this source changed."""
        for listener in self._listeners:
            listener.tell(source)

    async def close(self, application: web.Application) -> None:
        """End all streams, so that the server need not wait for them."""
        self._closing = True
        self.tell(END)

    async def show(self, request: web.Request) -> web.StreamResponse:
        """The stream. It begins with a comment, so that a page knows that it is heard."""
        return await self._stream(request, frozenset())

    async def show_story(self, request: web.Request) -> web.StreamResponse:
        """The stream of the bot's own pages, which ask for news of its story only."""
        return await self._stream(request, frozenset({"story"}))

    async def _stream(self, request: web.Request, wanted: frozenset[str]) -> web.StreamResponse:
        response = web.StreamResponse(headers={"content-type": "text/event-stream"})
        listener = Listener(wanted, self._drawings)
        self._listeners.append(listener)
        if self.on_listener is not None:
            self.on_listener()
        try:
            await response.prepare(request)
            await response.write(b": hello\n\n")
            async for changed in self._news(listener):
                await response.write(f"data: {' '.join(changed)}\n\n".encode())
        except ConnectionError:
            return response  # the page was closed
        finally:
            self._listeners.remove(listener)
        return response

    async def _news(self, listener: Listener) -> AsyncIterator[list[str]]:
        while True:
            await listener.wait()
            if self._closing:
                return
            await self._sleep(GATHER_SECONDS)
            yield listener.take()
