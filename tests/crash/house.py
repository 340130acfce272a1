"""A stage over real HTTP with a bot that comes and goes: people speak, and what they see is awaited.

Time is the system's. Nothing waits for a length of time; everything waits for something to be so.
"""

import asyncio
import contextlib
import json
import sqlite3
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar

from bot.sandbox.github import generate_app_key
from bot.sandbox.github.records import Comment, Deployment, PullRequest, Repository
from bot.sandbox.github.seed import SHOP
from bot.sandbox.slack import Message, Outgoing
from bot.sandbox.stage import HOST, Stage, StageSettings, free_port
from tests.crash.door import Door
from tests.crash.program import END_SECONDS, PATIENCE_SECONDS, Program
from tests.oracles.validation import request_messages

LOOK_SECONDS = 0.1
"""How often is looked where nobody tells of a change: at the bot's ledger."""
CHANNEL = "C0DEPLOYS"
APP_KEY = generate_app_key()  # one for all: making it takes longer than many a story
T = TypeVar("T")


class House:
    """A stage, one ledger, and the bots that run on it, one after the other."""

    def __init__(self, stage: Stage, port: int, door: Door) -> None:
        self.stage = stage
        self.door = door
        self.github, self.slack, self.deployer = stage.github, stage.slack, stage.deployer
        self.url = f"http://{HOST}:{port}"
        self.port = port
        self.environ = stage.environment(port)
        self.ledger_file = stage.folder / "pointsman.db"
        self.refresh: Callable[[], None] = _nothing  # where the ledger can be looked at in a copy only
        self.program: Program | None = None
        self.programs: list[Program] = []
        self._changed = asyncio.Event()
        stage.worlds.listen(self._changed.set)

    # --- the bot -------------------------------------------------------------------------------------

    async def start(self, through: Sequence[str] = (), **changes: str) -> Program:
        """Start a bot; it is not awaited."""
        self.program = await self.run("serve", through=through, **changes)
        return self.program

    async def run(self, *arguments: str, through: Sequence[str] = (), **changes: str) -> Program:
        """Start the program with these arguments on this stage's settings."""
        program = await Program.run(
            *arguments, environ=self.environ | changes, folder=self.stage.folder, through=through
        )
        self.programs.append(program)
        return program

    async def ready(self, through: Sequence[str] = (), **changes: str) -> Program:
        """Start a bot and wait until it listens."""
        program = await self.start(through, **changes)
        await program.ready()
        return program

    async def close(self) -> None:
        """End whatever still runs."""
        for program in self.programs:
            await program.kill()

    # --- people --------------------------------------------------------------------------------------

    def says(self, who: str, text: str, number: int = 1, repository: str = SHOP) -> Comment:
        """Comment on a pull request."""
        return self.github.comment(who, repository, number, text)

    def pushes(self, who: str, pull: PullRequest, files: Mapping[str, str], repository: str = SHOP) -> str:
        """Push a commit to a pull request; gives its SHA."""
        return self.github.push(who, repository, pull.head_ref, files, "Another try").sha

    async def insists(self, what: str, act: Callable[[], Outgoing | None], done: Callable[[], T]) -> T:
        """Somebody who saw that nothing answered looks whether it was done all the same, else repeats it."""
        while True:
            sent = act()
            assert sent is not None
            await self.until(f"an answer to {what}", lambda sent=sent: sent.is_over)  # type: ignore[misc]
            if sent.state == "done":
                return await self.until(what, done)
            await self.quiet()
            if found := done():
                return found

    async def types(self, who: str, command: str, text: str, done: Callable[[], T]) -> T:
        """Type a slash command until it is taken; `done` says whether it had its effect."""
        return await self.insists(
            f"{command} {text}", lambda: self.slack.slash_command(who, CHANNEL, command, text), done
        )

    async def presses(self, who: str, label: str, done: Callable[[], T], channel: str = CHANNEL) -> T:
        """Press a button once it is there, until it is taken."""
        await self.until(f"a button {label}", lambda: self.message_with_button(label, channel))

        def press() -> Outgoing:
            message = self.message_with_button(label, channel)
            assert message is not None, f"{label} is gone, and nothing came of it"
            return self.slack.press(who, message, label)

        return await self.insists(f"pressing {label}", press, done)

    # --- what is seen --------------------------------------------------------------------------------

    async def until(self, what: str, look: Callable[[], T]) -> T:
        """Wait until it is so."""
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                while not (found := look()):
                    self._changed.clear()
                    with contextlib.suppress(TimeoutError):
                        async with asyncio.timeout(LOOK_SECONDS):
                            await self._changed.wait()
                return found
        except TimeoutError:
            raise AssertionError(f"{what} did not come.\n{self.situation()}") from None

    async def until_at_once(self, look: Callable[[], bool]) -> None:
        """Wait until it is so, and look as often as can be: it may be over soon."""
        loop = asyncio.get_running_loop()
        until = loop.time() + PATIENCE_SECONDS
        while not look():
            assert loop.time() < until, self.situation()
            turn = loop.create_future()
            loop.call_soon(turn.set_result, None)
            await turn

    async def quiet(self) -> None:
        """Wait until everything that happened has arrived and nothing is due any more."""
        await self.until("quiet", lambda: self.unrest() == [])

    def unrest(self) -> list[str]:
        """What is still under way, and where."""
        if self.program is None or not self.program.is_ready:
            return ["the bot is away"]
        found = []
        if not self.stage.github_server.is_idle:
            found.append("GitHub has webhooks to send")
        if self.slack.space.outbox.pending():
            found.append("Slack has something to send")
        if any(not run.held for run in self.deployer.pending()):
            found.append("the deployer works")
        if any(not run.is_stuck for run in self.github.actions.playing.values() if hasattr(run, "is_stuck")):
            found.append("a workflow runs")
        self.refresh()
        with contextlib.closing(connect(self.ledger_file)) as connection:
            found += [f"{count} {what} wait" for what, count in open_work(connection).items() if count]
            known = {id for (id,) in connection.execute("SELECT id FROM deliveries WHERE source = 'github'")}
        sent = {entry.webhook.guid for entry in self.github.deliveries.entries.values()}
        if not sent <= known:
            found.append(f"{len(sent - known)} of GitHub's deliveries have not arrived")
        return found

    def situation(self) -> str:
        """What a reader of a failure wants to know first."""
        words = self.program.last_words if self.program else "no bot was started"
        return f"{self.unrest()}\nIn Slack:\n{self.slack.transcript()}\nThe bot's last words:\n{words}"

    @property
    def shop(self) -> Repository:
        """The repository acme/shop."""
        return self.github.repository(SHOP)

    def live(self, service: str = "api", environment: str = "production") -> str | None:
        """The commit that the deployer runs there, if it is well."""
        found = self.deployer.live.get((service, environment))
        return found.sha if found is not None and found.healthy else None

    def comments_by_us(self, number: int = 1, repository: str = SHOP) -> list[Comment]:
        """The bot's comments on a pull request, oldest first."""
        every = self.github.repository(repository).comments.values()
        return [each for each in every if each.by_app and each.number == number]

    def answer(self, *words: str, number: int = 1, repository: str = SHOP) -> Comment | None:
        """The newest comment of the bot that has all these words."""
        found = reversed(self.comments_by_us(number, repository))
        return next((each for each in found if all(word in each.body for word in words)), None)

    def deployments(self, repository: str = SHOP) -> list[Deployment]:
        """GitHub's deployments that the bot made, oldest first."""
        return [each for each in self.github.repository(repository).deployments.values() if each.by_app]

    def message_with_button(self, label: str, channel: str = CHANNEL) -> Message | None:
        """The newest message with such a button."""
        found = (each for each in reversed(self.slack.messages(channel)) if label in each.buttons)
        return next(found, None)

    async def readiness(self) -> tuple[int, list[str]]:
        """What `/readyz` says: the status and the reasons."""
        status, body = await self.get("/readyz")
        return status, json.loads(body).get("reasons", [])

    async def get(self, path: str) -> tuple[int, str]:
        """Ask the bot for a page, by a connection of its own."""
        reader, writer = await asyncio.open_connection(HOST, self.port)
        try:
            async with asyncio.timeout(END_SECONDS):
                writer.write(f"GET {path} HTTP/1.1\r\nHost: {HOST}\r\nConnection: close\r\n\r\n".encode())
                await writer.drain()
                head, _, body = (await reader.read()).decode().partition("\r\n\r\n")
                return int(head.split(" ")[1]), body
        finally:
            writer.close()


