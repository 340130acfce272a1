"""The contract of every driver, as tests to inherit: whatever a deployer does, the slot must end right.

A driver's own test file gives a `Rig` (the driver with a deployer that can be told how to behave) by a
fixture `rig` and inherits `DriverContract`. What the deployer says is fed to the product's own slot, twice
where it may come twice, so that the tests judge what people would see and not what a driver returns.
"""

from collections.abc import Callable, Sequence
from typing import Any, Literal, Protocol, TypeVar

import pytest
from msgspec.structs import replace

from bot.domain.deployment import Deployment, DriverCall, Order
from bot.domain.effects import CallDeployer, CancelDeployer, Effect, EffectBody, LookAtDeployer
from bot.domain.errors import LastingFault, PassingFault
from bot.domain.events import (
    CancellationRequested,
    DeployerReported,
    DeploymentRequested,
    DeploymentStarted,
    Event,
    EventData,
    TimerDue,
)
from bot.domain.report import DESCRIPTION_CHARS_MAX
from bot.domain.slot import Slot, apply
from bot.domain.values import Person, Repository, Seconds
from bot.drivers.performing import CallDeployerPerformer, CancelDeployerPerformer, LookAtDeployerPerformer
from bot.ports import Decision, Driver, Performer, Reactor
from bot.reactors import table

Test = TypeVar("Test", bound=Callable[..., Any])
KEY = "slot:acme/shop/api/production"
STARTED_AT: Seconds = 1_770_000_000.0
ASKER = Person("ada")
LOOKS_MAX = 50

Manner = Literal["succeed", "fail", "silent", "hold", "refuse", "unavailable", "lose_reply", "hostile"]
"""How the deployer takes the next call and goes on.

`succeed` and `fail` report progress first. `hold` runs until it is released or stopped. `silent` takes the
call and never says more. `refuse` does not take it; `unavailable` does not answer properly and does nothing;
`lose_reply` takes it, but its answer does not arrive. `hostile` fails, with ten megabytes of control
characters, Markdown and links as its words.
"""


class Rig(Protocol):
    """A driver, and its deployer, which does as it is told."""

    driver: Driver
    call: DriverCall
    """The driver's name and settings, as a configuration gives them."""
    sha: str
    """A commit that the deployer can ship."""
    repository: Repository
    manners: frozenset[Manner]
    """Those that this deployer can show at all; tests of others are skipped."""

    def behave(self, manner: Manner) -> None:
        """How the deployer takes the next call."""
        ...

    async def heard(self) -> Sequence[DeployerReported]:
        """Let the deployer do all that it does by itself; give what it reported since the last time."""
        ...

    async def release(self) -> None:
        """Let what is held go on to its success."""
        ...

    async def restart(self) -> None:
        """End the driver as the bot's end does, and make a new `driver` as its next start does."""
        ...

    def wait(self, seconds: Seconds) -> None:
        """Let time pass on the clock of the driver."""
        ...

    @property
    def started(self) -> int:
        """How many deployments the deployer began."""
        ...


