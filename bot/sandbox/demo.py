"""`pointsman demo`: the stage, the real bot as a program beside it, and either a page or one story.

Everything is on this machine and in a folder that is removed at the end.
"""

import asyncio
import os
import signal
import sys
import tempfile
from pathlib import Path

import click

from bot.sandbox.child import BotDied, BotProcess
from bot.sandbox.github.seed import SHOP
from bot.sandbox.script import Script, StoryFailed
from bot.sandbox.stage import HOST, Stage, StageSettings, free_port

STEP_SECONDS_SCRIPT = 0.2
STEP_SECONDS_PLAY = 1.0
CONFIGURATION = """\
version: 1
slack: {channel: C0DEPLOYS}
services:
  api:
    deploy: {driver: http, url: "{hook}", secret: shop-deployer}
environments:
  staging:
    url: https://staging.shop.example
  production:
    url: https://shop.example
"""


async def demonstrate(*, script: bool, port: int) -> int:
    """Run the demo; gives the exit code."""
    with tempfile.TemporaryDirectory(prefix="pointsman-demo-") as folder:
        pace = STEP_SECONDS_SCRIPT if script else STEP_SECONDS_PLAY
        settings = StageSettings(configuration=CONFIGURATION, pull_requests=not script, step_seconds=pace)
        stage = Stage(Path(folder), settings)
        bot_port = free_port()
        if not await _opened(stage, bot_port, 0 if script else port):
            return 2
        bot = BotProcess(stage.environment(bot_port), f"http://{HOST}:{bot_port}", Path(folder) / "bot.log")
        bot.on_restart = lambda: click.echo("  (the bot died; it is started again)")
        try:
            await bot.start()
            click.echo(f"bot: process {bot.pid} on http://{HOST}:{bot_port}", err=True)
            return await (_play_script(stage) if script else _play_by_hand(stage, bot_port))
        except BotDied as died:
            click.echo(f"The bot does not start:\n{died}", err=True)
            return 1
        finally:
            await bot.end()
            await stage.close()


async def _opened(stage: Stage, bot_port: int, pages_port: int) -> bool:
    """Open the stage; False = the port is taken, and that was said."""
    try:
        await stage.open(f"http://{HOST}:{bot_port}", pages_port)
    except OSError as error:
        await stage.close()
        why = os.strerror(error.errno) if error.errno else str(error)
        click.echo(
            f"The demo cannot listen on {HOST}:{pages_port}: {why}. Name another port with --port, or 0 "
            'for a free one: make demo ARGS="--port 0"',
            err=True,
        )
        return False
    return True


async def _play_script(stage: Stage) -> int:
    try:
        await Script(stage, click.echo).play()
    except StoryFailed as failure:
        click.echo(f"\nThe story went wrong: {failure}", err=True)
        return 1
    click.echo("\nThe end. Play it yourself: make demo")
    return 0


async def _play_by_hand(stage: Stage, bot_port: int) -> int:
    ledger = f"DATABASE_URL={stage.environment(bot_port)['DATABASE_URL']}"
    click.echo(
        f"""
Pointsman runs, with a simulated GitHub, Slack and deployer:

  {stage.pages_url}/    the page to play on: pull requests, the channel, switches for trouble
  http://{HOST}:{bot_port}/healthz    the bot itself; also /readyz and /metrics

Comment /deploy production on a pull request and watch #deploys. Ask why, in another terminal:

  {ledger} {sys.executable} -m bot why {SHOP}#1

Ctrl-C ends everything."""
    )
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, ended.set)
    await ended.wait()
    return 0
