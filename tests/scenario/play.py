"""What scenario tests are written in: people speak, and what they see is awaited.

The real bot, the simulated GitHub, Slack and deployer talk over HTTP in one event loop, on one quick clock.
At the end the bot's manners are checked: no rule broken, no unlisted endpoint, nothing parked or left open.
"""

import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar

import aiohttp

from bot.app import Bot
from bot.domain.reasons import REASONS, code_of
from bot.domain.slot import Slot
from bot.replaying.checking import check
from bot.replaying.nobody import rows_by_name
from bot.sandbox import alerting
from bot.sandbox.github import generate_app_key
from bot.sandbox.github.records import CheckRun, Comment, Deployment, PullRequest, Repository
from bot.sandbox.github.seed import SHOP
from bot.sandbox.slack import Message, Outgoing
from bot.sandbox.slack.changes import Changes
from bot.sandbox.stage import CONFIGURATION, HOST, Stage, StageSettings, free_port
from bot.settings import Settings
from bot.starting import read_instance
from tests.clock import ManualClock, quiet_loop
from tests.oracles.endpoints import endpoint_of
from tests.oracles.validation import request_messages

SECONDS_MAX = 15.0
STOP_PATIENCE_SECONDS = 0.02
"""Of the system's clock, by which an ending bot lets what is under way end."""
CHANNEL = "C0DEPLOYS"
APP_KEY = generate_app_key()  # one for all: making it takes longer than many a test
T = TypeVar("T")