class Trial:
    """One deployment with one rig, and the slot that everything that happens is applied to."""

    def __init__(self, rig: Rig) -> None:
        self.rig = rig
        self.order = order_for(rig)
        self.shown: list[str] = []
        self._now = STARTED_AT
        self._reactors = table(None)  # type: ignore[arg-type]  # a slot's reactors read nothing
        self.slot = Slot()
        for data in (
            DeploymentRequested(order=self.order),
            DeploymentStarted(deployment=self.order.id, at=self._now, previous_sha=None),
        ):
            self.slot = apply(self.slot, data)

    @property
    def deployment(self) -> Deployment:
        """The deployment as the slot knows it."""
        found = self.slot.find(self.order.id)
        assert found is not None
        return found

    async def ask(self, *, uncertain: bool = False) -> None:
        """Ask the deployer to ship, as often as it has to be asked. Raises LastingFault."""
        await self._perform(CallDeployerPerformer, self._call(), uncertain=uncertain)

    async def ask_once(self, *, uncertain: bool = False) -> None:
        """Ask the deployer once. Raises PassingFault, LastingFault; an answer is taken note of."""
        await self._attempt(CallDeployerPerformer, self._call(), uncertain=uncertain)

    async def ask_in_doubt(self) -> str | None:
        """Ask again after an attempt that may have been taken; gives the hint where nobody can tell."""
        try:
            await self.ask(uncertain=True)
        except LastingFault as fault:
            return fault.hint
        return None

    async def look(self) -> None:
        """Look at the deployer once."""
        current = self.deployment
        asked = LookAtDeployer(order=self.order, deployment_handle=current.handle, asked="e-look")
        await self._perform(LookAtDeployerPerformer, asked)

    async def cancel(self) -> None:
        """Have it stopped, as a person would."""
        self._happened(CancellationRequested(deployment=self.order.id, person=ASKER, at=self._now))
        asked = CancelDeployer(order=self.order, deployment_handle=self.deployment.handle, person=ASKER)
        await self._perform(CancelDeployerPerformer, asked)

    async def hear(self, *, times: int = 1) -> None:
        """Take note of everything that the deployer reports by itself, each thing so many times."""
        for reported in await self.rig.heard():
            for _ in range(times):
                self._happened(reported)

    async def follow(self, *, times: int = 1) -> None:
        """Hear, and look as often as the driver wants, until it has ended or nothing more comes."""
        for _ in range(LOOKS_MAX):
            await self.hear(times=times)
            if self.deployment.ended:
                return
            before = self.slot
            self.rig.wait(30.0)
            await self.look()
            if self.slot == before and not await self._more(times):
                return

    async def _more(self, times: int) -> bool:
        before = self.slot
        await self.hear(times=times)
        return self.slot != before

    def time_out(self) -> None:
        """The deployment takes too long."""
        self._happened(TimerDue(name="timeout", deployment=self.order.id, attempt=1))

    def _call(self) -> CallDeployer:
        return CallDeployer(order=self.order, action="deploy", previous_sha=None, deadline=self._now + 1e6)

    async def _perform(self, kind: Any, body: EffectBody, *, uncertain: bool = False) -> None:
        for _ in range(LOOKS_MAX):
            try:
                await self._attempt(kind, body, uncertain=uncertain)
            except PassingFault as fault:
                uncertain = uncertain or fault.applied_maybe
                self.rig.wait(fault.retry_after or 10.0)
            else:
                return
        pytest.fail("the deployer can never be asked")

    async def _attempt(self, kind: Any, body: EffectBody, *, uncertain: bool) -> None:
        performer: Performer = kind({self.rig.driver.name: self.rig.driver})
        performed = await performer(effect_for(body, uncertain=uncertain))
        for new in performed.events:
            self._happened(new.data)

    def _happened(self, data: EventData) -> None:
        """Let the slot decide about an event, and apply what it decided."""
        self._now += 1.0
        event = Event(
            id=f"e-{int(self._now)}",
            source="contract",
            time=self._now,
            recorded_time=self._now,
            key=KEY,
            correlation="c-contract",
            causation=None,
            data=data,
        )
        self.slot = apply(self.slot, data)
        for reactor in self._reactors[data.TYPE]:
            self._apply(_decided(reactor, event, self.slot, self._now))

    def _apply(self, decision: Decision) -> None:
        for new in decision.events:
            if new.key == KEY and new.due is None:
                self.slot = apply(self.slot, new.data)
        if self.deployment.description and self.deployment.description not in self.shown:
            self.shown.append(self.deployment.description)


def order_for(rig: Rig, **changes: Any) -> Order:
    """The order that a rig's deployer gets."""
    made = Order(
        id="d-0000000001",
        request="r-0000000001",
        action="deploy",
        repository=rig.repository,
        service="api",
        environment="production",
        sha=rig.sha,
        ref="main",
        call=rig.call,
        asker=ASKER,
        requested_at=STARTED_AT,
        github_environment="production/api",
    )
    return replace(made, **changes)


def effect_for(body: EffectBody, *, uncertain: bool = False, key: str = "x-0123456789abcdef") -> Effect:
    """An effect as the runner hands it out; the same key means the same effect."""
    return Effect(
        key=f"{key}-{body.KIND}",
        body=body,
        version=1,
        handle=None,
        parent_handle=None,
        uncertain=uncertain,
        attempts=1,
        token="lease",  # noqa: S106 - no password
        owner=KEY,
        first_attempt_at=STARTED_AT,
    )


def _decided(reactor: Reactor, event: Event, slot: Slot, now: Seconds) -> Decision:
    return reactor.decide(event, slot, None, now)


def _needs(manner: Manner) -> Callable[[Test], Test]:
    """Mark a test with the manner that its deployer has to be able to show."""

    def marked(test: Test) -> Test:
        test.manner = manner  # type: ignore[attr-defined]
        return test

    return marked


