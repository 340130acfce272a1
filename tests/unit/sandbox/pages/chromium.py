"""A real browser without a window, spoken to by the Chrome DevTools Protocol.

It knows nothing of the pages. `until` waits for what a page shows; nothing here sleeps.
"""

import asyncio
import contextlib
import itertools
import json
import re
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import ClientSession, ClientWebSocketResponse, WSMsgType

PROGRAM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))), None
)
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--remote-debugging-port=0",
)
SECONDS_MAX = 30.0
_ADDRESS = re.compile(rb"ws://127\.0\.0\.1:(\d+)/")


class Tab:
    """One open page."""

    def __init__(self, socket: ClientWebSocketResponse) -> None:
        self._socket = socket
        self._numbers = itertools.count(1)
        self._answers: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self.troubles: list[str] = []
        """What the page complained about: errors of its script, and what its policy kept it from."""

    async def hear(self) -> None:
        """Take what the browser says, until it ends."""
        async for message in self._socket:
            if message.type is not WSMsgType.TEXT:
                continue
            said = json.loads(message.data)
            if "id" in said:
                self._answers.pop(said["id"]).set_result(said)
            elif said["method"] == "Runtime.exceptionThrown":
                self.troubles.append(json.dumps(said["params"]["exceptionDetails"]))
            elif said["method"] == "Log.entryAdded":
                self.troubles.append(said["params"]["entry"]["text"])

    async def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """One command of the protocol."""
        number = next(self._numbers)
        answer = self._answers[number] = asyncio.get_running_loop().create_future()
        await self._socket.send_json({"id": number, "method": method, "params": parameters})
        async with asyncio.timeout(SECONDS_MAX):
            said = await answer
        assert "error" not in said, said
        return dict(said["result"])

    async def run(self, script: str) -> Any:
        """What a piece of JavaScript gives; promises are awaited."""
        result = await self.call("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in result, result["exceptionDetails"]
        return result["result"].get("value")

    async def until(self, condition: str) -> None:
        """Wait until this holds in the page; TimeoutError with what the page shows."""
        try:
            await self.run(
                "new Promise((done) => { const look = () => "
                f"({condition}) ? done() : setTimeout(look, 10); look(); }})"
            )
        except TimeoutError as error:
            raise TimeoutError(f"never: {condition}") from error

    async def go(self, address: str) -> None:
        """Open an address, and wait until its script listens."""
        await self.call("Page.navigate", url=address)
        await self.until(f"location.href === {json.dumps(address)} && document.readyState === 'complete'")

    async def resize(self, width: int, height: int) -> None:
        """Be as large as this."""
        await self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=width < 768,
        )


@asynccontextmanager
async def open_tab() -> AsyncIterator[Tab]:
    """A browser with one empty page; it ends with the block."""
    assert PROGRAM is not None
    with tempfile.TemporaryDirectory(prefix="chromium-", ignore_cleanup_errors=True) as profile:
        process = await asyncio.create_subprocess_exec(
            PROGRAM,
            *FLAGS,
            f"--user-data-dir={profile}",
            "about:blank",
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            async with asyncio.timeout(SECONDS_MAX):
                port = await _port_of(process)
            async with _connected(port) as tab:
                yield tab
        finally:
            process.kill()
            await process.communicate()


async def _port_of(process: asyncio.subprocess.Process) -> int:
    assert process.stderr is not None
    async for line in process.stderr:
        if found := _ADDRESS.search(line):
            return int(found[1])
    raise RuntimeError("the browser did not say where it listens")


@asynccontextmanager
async def _connected(port: int) -> AsyncIterator[Tab]:
    async with ClientSession() as session:
        async with session.get(f"http://127.0.0.1:{port}/json") as reply:
            tabs = await reply.json()
        address = next(tab["webSocketDebuggerUrl"] for tab in tabs if tab["type"] == "page")
        async with session.ws_connect(address, max_msg_size=0) as socket:
            tab = Tab(socket)
            hearing = asyncio.create_task(tab.hear())
            for domain in ("Page", "Runtime", "Log"):
                await tab.call(f"{domain}.enable")
            yield tab
            hearing.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await hearing
