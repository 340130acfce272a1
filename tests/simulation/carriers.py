"""What is on its way to the bot: GitHub's webhooks, Slack's requests, deployers' reports.

Each is carried from its world's outbox to a door of a bot that lives, and the world hears what came of it.
Must never hold anything back for good: what is lost is lost as the world itself knows it.
"""

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from typing import Any
from urllib.parse import urlsplit

from multidict import CIMultiDict

from bot.domain.errors import StoreUnavailable
from bot.inbox import Answer, Inbox, Refused
from bot.sandbox.alerting import Message
from bot.sandbox.deployer import Run
from bot.sandbox.github.outbox import Webhook
from bot.sandbox.slack.outbox import Answer as SlackAnswer
from bot.sandbox.slack.outbox import Outgoing
from tests.simulation.counting import Trace
from tests.simulation.lives import Life, Lives
from tests.simulation.stage import Stage
from tests.simulation.weather import Weather

LOST_SECONDS = 10.0
SLACK_SECONDS = 3.0
TRIES_MAX = 20
TRY_AGAIN_SECONDS = 10.0


class Carriers:
    """Carries everything that comes due in the worlds."""

    def __init__(self, stage: Stage, lives: Lives, weather: Weather, trace: Trace) -> None:
        self._stage = stage
        self._lives = lives
        self._weather = weather
        self._trace = trace
        self._wake = asyncio.Event()
        self._under_way = 0
        self._reporting: set[int] = set()
        for listeners in (stage.github.listeners, stage.slack.space.listeners, stage.deployer.listeners):
            listeners.append(self._wake.set)

    @property
    def is_idle(self) -> bool:
        """Whether nothing is on its way and nothing comes due by itself."""
        return not self._under_way and self._next_due() is None

    async def run(self) -> None:
        """Carry until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            self._wake.clear()
            self._carry_due()
            due = self._next_due()
            timer = None
            if due is not None:
                wait = max(due - self._stage.github.clock(), 0.0) + 0.001
                timer = loop.call_later(wait, self._wake.set)
            await self._wake.wait()
            if timer is not None:
                timer.cancel()

    def _next_due(self) -> float | None:
        github, slack, deployer = self._stage.github, self._stage.slack, self._stage.deployer
        dues = [github.next_play_at(), github.outbox.next_release()]
        dues += [sent.due_at for sent in slack.space.outbox.sent if sent.state == "waiting"]
        dues += [
            run.due_at
            for number, run in enumerate(deployer.runs)
            if not run.is_over and not run.held and number not in self._reporting
        ]
        return min((due for due in dues if due is not None), default=None)

    def _carry_due(self) -> None:
        github, slack, deployer = self._stage.github, self._stage.slack, self._stage.deployer
        now = github.clock()
        github.play_due()
        while (webhook := github.outbox.take(now)) is not None:
            self._start(self._webhook(webhook))
        for sent in slack.space.outbox.due(now):
            sent.state = "sending"
            self._start(self._from_slack(sent))
        for number, run in enumerate(deployer.runs):
            if not run.is_over and not run.held and run.due_at <= now and number not in self._reporting:
                self._reporting.add(number)
                self._start(self._report(number, run))

    def _start(self, coroutine: Coroutine[Any, Any, None]) -> None:
        self._under_way += 1
        task = asyncio.ensure_future(coroutine)
        task.add_done_callback(self._arrived)

    def _arrived(self, task: "asyncio.Task[None]") -> None:
        self._under_way -= 1
        self._wake.set()
        if not task.cancelled():
            task.result()

    def alert(self, message: Message) -> None:
        """A product tells of an alert, and again until it is taken."""
        self._start(self._alert(message))

    async def _alert(self, message: Message) -> None:
        def door(life: Life) -> Inbox:
            return next(each for each in life.doors.alerts if each.path == message.path)

        for _ in range(TRIES_MAX):
            await asyncio.sleep(self._weather.travel())
            if await self._hand_in(door, message.headers, message.body) is not None:
                return
            await asyncio.sleep(TRY_AGAIN_SECONDS)

    # --- GitHub ----------------------------------------------------------------------------------------

    async def _webhook(self, webhook: Webhook) -> None:
        fate = self._weather.webhook()
        begun = self._stage.github.clock()
        status: int | None = None
        if fate == "lost":
            await asyncio.sleep(LOST_SECONDS)
        else:
            await asyncio.sleep(self._weather.later(5, 120) if fate == "late" else self._weather.travel())
            status = await self._hand_in(lambda life: life.doors.github, webhook.headers, webhook.body)
        took = self._stage.github.clock() - begun
        self._stage.github.record_delivery_result(webhook.guid, status, min(took, LOST_SECONDS))
        if fate == "twice":
            await asyncio.sleep(self._weather.later(0, 60))
            await self._hand_in(lambda life: life.doors.github, webhook.headers, webhook.body)

    # --- Slack -----------------------------------------------------------------------------------------

    async def _from_slack(self, sent: Outgoing) -> None:
        fate = self._weather.slack_request()
        answer = SlackAnswer(None, trouble="timeout")
        headers = self._stage.slack.signed_headers(sent)
        if fate == "lost":
            await asyncio.sleep(SLACK_SECONDS)
        else:
            await asyncio.sleep(self._weather.later(0, 5) if fate == "late" else self._weather.travel())
            came = await self._handed_in(_slack_door, headers, sent.body)
            if came is None:
                answer = SlackAnswer(None, trouble="connection")
            elif fate != "late":
                answer = SlackAnswer(came.status, _lowered(came.headers), came.body)
        self._trace.say(f"slack {sent.kind} {sent.number}: {answer.status}")
        self._stage.slack.answered(sent, answer)
        if fate == "twice":
            await asyncio.sleep(self._weather.later(0, 30))
            await self._hand_in(_slack_door, headers, sent.body)

    # --- deployers -------------------------------------------------------------------------------------

    async def _report(self, number: int, run: Run) -> None:
        fate = self._weather.report()
        report = self._stage.deployer.next_report(run)
        deployment = urlsplit(report.url).path.rpartition("/")[2]

        def door(life: Life) -> Inbox:
            return life.doors.deployers.at(deployment)

        status: int | None = None
        if fate == "overtaken":  # a deployer that does not wait for an answer before it says more
            self._answered(number, run, 202)
            await asyncio.sleep(self._weather.later(1, 40))
            await self._insist(door, report.headers, report.body)
            return
        if fate == "lost":
            await asyncio.sleep(LOST_SECONDS)
        else:
            await asyncio.sleep(self._weather.later(1, 40) if fate == "late" else self._weather.travel())
            status = await self._hand_in(door, report.headers, report.body)
        self._answered(number, run, status)
        if fate == "twice":
            await asyncio.sleep(self._weather.later(0, 40))
            await self._hand_in(door, report.headers, report.body)

    def _answered(self, number: int, run: Run, status: int | None) -> None:
        self._stage.deployer.answered(run, status)
        self._reporting.discard(number)

    async def _insist(self, door: Callable[[Life], Inbox], headers: Mapping[str, str], body: bytes) -> None:
        """Hand a report in until it is taken, some times."""
        for _ in range(TRIES_MAX):
            status = await self._hand_in(door, headers, body)
            if status is not None and status < 300:
                return
            await asyncio.sleep(TRY_AGAIN_SECONDS)

    # --- doors -----------------------------------------------------------------------------------------

    async def _hand_in(
        self, door: Callable[[Life], Inbox], headers: Mapping[str, str], body: bytes
    ) -> int | None:
        answer = await self._handed_in(door, headers, body)
        return None if answer is None else answer.status

    async def _handed_in(
        self, door: Callable[[Life], Inbox], headers: Mapping[str, str], body: bytes
    ) -> Answer | None:
        """Give a request to a bot that lives; None = there is none, or it died before it answered."""
        life = self._lives.any()
        if life is None:
            return None
        try:
            return await life.incarnation.begin(_taken(life, door(life), CIMultiDict(headers), body))
        except asyncio.CancelledError:
            return None


async def _taken(life: Life, inbox: Inbox, headers: Mapping[str, str], body: bytes) -> Answer:
    try:
        inbox.check_headers(headers)
        answer = await inbox.take(headers, body)
    except Refused as refused:
        return refused.answer()
    except StoreUnavailable as error:
        return Answer(status=503, body=str(error).encode())
    life.acknowledged()
    return answer


def _slack_door(life: Life) -> Inbox:
    slack = life.doors.slack
    assert slack is not None
    return slack


def _lowered(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}