def _nothing() -> None:
    """The file itself can be looked at."""


def connect(file: Path) -> sqlite3.Connection:
    """Look into a ledger as a program of somebody else would."""
    return sqlite3.connect(f"file:{file}?mode=rw", uri=True, timeout=5.0)


def open_work(connection: sqlite3.Connection) -> dict[str, int]:
    """Count what is not finished: what is due, not timers that wait for their time."""
    counts = {
        "deliveries": "SELECT count(*) FROM deliveries WHERE state = 'received'",
        "decisions": "SELECT count(*) FROM work WHERE state = 'pending' AND due <= :now",
        "effects": "SELECT count(*) FROM effects WHERE state IN ('pending', 'leased')",
    }
    return {
        what: connection.execute(query, {"now": time.time()}).fetchone()[0] for what, query in counts.items()
    }


@asynccontextmanager
async def house_in(folder: Path, settings: StageSettings) -> AsyncIterator[House]:
    """A house without a bot yet. Whatever was started in it is ended."""
    stage = Stage(folder, settings)
    stage.github.validators.append(request_messages)
    door = Door(stage.github_server.application)
    port = free_port()
    await stage.open(f"http://{HOST}:{port}")
    house = House(stage, port, door)
    try:
        yield house
    finally:
        await house.close()
        await stage.close()
