"""Stands before the simulated GitHub's API: a bot is killed by its own request, which is then never served.

Must never touch a request that it was not told to wait for.
"""

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from bot.sandbox.github.server import api_path
from tests.crash.program import Program


class Door:
    """The next request of a kind kills the bot that sent it; `struck` says that it did."""

    def __init__(self, application: web.Application) -> None:
        self._wanted: tuple[str, str] | None = None
        self._program: Program | None = None
        self.struck = False
        application.middlewares.append(self._middleware())

    def arm(self, program: Program, method: str, ending: str) -> None:
        """Wait for a request of this bot whose path ends so."""
        self._wanted, self._program, self.struck = (method, ending), program, False

    def _concerns(self, request: web.Request) -> bool:
        path = api_path(request.raw_path).partition("?")[0]
        return self._wanted is not None and (
            request.method == self._wanted[0] and path.endswith(self._wanted[1])
        )

    def _middleware(self) -> Middleware:
        @web.middleware
        async def door(request: web.Request, handler: Handler) -> web.StreamResponse:
            if self._program is None or not self._concerns(request):
                return await handler(request)
            self._wanted, self.struck = None, True
            self._program.strike()
            if request.transport is not None:
                request.transport.abort()
            return web.Response(status=500)

        return door
