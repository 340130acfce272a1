"""The HTTP shell of the simulated Slack: serves its Web API and carries what people do to the app.

Must never decide anything: what is answered and when something is tried again is the world's business.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from aiohttp import ClientError, ClientSession, ClientTimeout, web

from bot.sandbox.slack.changes import Changes
from bot.sandbox.slack.exchange import Request, Response
from bot.sandbox.slack.outbox import Answer, Outgoing
from bot.sandbox.slack.world import SlackWorld

ACKNOWLEDGEMENT_SECONDS = 3.0
REQUEST_BYTES_MAX = 4 * 1024 * 1024
T = TypeVar("T")


class SlackServer:
    """Serves one world on one port; `deliver_to` names the app's address, until then requests wait."""

    def __init__(
        self,
        world: SlackWorld,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        acknowledgement_seconds: float = ACKNOWLEDGEMENT_SECONDS,
    ) -> None:
        self.world = world
        self.url = ""
        self._sleep = sleep
        self._acknowledgement = ClientTimeout(total=acknowledgement_seconds)
        self._changes = Changes()
        self._target = ""
        self._carrying: set[asyncio.Task[None]] = set()
        self._session: ClientSession | None = None
        self._runner: web.AppRunner | None = None

    @property
    def api_url(self) -> str:
        """The base address of the Web API, ending in `/api/`."""
        return f"{self.url}/api/"

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> str:
        """Serve, and hand back the address; port 0 takes a free one."""
        application = web.Application(client_max_size=REQUEST_BYTES_MAX)
        application.router.add_route("*", "/{path:.*}", self._handle)
        self._runner = web.AppRunner(application, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, host, port)
        await site.start()
        self.url = f"http://{host}:{self._runner.addresses[0][1]}"
        self.world.space.base_url = self.url
        self.world.space.listeners.append(self._changed)
        self._session = ClientSession(timeout=self._acknowledgement)
        self._carry_new()
        return self.url

    async def close(self) -> None:
        """Stop serving and carrying."""
        if self._changed in self.world.space.listeners:
            self.world.space.listeners.remove(self._changed)
        tasks = list(self._carrying)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._session is not None:
            await self._session.close()
        if self._runner is not None:
            await self._runner.cleanup()

    def deliver_to(self, url: str) -> None:
        """Send commands, presses and events to this address (`…/slack/events`) from now on."""
        self._target = url
        self._carry_new()

    async def wait_until(self, predicate: Callable[[], T], timeout_seconds: float = 5.0) -> T:
        """Wait until the predicate holds and hand back what it returned; TimeoutError with the transcript."""
        try:
            return await self._changes.wait_until(predicate, timeout_seconds)
        except TimeoutError as error:
            raise TimeoutError(f"not so after {timeout_seconds} s:\n{self.world.transcript()}") from error

    async def settled(self, timeout_seconds: float = 5.0) -> None:
        """Wait until nothing is on its way to the app any more."""
        await self.wait_until(lambda: not self.world.space.outbox.pending(), timeout_seconds)

    def _changed(self) -> None:
        self._carry_new()
        self._changes.notify()

    def _carry_new(self) -> None:
        if not self._target or self._session is None:
            return
        for sent in self.world.space.outbox.take_new():
            task = asyncio.get_running_loop().create_task(self._carry(self._session, sent))
            self._carrying.add(task)
            task.add_done_callback(self._carrying.discard)

    async def _carry(self, session: ClientSession, sent: Outgoing) -> None:
        """Send one request, and again for as long as the world wants it to be."""
        while not sent.is_over:
            pause = sent.due_at - self.world.clock()
            if pause > 0:
                await self._sleep(pause)
            sent.state = "sending"
            self.world.answered(sent, await self._attempt(session, sent))

    async def _attempt(self, session: ClientSession, sent: Outgoing) -> Answer:
        headers = self.world.signed_headers(sent)
        try:
            async with session.post(self._target, data=sent.body, headers=headers) as reply:
                lowered = {name.lower(): value for name, value in reply.headers.items()}
                return Answer(reply.status, lowered, await reply.read())
        except TimeoutError:
            return Answer(None, trouble="timeout")
        except ClientError:
            return Answer(None, trouble="connection")

    async def _handle(self, request: web.Request) -> web.Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        asked = Request(request.method, request.path, headers, await request.read(), request.query_string)
        answer: Response = self.world.api(asked)
        if answer.delay_seconds:
            await self._sleep(answer.delay_seconds)
        if answer.cut:
            if request.transport is not None:
                request.transport.abort()
            return web.Response()
        return web.Response(status=answer.status, body=answer.body, headers=dict(answer.headers))
