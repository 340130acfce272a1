"""From a pull request's webhook to its check run, at a steady rate.

The simulated GitHub runs in this process, the bot in one of its own. Each push moves the head of a pull
request and sends one delivery of about 22 KB; the bot answers it and publishes two check runs.
"""

import asyncio
import contextlib
import os
import statistics
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from bot.sandbox.child import BotProcess
from bot.sandbox.github import Strictness
from bot.sandbox.github.records import PullRequest
from bot.sandbox.github.seed import SHOP
from bot.sandbox.slack import Limits
from bot.sandbox.stage import HOST, Stage, StageSettings, free_port

PER_SECOND = 50
SECONDS = 20
PULL_REQUESTS = 100
BODY_BYTES = 22_000
SETTLE_SECONDS_MAX = 30.0


@dataclass(frozen=True)
class Push:
    """One push: when it was sent and the head that it made."""

    sent_at: float
    head_sha: str


@dataclass(frozen=True)
class Measured:
    """What one run showed; times in milliseconds, memory in MB."""

    start_seconds: float
    idle_megabytes: float
    loaded_megabytes: float
    deliveries: int
    body_bytes: float
    acknowledged: list[float]
    checked: list[float]
    missing: int


async def measure() -> Measured:
    """Run it once."""
    with tempfile.TemporaryDirectory(prefix="pointsman-bench-", dir=Path.cwd()) as folder:
        settings = StageSettings(
            pull_requests=False, limits=Limits.lifted(), strictness=Strictness(validators=False, rules=False)
        )
        stage = Stage(Path(folder), settings)
        port = free_port()
        url = f"http://{HOST}:{port}"
        await stage.open(url)
        bot = BotProcess(stage.environment(port) | {"LOG_LEVEL": "warning"}, url, Path(folder) / "bot.log")
        try:
            began = time.perf_counter()
            await bot.start()
            started = time.perf_counter() - began
            return await _under_load(stage, bot, started)
        finally:
            await bot.end()
            await stage.close()


async def _under_load(stage: Stage, bot: BotProcess, started: float) -> Measured:
    pulls = _open_pull_requests(stage)
    await stage.github_server.changed.wait_until(lambda: stage.github_server.is_idle, 60)
    await asyncio.sleep(2)
    idle = _megabytes(bot)
    stage.github.app.events[:] = ["pull_request"]
    before = {webhook.webhook.guid for webhook in list(stage.github.deliveries.entries.values())}
    acknowledged = _listen_for_acknowledgements(stage)
    pushes = await _push_steadily(stage, pulls)
    await _settled(stage, pushes)
    sent = [
        each for each in list(stage.github.deliveries.entries.values()) if each.webhook.guid not in before
    ]
    checked, missing = _checked(stage, pushes)
    return Measured(
        start_seconds=started,
        idle_megabytes=idle,
        loaded_megabytes=_megabytes(bot),
        deliveries=len(sent),
        body_bytes=statistics.mean(len(each.webhook.body) for each in sent),
        acknowledged=acknowledged,
        checked=checked,
        missing=missing,
    )


def _listen_for_acknowledgements(stage: Stage) -> list[float]:
    """Collect how long each delivery took; GitHub's own log has it rounded to hundredths of a second."""
    durations: list[float] = []
    record = stage.github.record_delivery_result

    def recorded(guid: str, status_code: int | None, duration_seconds: float) -> None:
        durations.append(duration_seconds * 1000)
        record(guid, status_code, duration_seconds)

    stage.github.record_delivery_result = recorded  # type: ignore[method-assign]
    return durations


def _open_pull_requests(stage: Stage) -> list[PullRequest]:
    return [
        stage.github.open_pull_request(
            "ada",
            SHOP,
            f"change-{number}",
            f"Change {number}",
            {f"services/api/{number}.py": "x = 1\n"},
            "x" * 4_000,
        )
        for number in range(PULL_REQUESTS)
    ]


async def _push_steadily(stage: Stage, pulls: list[PullRequest]) -> list[Push]:
    pushes: list[Push] = []
    began = time.perf_counter()
    for number in range(PER_SECOND * SECONDS):
        await asyncio.sleep(max(0.0, began + number / PER_SECOND - time.perf_counter()))
        pull = pulls[number % len(pulls)]
        sent_at = time.time()
        files = {f"services/api/{pull.number}.py": f"x = {number + 2}\n"}
        commit = stage.github.push("ada", SHOP, pull.head_ref, files, f"Push {number}")
        pushes.append(Push(sent_at, commit.sha))
    return pushes


async def _settled(stage: Stage, pushes: list[Push]) -> None:
    def is_done() -> bool:
        return stage.github_server.is_idle and _checked(stage, pushes)[1] == 0

    with contextlib.suppress(TimeoutError):
        await stage.github_server.changed.wait_until(is_done, SETTLE_SECONDS_MAX)


def _checked(stage: Stage, pushes: list[Push]) -> tuple[list[float], int]:
    """How long each push waited for its last check run, and how many wait still."""
    published: dict[str, list[float]] = {}
    for run in stage.github.repository(SHOP).check_runs.values():
        published.setdefault(run.head_sha, []).append(run.started_at)
    waited = [
        (max(published[push.head_sha]) - push.sent_at) * 1000
        for push in pushes
        if len(published.get(push.head_sha, ())) >= 2
    ]
    return waited, len(pushes) - len(waited)


def _megabytes(bot: BotProcess) -> float:
    pages = int(Path(f"/proc/{bot.pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6
