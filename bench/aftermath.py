"""From the failing probe to the question in Slack, and from the click to the deployer's request.

The worlds run in this process, the bot in one of its own, on the system's clock. Each round deploys something
good and something that does not work; the probe is taken every second, and its first failure is enough.
Slack takes one message a second in a channel: a service falls ill when nothing waits there any more.
"""

import asyncio
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from bot.sandbox.child import BotProcess
from bot.sandbox.github import Strictness
from bot.sandbox.github.seed import SHOP
from bot.sandbox.slack import Limits, Message
from bot.sandbox.stage import CONFIGURATION, HOST, Stage, StageSettings, free_port

ROUNDS = 10
INTERVAL_SECONDS = 1.0
QUIET_SECONDS = 6.5
T = TypeVar("T")
CHANNEL = "C0DEPLOYS"
WAIT_SECONDS_MAX = 30.0
LOOK_SECONDS = 0.002
VERIFIED = """\
  production:
    verify:
      for: 1h
      http: [{url: "{hook}/health/api/production", every: 1s, failures: 1}]
"""


@dataclass
class Measured:
    """Milliseconds of each round."""

    asked: list[float] = field(default_factory=list)
    ordered: list[float] = field(default_factory=list)


async def measure() -> Measured:
    """Run it once."""
    with tempfile.TemporaryDirectory(prefix="pointsman-bench-", dir=Path.cwd()) as folder:
        settings = StageSettings(
            configuration=CONFIGURATION.replace("  production:\n", VERIFIED),
            limits=Limits.lifted(),
            strictness=Strictness(validators=False, rules=False),
        )
        stage = Stage(Path(folder), settings)
        port = free_port()
        url = f"http://{HOST}:{port}"
        await stage.open(url)
        bot = BotProcess(stage.environment(port) | {"LOG_LEVEL": "warning"}, url, Path(folder) / "bot.log")
        try:
            await bot.start()
            measured = Measured()
            for _ in range(ROUNDS):
                await _round(stage, measured)
            return measured
        finally:
            await bot.end()
            await stage.close()


async def _round(stage: Stage, measured: Measured) -> None:
    deployer = stage.deployer
    good = await _deploy(stage)
    await _until(lambda: _is_live(stage, good))
    await _keep(stage)
    sick = await _deploy(stage)
    await _until(lambda: _is_live(stage, sick))
    await asyncio.sleep(QUIET_SECONDS)
    fell_ill = time.perf_counter()
    deployer.sick.add(sick)
    prompt = await _until(lambda: _prompt(stage))
    measured.asked.append((time.perf_counter() - fell_ill) * 1_000)
    before = len(deployer.orders)
    clicked = time.perf_counter()
    stage.slack.press("grace", prompt, "Roll back")
    await _until(lambda: len(deployer.orders) > before)
    measured.ordered.append((time.perf_counter() - clicked) * 1_000)
    await _until(lambda: _is_live(stage, good))
    await _keep(stage)


async def _deploy(stage: Stage) -> str:
    """Deploy a new commit; gives it once its deployer has it."""
    pull = stage.github.repository(SHOP).pulls[0]
    before = len(stage.deployer.orders)
    files = {"services/api/app.py": f"x = {before}\n"}
    sha = stage.github.push("ada", SHOP, pull.head_ref, files, f"Change {before}").sha
    await asyncio.sleep(1.1)  # a comment of the same second could be meant for the commit before
    stage.github.comment("ada", SHOP, pull.number, "/deploy api production")
    await _until(lambda: len(stage.deployer.orders) > before)
    return sha


async def _keep(stage: Stage) -> None:
    """Take what is being verified for good."""
    id = stage.deployer.orders[-1].deployment
    await _until(lambda: _said(stage, "is watched until", id))
    number = stage.github.repository(SHOP).pulls[0].number
    stage.github.comment("grace", SHOP, number, f"/keep {id}")
    await _until(lambda: _said(stage, "succeeded", id))


def _is_live(stage: Stage, sha: str) -> bool:
    live = stage.deployer.live.get(("api", "production"))
    return live is not None and live.sha == sha


def _said(stage: Stage, *words: str) -> Message | None:
    found = (each for each in stage.slack.messages(CHANNEL) if all(word in each.spoken for word in words))
    return next(found, None)


def _prompt(stage: Stage) -> Message | None:
    found = (each for each in reversed(stage.slack.messages(CHANNEL)) if "Roll back" in each.buttons)
    return next(found, None)


async def _until(look: Callable[[], T | None]) -> T:
    ends = time.perf_counter() + WAIT_SECONDS_MAX
    while not (found := look()):
        if time.perf_counter() > ends:
            raise TimeoutError("it did not come")
        await asyncio.sleep(LOOK_SECONDS)
    return found
