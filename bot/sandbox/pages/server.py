"""Serves the pages on an address of their own, and lets the simulated services link to them.

Must never be bound to more than this machine unless somebody asks for it.
"""

from aiohttp import web

from bot.sandbox.pages.application import pages_application
from bot.sandbox.pages.worlds import Worlds


class PagesServer:
    """Serves the pages of three worlds; start it after the servers of the worlds."""

    def __init__(self, worlds: Worlds) -> None:
        self._worlds = worlds
        self._runner: web.AppRunner | None = None
        self.url = ""

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> str:
        """Serve, and hand back the address; links to GitHub and Slack lead here from now on."""
        self._runner = web.AppRunner(pages_application(self._worlds), access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        await web.TCPSite(self._runner, host, port).start()
        self.url = f"http://{host}:{self._runner.addresses[0][1]}"
        self._worlds.github.web_url = f"{self.url}/github"
        self._worlds.slack.space.web_url = f"{self.url}/slack"
        return self.url

    async def close(self) -> None:
        """Stop serving."""
        if self._runner is not None:
            await self._runner.cleanup()