class Play:
    """One stage with one bot on it. `shop` is acme/shop, `pull` its first pull request, by ada."""

    def __init__(self, folder: Path, configuration: str | None) -> None:
        self.clock = ManualClock()
        settings = StageSettings(
            configuration=configuration,
            app_key=APP_KEY,
            clock=self.clock.now,
            sleep=self.clock.sleep,
        )
        self.stage = Stage(folder, settings)
        self.github, self.slack, self.deployer = self.stage.github, self.stage.slack, self.stage.deployer
        self.github.validators.append(request_messages)
        self._port = free_port()
        self.bot_url = f"http://{HOST}:{self._port}"
        self._changes = Changes()
        self.bot: Bot
        self._bot_runs = False
        self.pull: PullRequest
        self.may_break: set[str] = set()

    async def begin(self) -> None:
        """Open the stage and start the bot; what happened before waits for it."""
        quiet_loop().drive(self.clock)
        self.clock.listeners.append(self.stage.github.changed)
        shop = await self.stage.open(self.bot_url)
        self.stage.github_server.deliver_to(None)
        self.pull = shop.pull_requests[0]
        self.stage.worlds.listen(self._changes.notify)
        await self.start_bot()
        self.webhooks_go_out()

    async def start_bot(self) -> None:
        """Start a bot on the stage's ledger."""
        self.bot = self.another_bot()
        await self.bot.start()
        self._bot_runs = True

    def another_bot(self) -> Bot:
        """Make a bot for the stage's ledger and address, without starting it."""
        environment = self.stage.environment(self._port)
        settings = Settings.from_environment(environment)
        chance = random.Random(1)
        return Bot(settings, read_instance(settings), environment, self.clock, chance)

    def configured(self, text: str = CONFIGURATION) -> str:
        """A configuration as it stands in the repository: with the deployer's address."""
        return text.replace("{hook}", self.stage.deployer_server.hook_url)

    async def stop_bot(self) -> None:
        """Let the bot end as on SIGTERM."""
        self._bot_runs = False
        with quiet_loop().patience(STOP_PATIENCE_SECONDS):
            await self.bot.stop()

    async def end(self) -> None:
        """Close everything and check the bot's manners."""
        try:
            await self.settled()
            await self._check_manners()
        finally:
            await self.close()

    async def close(self) -> None:
        """Close everything, however far it came."""
        if self._bot_runs:
            await self.bot.stop()
        await self.stage.close()

    def webhooks_wait(self) -> None:
        """From now on GitHub keeps its webhooks back."""
        self.stage.github_server.deliver_to(None)

    def webhooks_go_out(self) -> None:
        """What was kept back arrives, in the order of the outbox."""
        self.stage.github_server.deliver_to(f"{self.bot_url}/webhooks/github")

    # --- people --------------------------------------------------------------------------------------

    def says(self, who: str, text: str, number: int | None = None) -> Comment:
        """Comment on a pull request."""
        return self.github.comment(who, SHOP, number or self.pull.number, text)

    def pushes(self, who: str, text: str = "x = 2\n", pull: PullRequest | None = None) -> str:
        """Push a commit to a pull request; gives its SHA."""
        branch = (pull or self.pull).head_ref
        return self.github.push(who, SHOP, branch, {"services/api/app.py": text}, "Another try").sha

    async def alarms(
        self,
        title: str,
        *,
        by: str = "cloudevents",
        over: bool = False,
        name: str = "a1",
        began_at: float | None = None,
        labels: dict[str, str] | None = None,
    ) -> int:
        """A product tells the bot of an alert; gives the status of its answer."""
        now = self.clock.now()
        usual = {"service": "api", "environment": "production"}
        alarm = alerting.Alarm(title, labels or usual, now if began_at is None else began_at, now, name, over)
        message = alerting.SENDERS[by](alarm)
        return await self.posts(message)

    async def posts(self, message: alerting.Message) -> int:
        """Send the bot a request as it stands; gives the status of its answer."""
        url = self.bot_url + message.path
        async with (
            aiohttp.ClientSession() as session,
            session.post(url, data=message.body, headers=message.headers) as answer,
        ):
            return answer.status

    def types(self, who: str, command: str, text: str = "", channel: str = CHANNEL) -> Outgoing | None:
        """Type a slash command in Slack."""
        return self.slack.slash_command(who, channel, command, text)

    async def presses(self, who: str, label: str) -> Message:
        """Press a button once it is there; gives the message that it stands in."""
        message = await self.until(f"a button {label}", lambda: self.message_with_button(label))
        self.slack.press(who, message, label)
        return message

    def opens(self, who: str, files: dict[str, str], branch: str = "a-change") -> PullRequest:
        """Open a pull request with these files."""
        return self.github.open_pull_request(who, SHOP, branch, f"About {branch}", files)

    def mentions(self, who: str, text: str, thread: Message) -> Message:
        """Speak to the bot in a thread."""
        return self.slack.mention(who, CHANNEL, text, thread.thread_ts or thread.ts)

    # --- what is seen --------------------------------------------------------------------------------

    async def until(self, what: str, look: Callable[[], T | None]) -> T:
        """Wait until it is there (neither None, False nor empty)."""
        try:
            found = await self._changes.wait_until(look, SECONDS_MAX)
        except TimeoutError:
            raise AssertionError(f"{what} did not come; in Slack:\n{self.slack.transcript()}") from None
        assert found is not None
        return found

    async def eventually(self, what: str, look: Callable[[], Awaitable[T | None]]) -> T:
        """Wait until the ledger says so: it is looked at again at each of the clock's half seconds."""
        for _ in range(int(SECONDS_MAX * 40)):
            if found := await look():
                return found
            await self.clock.sleep(0.5)
        raise AssertionError(f"{what} did not come; in Slack:\n{self.slack.transcript()}")

    @property
    def shop(self) -> Repository:
        """The repository acme/shop."""
        return self.github.repository(SHOP)

    async def slot(self, service: str = "api", environment: str = "production") -> Slot:
        """What the bot's ledger knows of a slot."""
        state = await self.bot.ledger.state(f"slot:{SHOP}/{service}/{environment}")
        return state if isinstance(state, Slot) else Slot()

    async def runs(self, sha: str, environment: str = "production", service: str = "api") -> None:
        """Wait until the deployer runs this commit, healthy, and the bot knows."""

        def live() -> bool:
            found = self.deployer.live.get((service, environment))
            return found is not None and found.sha == sha and found.healthy

        await self.until(f"{sha[:7]} in {environment}", live)

        async def known() -> bool:
            slot = await self.slot(service, environment)
            return slot.current is None and slot.live.known and slot.live.sha == sha

        await self.eventually("the bot's knowledge of it", known)

    async def ended(self, state: str, count: int = 1, environment: str = "production") -> None:
        """Wait until so many deployments of api ended so."""

        async def look() -> bool:
            slot = await self.slot(environment=environment)
            return sum(each.state == state for each in slot.history) >= count and slot.current is None

        await self.eventually(f"{count} times {state}", look)

    async def is_now(self, state: str, environment: str = "production", service: str = "api") -> None:
        """Wait until the slot's deployment under way is in this state."""

        async def look() -> bool:
            current = (await self.slot(service, environment)).current
            return current is not None and current.state == state

        await self.eventually(f"a deployment that is {state}", look)

    def bots_comments(self, number: int | None = None) -> list[Comment]:
        """The bot's comments on a pull request, oldest first."""
        wanted = number or self.pull.number
        return [each for each in self.shop.comments.values() if each.by_app and each.number == wanted]

    async def answer(self, *words: str, number: int | None = None) -> Comment:
        """Wait for a comment of the bot that has all these words, whatever their case."""

        def look() -> Comment | None:
            for comment in reversed(self.bots_comments(number)):
                if all(word.lower() in comment.body.lower() for word in words):
                    return comment
            return None

        return await self.until(f"a comment with {words}", look)

    async def told(self, *words: str) -> Message:
        """Wait for a message in Slack that has all these words, whatever their case."""

        def look() -> Message | None:
            for message in reversed(self.slack.messages(CHANNEL)):
                if all(word.lower() in message.spoken.lower() for word in words):
                    return message
            return None

        return await self.until(f"a message with {words}", look)

    async def whispered(self, user: str, *words: str) -> Message:
        """Wait for a message that only this person sees."""

        def look() -> Message | None:
            for message in reversed(self.slack.whispers(user)):
                if all(word.lower() in message.spoken.lower() for word in words):
                    return message
            return None

        return await self.until(f"a whisper to {user} with {words}", look)

    async def reacted(self, comment: Comment, content: str) -> None:
        """Wait for the bot's reaction to a comment."""
        await self.until(content, lambda: any(each.content == content for each in comment.reactions))

    def message_with_button(self, label: str) -> Message | None:
        """The newest message with such a button."""
        found = (each for each in reversed(self.slack.messages(CHANNEL)) if label in each.buttons)
        return next(found, None)

    async def checked(self, name: str, sha: str) -> CheckRun:
        """Wait for a completed check run of a commit."""

        def look() -> CheckRun | None:
            found = [
                each for each in self.shop.check_runs.values() if (each.name, each.head_sha) == (name, sha)
            ]
            return next((each for each in reversed(found) if each.status == "completed"), None)

        return await self.until(f"{name} on {sha[:7]}", look)

    def deployments(self, environment: str = "production") -> list[Deployment]:
        """GitHub's deployments to an environment (`production`, or `production/api`), oldest first."""
        every = self.shop.deployments.values()
        return [each for each in every if each.environment.split("/")[0] == environment]

    async def settled(self) -> None:
        """Wait until nothing is due any more: no delivery, event or effect waits."""

        async def look() -> bool:
            backlog = await self.bot.ledger.backlog()
            waiting = backlog["deliveries"] + backlog["work"] + backlog["effects"]
            is_sent = self.stage.github_server.is_idle and not self.slack.space.outbox.pending()
            return waiting == 0 and is_sent

        await self.eventually("quiet", look)

    async def _check_manners(self) -> None:
        assert self.github.violations == []
        assert self.github.unknown_requests == []
        assert self.slack.violations == []
        assert self.slack.unknown_requests == []
        assert self.deployer.violations == []
        asked = {(each.request.method, each.template) for each in self.github.requests if each.template}
        unlisted = [one for one in asked if endpoint_of(*one) is None]
        assert unlisted == []
        parked = list(await self.bot.ledger.effects(state="parked"))
        assert [each.kind for each in parked if each.kind not in self.may_break] == []
        given_up = (await self.bot.ledger.backlog())["parked"] - len(parked)  # decisions, not effects
        assert given_up == 0 or "work" in self.may_break
        rows = await self.bot.ledger.deliveries(0)
        open_ones = [row.id for row in rows if row.state != "done"]
        assert open_ones == [] or "deliveries" in self.may_break
        unknown = {code_of(row.reason)[0] for row in rows if row.reason} - set(REASONS)
        assert unknown == set()
        proof = await check(self.bot.ledger, rows_by_name())  # what happened is what is recorded
        assert (proof.states, proof.decisions) == ([], [])
        assert proof.late == 0 or "work" in self.may_break


@asynccontextmanager
async def playing(folder: Path, configuration: str | None = CONFIGURATION) -> AsyncIterator[Play]:
    """A play from its beginning to its end."""
    play = Play(folder, configuration)
    try:
        await play.begin()
        yield play
    except BaseException:
        await play.close()
        raise
    await play.end()


def with_environment(text: str, configuration: str = CONFIGURATION) -> str:
    """The configuration with this text under `production`."""
    head, _, tail = configuration.partition("  production:\n")
    lines = "".join(f"    {line}\n" for line in text.splitlines())
    return f"{head}  production:\n{lines}{tail}"
