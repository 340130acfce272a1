"""The demo to play with: goes on where it was, shows a page, keeps everything, and ends in order.

Ctrl-C and SIGTERM end it: what happens waits, the bot drains, everything is saved. A second Ctrl-C has no
patience with the bot. Must never end without the bot, and never before what can be saved is saved.
"""

import asyncio
import shlex
import signal
import sys
import time
import webbrowser
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import click

from bot.sandbox.child import BotDied, BotProcess
from bot.sandbox.demo_folder import DemoFolder
from bot.sandbox.demo_ports import PortTaken, choose_ports
from bot.sandbox.github.seed import SHOP
from bot.sandbox.github.site import SITE
from bot.sandbox.keeping import Keeper, Kept, Ports, Snapshot, snapshot
from bot.sandbox.stage import HOST, SITE_CHANNEL, Stage, StageSettings
from bot.sandbox.waking import wake

LOG_BYTES_MAX = 5_000_000
PACKAGES = Path(__file__).resolve().parents[2]
"""The folder that holds the package."""
INSTALLED_IN = ("site-packages", "dist-packages")
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoOptions:
    """What was asked for on the command line. `port` and `folder` None = as before, or the usual ones."""

    version: str
    script: bool = False
    port: int | None = None
    folder: Path | None = None
    fresh: bool = False
    open_browser: bool = False

    def command(self, *more: str) -> str:
        """What to type for a demo in the same folder."""
        words = [
            *([] if self.folder is None else ["--folder", shlex.quote(str(self.folder.absolute()))]),
            *more,
        ]
        if not words:
            return "make demo"
        return f'make demo ARGS="{" ".join(words)}"' if len(words) > 1 else f"make demo ARGS={words[0]}"


class EndedEarly(Exception):
    """Somebody ended the demo before it had begun."""


