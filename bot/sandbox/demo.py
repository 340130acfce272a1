"""`pointsman demo`: the stage, the real bot as a program beside it, and either a page or one story.

Everything is on this machine. The page keeps its state in a folder and goes on from there; the story uses a
folder that is removed at the end. Must never leave a bot behind.
"""

import os
import tempfile
from pathlib import Path

import click

from bot.sandbox.child import BotDied, BotProcess
from bot.sandbox.demo_folder import DemoFolder, FolderRefused, default_folder
from bot.sandbox.demo_play import DemoOptions, Play
from bot.sandbox.demo_ports import PortTaken
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
    start_timeout: 20s
    timeout: 1m
  production:
    url: https://shop.example
    start_timeout: 20s
    timeout: 1m
    verify:
      for: 5s
      http: [{url: "{hook}/health/api/production", every: 2s, failures: 2}]
      prometheus: [{url: "{hook}/prometheus", query: error_ratio, max: 0.05, every: 2s, failures: 2}]
      alerts: true
"""


async def demonstrate(options: DemoOptions) -> int:
    """Run the demo; gives the exit code."""
    if options.script:
        return await _tell_the_story()
    try:
        folder = DemoFolder(options.folder or default_folder(os.environ, Path.home()))
    except FolderRefused as refused:
        click.echo(str(refused), err=True)
        return 2
    try:
        settings = StageSettings(configuration=CONFIGURATION, site=True, step_seconds=STEP_SECONDS_PLAY)
        return await Play(folder, options, settings).play()
    except (FolderRefused, PortTaken) as refused:
        click.echo(str(refused), err=True)
        return 2
    finally:
        folder.release()


async def _tell_the_story() -> int:
    with tempfile.TemporaryDirectory(prefix="pointsman-demo-") as folder:
        settings = StageSettings(
            configuration=CONFIGURATION, pull_requests=False, step_seconds=STEP_SECONDS_SCRIPT
        )
        stage = Stage(Path(folder), settings)
        try:
            return await _told_on(stage)
        finally:
            await stage.close()


async def _told_on(stage: Stage) -> int:
    port = free_port()
    url = f"http://{HOST}:{port}"
    await stage.open(url)
    bot = BotProcess(stage.environment(port), url, stage.folder / "bot.log")
    bot.on_restart = lambda asked: click.echo("  (the bot died; it is started again)")
    try:
        await bot.start()
        click.echo(f"bot: process {bot.pid} on {url}", err=True)
        await Script(stage, click.echo).play()
    except BotDied as died:
        click.echo(f"The bot does not start:\n{died}", err=True)
        return 1
    except StoryFailed as failure:
        click.echo(f"\nThe story went wrong: {failure}", err=True)
        return 1
    finally:
        await bot.end()
    click.echo("\nThe end. Play it yourself: make demo")
    return 0
