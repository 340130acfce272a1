"""A server that answers what a test says, and keeps what it was asked."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web

from bot.domain.instance import Egress

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class AllLocal(Egress, frozen=True):
    """Allows every port of this machine, since a free one is not known beforehand."""

    def allows(self, url: str) -> bool:
        return url.startswith("http://127.0.0.1:")


async def ok(_request: web.Request) -> web.StreamResponse:
    return web.Response(text="ok")


@dataclass
class Server:
    """Where it is, and what arrived there."""

    url: str = ""
    answer: Handler = ok
    heard: list[web.Request] = field(default_factory=list)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        await request.read()
        self.heard.append(request)
        return await self.answer(request)


@asynccontextmanager
async def serving(answer: Handler = ok) -> AsyncIterator[Server]:
    server = Server(answer=answer)
    application = web.Application()
    application.router.add_route("*", "/{path:.*}", server.handle)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    server.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield server
    finally:
        await runner.cleanup()