class Play:
    """One run of the demo, from what was kept to what is kept.

    `ready` is set once people can play; from then on there are `stage` and `bot`.
    """

    stage: Stage
    bot: BotProcess | None = None

    def __init__(self, folder: DemoFolder, options: DemoOptions, settings: StageSettings) -> None:
        self._folder = folder
        self._options = options
        self._settings = settings
        self._told = asyncio.Event()
        self._news: list[str] = []
        self.ready = asyncio.Event()

    async def play(self) -> int:
        """Play until somebody ends it; gives the exit code. Raises FolderRefused and PortTaken."""
        loop = asyncio.get_running_loop()
        for number in SIGNALS:
            loop.add_signal_handler(number, self.end)
        try:
            hold = await self._folder.bot_gone(click.echo, self._sleep)
            kept, ports = self._what_was()
            self.stage = Stage(self._folder.bot, self._settings, kept)
            return await self._on(self.stage, ports, hold)
        except EndedEarly:
            return 0
        finally:
            for number in SIGNALS:
                loop.remove_signal_handler(number)

    def end(self) -> None:
        """End it in order; told a second time, without patience for the bot."""
        if self._told.is_set() and self.bot is not None:
            self.bot.hurry()
        self._told.set()

    async def _sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
        if self._told.is_set():
            raise EndedEarly

    def _what_was(self) -> tuple[Kept | None, Ports]:
        """What was kept, unless it is to be forgotten, and where to listen."""
        options = self._options
        kept, aside = (None, "") if options.fresh else self._folder.load(options.version, time.time)
        ports, moved = choose_ports(kept.ports if kept else None, options.port, options.command)
        if options.fresh:
            self._folder.begin_anew()
        woken = wake(kept, f"{HOST}:{ports.bot}") if kept else []
        self._news = [sentence for sentence in (aside, *woken, *moved) if sentence]
        return kept, ports

    async def _on(self, stage: Stage, ports: Ports, hold: int) -> int:
        """Play on this stage; whatever happens, the bot ends and what happened is saved."""
        try:
            await _open(stage, ports)
            stage.disconnect()  # nothing is sent before there is a bot to hear it
            keeper = await self._new_keeper(stage, ports)
        except BaseException:
            await stage.close()
            raise
        self.bot = self._new_bot(stage, ports, hold)
        try:
            return await self._with_bot(self.bot, stage, ports)
        finally:
            await self._end_all(self.bot, stage, keeper)

    async def _with_bot(self, bot: BotProcess, stage: Stage, ports: Ports) -> int:
        starting, told = asyncio.create_task(bot.start()), asyncio.create_task(self._told.wait())
        try:
            await asyncio.wait({starting, told}, return_when=asyncio.FIRST_COMPLETED)
            if not starting.done():
                return 0
            await starting
            stage.connect(_url(ports.bot))
            stage.deployer.changed()  # deployments that were under way go on
            click.echo(self._greeting(bot, stage, ports))
            self.ready.set()
            if self._options.open_browser:
                await _open_browser(stage.pages_url)
            await told
        except BotDied as died:
            click.echo(f"The bot does not start:\n{died}", err=True)
            return 1
        finally:
            for task in (starting, told):
                task.cancel()
            await asyncio.gather(starting, told, return_exceptions=True)
        return 0

    async def _end_all(self, bot: BotProcess, stage: Stage, keeper: Keeper) -> None:
        """The bot first, while it can still reach everything; what happens meanwhile waits, and is saved."""
        click.echo("\nEnding. The bot finishes what it has begun; Ctrl-C again does not wait for that.")
        stage.disconnect()
        await bot.end()
        await stage.close()
        if await keeper.close():
            command = self._options.command()
            click.echo(f"Everything is kept in {self._folder.path}. Go on from here: {command}")

    async def _new_keeper(self, stage: Stage, ports: Ports) -> Keeper:
        """From now on everything is saved: the first time before there is a bot to remember more."""

        def take(in_order: bool) -> Snapshot:
            return snapshot(stage.kept(ports, in_order=in_order), self._options.version)

        keeper = Keeper(self._folder.state, take, _warn)
        await keeper.start()
        stage.worlds.listen(keeper.changed)
        self._folder.announce(stage.pages_url)
        return keeper

    def _new_bot(self, stage: Stage, ports: Ports, hold: int) -> BotProcess:
        log = stage.folder / "bot.log"
        if log.exists() and log.stat().st_size > LOG_BYTES_MAX:
            log.replace(log.with_name("bot.log.old"))
        bot = BotProcess(stage.environment(ports.bot), _url(ports.bot), log, hold)
        bot.on_restart = _say_restart
        bot.on_given_up = _say_given_up

        async def restart() -> None:
            with suppress(BotDied):  # said by on_given_up, or here by the first start
                await bot.restart()

        stage.worlds.restart_bot, stage.worlds.kill_bot = restart, bot.kill
        return bot

    def _greeting(self, bot: BotProcess, stage: Stage, ports: Ports) -> str:
        environment, command = stage.environment(ports.bot), self._options.command
        news = "".join(f"\n{sentence}\n" for sentence in self._news)
        ledger = f"DATABASE_URL={shlex.quote(environment['DATABASE_URL'])}"
        return f"""
  {stage.pages_url}/    the page to play on: pull requests, the channel, switches for trouble
{news}
Pointsman runs as process {bot.pid}, with a simulated GitHub, Slack and deployer.

  {_url(ports.bot)}/?token={environment["DASHBOARD_TOKEN"]}    its own dashboard
  {_url(ports.bot)}/healthz    the bot itself; also /readyz and /metrics

Comment /deploy production on a pull request and watch #deploys.{_site(stage)}
Ask why, in another terminal:

  {_from(PACKAGES)}{ledger} {shlex.quote(sys.executable)} -m bot why {SHOP}#1

Everything is kept in {self._folder.path}.
Ctrl-C ends it. Go on later: {command()}    Begin anew: {command("--fresh")}"""


def _from(packages: Path) -> str:
    """What leads to the package first, where Python would not find it from another folder."""
    return "" if packages.name in INSTALLED_IN else f"cd {shlex.quote(str(packages))} && "


def _site(stage: Stage) -> str:
    """A sentence on acme/site; a demo that was kept from before there was one does not have it."""
    if SITE.lower() not in stage.github.names:
        return ""
    return f"\nOn the pull request of {SITE} it ships by GitHub Actions: watch #{SITE_CHANNEL[1]}."


async def _open_browser(url: str) -> None:
    if not await asyncio.to_thread(webbrowser.open, f"{url}/"):
        _warn("No browser could be opened; open the first address above by hand.")


async def _open(stage: Stage, ports: Ports) -> None:
    try:
        await stage.open(_url(ports.bot), ports)
    except OSError as error:  # somebody was faster
        raise PortTaken(f"The demo cannot listen where it wanted to: {error}. Start it again.") from error


def _url(port: int) -> str:
    return f"http://{HOST}:{port}"


def _warn(sentence: str) -> None:
    click.echo(sentence, err=True)


def _say_restart(asked: bool) -> None:
    click.echo("  (the bot is started again)" if asked else "  (the bot died; it is started again)")


def _say_given_up(words: str) -> None:
    _warn(f"The bot is not started again, because it does not last. Its last words:\n{words}")