class DriverContract:
    """What every driver promises. Inherit it, and give a fixture `rig`."""

    @pytest.fixture
    def trial(self, rig: Rig) -> Trial:
        """A deployment that is about to be asked for."""
        return Trial(rig)

    @pytest.fixture(autouse=True)
    def _only_what_this_deployer_can_do(self, rig: Rig, request: pytest.FixtureRequest) -> None:
        manner = getattr(request.function, "manner", None)
        if manner is not None and manner not in rig.manners:
            pytest.skip(f"this deployer never does: {manner}")

    @_needs("succeed")
    async def test_success_becomes_live(self, trial: Trial) -> None:
        """What the deployer finished is live."""
        trial.rig.behave("succeed")
        await trial.ask()
        await trial.follow()
        assert (trial.deployment.state, trial.slot.live.known) == ("succeeded", True)
        assert trial.slot.live.sha == trial.order.sha
        assert trial.rig.started == 1

    @_needs("fail")
    async def test_failure_is_a_failure_with_words_and_nothing_is_live(self, trial: Trial) -> None:
        """What failed is never shown as live, and says why."""
        trial.rig.behave("fail")
        await trial.ask()
        await trial.follow()
        assert (trial.deployment.state, trial.slot.live.known) == ("failed", False)
        assert trial.deployment.description

    @_needs("succeed")
    async def test_progress_is_seen_before_the_end(self, trial: Trial) -> None:
        """People see that something goes on."""
        trial.rig.behave("succeed")
        await trial.ask()
        await trial.follow()
        assert trial.deployment.accepted_at is not None
        assert len(trial.shown) >= 2

    @_needs("silent")
    async def test_silence_is_never_success(self, trial: Trial) -> None:
        """A deployer that says nothing leaves it under way, until its timeout."""
        trial.rig.behave("silent")
        await trial.ask()
        await trial.follow()
        assert not trial.deployment.ended
        trial.time_out()
        assert (trial.deployment.state, trial.slot.live.known) == ("timed_out", False)

    @_needs("hold")
    async def test_a_late_success_corrects_what_is_live_and_never_the_outcome(self, trial: Trial) -> None:
        """After the timeout its success still counts for what is live."""
        trial.rig.behave("hold")
        await trial.ask()
        await trial.hear()
        trial.time_out()
        await trial.rig.release()
        await trial.hear()
        if not trial.slot.live.known:
            await trial.look()
        assert (trial.deployment.state, trial.slot.live.sha) == ("timed_out", trial.order.sha)

    @_needs("succeed")
    async def test_repeated_reports_change_nothing(self, trial: Trial) -> None:
        """Everything that is reported may come three times."""
        trial.rig.behave("succeed")
        await trial.ask()
        await trial.follow(times=3)
        assert trial.deployment.state == "succeeded"
        assert len(trial.slot.history) == 1

    @_needs("succeed")
    async def test_being_asked_again_starts_nothing_twice(self, trial: Trial) -> None:
        """A crash behind the reply asks again, under the same key."""
        trial.rig.behave("succeed")
        await trial.ask()
        assert await trial.ask_in_doubt() != ""
        assert trial.rig.started == 1

    @_needs("lose_reply")
    async def test_a_lost_reply_starts_nothing_twice(self, trial: Trial) -> None:
        """Whoever cannot tell whether it began says so, and does not begin again."""
        trial.rig.behave("lose_reply")
        with pytest.raises(PassingFault) as fault:
            await trial.ask_once()
        assert fault.value.applied_maybe
        trial.rig.wait(10.0)
        assert await trial.ask_in_doubt() != ""
        assert trial.rig.started == 1

    @_needs("refuse")
    async def test_a_refusal_is_an_answer_and_says_why(self, trial: Trial) -> None:
        """What was not taken has failed, with the deployer's words."""
        trial.rig.behave("refuse")
        await trial.ask()
        assert (trial.deployment.state, trial.deployment.reason) == ("failed", "deployer_refused")
        assert trial.deployment.description
        assert trial.rig.started == 0

    @_needs("unavailable")
    async def test_a_deployer_that_is_away_is_asked_again(self, trial: Trial) -> None:
        """Passing trouble is waited out."""
        trial.rig.behave("unavailable")
        with pytest.raises(PassingFault):
            await trial.ask_once()
        assert trial.rig.started == 0
        trial.rig.behave("succeed")
        trial.rig.wait(10.0)
        await trial.ask(uncertain=True)
        await trial.follow()
        assert (trial.deployment.state, trial.rig.started) == ("succeeded", 1)

    @_needs("hold")
    async def test_what_is_stopped_ends_as_cancelled_or_says_that_it_goes_on(self, trial: Trial) -> None:
        """Only the deployer can say that it stopped."""
        trial.rig.behave("hold")
        await trial.ask()
        await trial.hear()
        await trial.cancel()
        await trial.follow()
        if trial.deployment.ended:
            assert (trial.deployment.state, trial.slot.live.known) == ("cancelled", False)
        else:
            assert any("could not be stopped" in said for said in trial.shown)

    @_needs("hold")
    async def test_a_restart_in_the_middle_loses_nothing(self, trial: Trial) -> None:
        """What runs is followed by the next process."""
        trial.rig.behave("hold")
        await trial.ask()
        await trial.hear()
        await trial.rig.restart()
        await trial.look()
        assert not trial.deployment.ended
        await trial.rig.release()
        await trial.follow()
        assert (trial.deployment.state, trial.rig.started) == ("succeeded", 1)

    @_needs("hostile")
    async def test_hostile_output_becomes_short_plain_lines(self, trial: Trial) -> None:
        """Ten megabytes of control characters and Markdown are one bounded line of text."""
        trial.rig.behave("hostile")
        await trial.ask()
        await trial.follow()
        assert trial.deployment.state == "failed"
        for said in trial.shown:
            assert len(said) <= DESCRIPTION_CHARS_MAX
            assert said.isprintable()
        link = trial.deployment.log_url
        assert link is None or link.startswith(("http://", "https://"))
