"""The HTTP shell of the simulated deployer: serves its hook and its logs, and carries its reports to the bot.

Must never decide anything: what is answered, reported and tried again is the world's business.
"""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TypeVar

from aiohttp import ClientError, ClientSession, ClientTimeout, web

from bot.sandbox.deployer.world import DeployerWorld, Run
from bot.sandbox.slack.changes import Changes
from bot.sandbox.slack.exchange import Request

REPORT_SECONDS = 10.0
T = TypeVar("T")


class DeployerServer:
    """Serves one deployer on one port. Each run's reports go out in order, one after the other."""

    def __init__(
        self, world: DeployerWorld, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    ) -> None:
        self.world = world
        self.url = ""
        self._sleep = sleep
        self._changes = Changes()
        self._done = 0
        self._carrying: dict[int, asyncio.Task[None]] = {}
        self._session: ClientSession | None = None
        self._runner: web.AppRunner | None = None

    @property
    def hook_url(self) -> str:
        """The address that belongs into a repository's configuration (`deploy: {driver: http, url: …}`)."""
        return f"{self.url}/hook"

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> str:
        """Serve, and hand back the address; port 0 takes a free one."""
        application = web.Application()
        application.router.add_post("/hook", self._handle)
        application.router.add_get("/logs/{name}", self._show_log)
        application.router.add_get("/hook/{look:(health|prometheus)/.+}", self._look)
        self._runner = web.AppRunner(application, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, host, port).start()
        self.url = self.world.base_url = f"http://{host}:{self._runner.addresses[0][1]}"
        self._session = ClientSession(timeout=ClientTimeout(total=REPORT_SECONDS))
        self.world.listeners.append(self._changed)
        return self.url

    async def close(self) -> None:
        """Stop serving and reporting."""
        if self._changed in self.world.listeners:
            self.world.listeners.remove(self._changed)
        tasks = list(self._carrying.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._session is not None:
            await self._session.close()
        if self._runner is not None:
            await self._runner.cleanup()

    async def wait_until(self, predicate: Callable[[], T], timeout_seconds: float = 5.0) -> T:
        """Wait until the predicate holds and hand back what it returned; TimeoutError with the runs."""
        try:
            return await self._changes.wait_until(predicate, timeout_seconds)
        except TimeoutError as error:
            raise TimeoutError(f"not so after {timeout_seconds} s: {self.world.runs}") from error

    def _changed(self) -> None:
        if self._session is not None:
            self._carry_new(self._session)
        self._changes.notify()

    def _carry_new(self, session: ClientSession) -> None:
        """Carry what has something to report and nobody carries yet: new runs, and silent ones let go."""
        runs = self.world.runs
        while self._done < len(runs) and runs[self._done].is_over and not runs[self._done].is_waiting:
            self._done += 1
        for number, run in enumerate(runs[self._done :], self._done):
            if not run.is_over and number not in self._carrying:
                task = asyncio.get_running_loop().create_task(self._carry(session, run))
                self._carrying[number] = task
                task.add_done_callback(partial(self._carried, number))

    def _carried(self, number: int, _: asyncio.Task[None]) -> None:
        del self._carrying[number]

    async def _carry(self, session: ClientSession, run: Run) -> None:
        """Send a run's reports, each as often as the world wants."""
        while not run.is_over:
            if run.held:
                await self._changes.next()
                continue
            pause = run.due_at - self.world.clock()
            if pause > 0:
                await self._sleep(pause)
            if not run.is_over:
                self.world.answered(run, await self._report(session, run))

    async def _report(self, session: ClientSession, run: Run) -> int | None:
        report = self.world.next_report(run)
        try:
            async with session.post(
                report.url, data=report.body, headers=report.headers, allow_redirects=False
            ) as reply:
                return reply.status
        except (ClientError, TimeoutError):
            return None

    async def _handle(self, request: web.Request) -> web.Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        answer = self.world.receive(Request(request.method, request.path, headers, await request.read()))
        if answer.delay_seconds:
            await self._sleep(answer.delay_seconds)
        if answer.cut:
            if request.transport is not None:
                request.transport.abort()
            return web.Response()
        return web.Response(status=answer.status, body=answer.body, headers=dict(answer.headers))

    async def _look(self, request: web.Request) -> web.Response:
        status, text = self.world.look(str(request.url))
        return web.Response(status=status, text=text)

    async def _show_log(self, request: web.Request) -> web.Response:
        try:
            return web.Response(text=self.world.log_of(request.match_info["name"]))
        except KeyError as error:
            raise web.HTTPNotFound from error
