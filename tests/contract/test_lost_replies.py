"""The reply never came: whatever became of the request, after a while the thing is there once.

Every kind of effect through the real ledger and runner, against the simulated targets: done and the reply
lost, never done, done while lists lag behind, done by a process that then stopped, and asked for in a newer
version meanwhile. docs/reliability.md promises what is tested here.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from msgspec.structs import replace

from bot.domain.effects import (
    ALL_KINDS,
    CallDeployer,
    Effect,
    EffectBody,
    FillForm,
    KeepMessage,
    OpenForm,
    PublishCheck,
    RecordDeployment,
    ShowHome,
    TellPerson,
    Wanted,
    WriteComment,
)
from bot.domain.events import EffectParked
from bot.doubt import LOOKS_SECONDS
from bot.drivers import github_actions
from bot.drivers.performing import deployer_performers
from bot.ports import Choice, Performed, Performer
from bot.runtime.leases import LEASE_SECONDS
from bot.runtime.runner import Runner
from bot.sandbox.github import Fault
from bot.testing.drivers import order_for
from tests.contract.actions_rig import ActionsRig
from tests.contract.deployments_rig import DeploymentsRig
from tests.contract.effect_rows import KINDS, ROWS, Targets, modal, open_targets, section
from tests.unit.doors import StoppedClock
from tests.unit.runtime.machinery import SLOT, Machinery, begun, settle, until_idle

LOOKED_FOR = frozenset(
    {
        "github.comment",
        "github.check",
        "github.deployment",
        "slack.message",
        "slack.thread",
    }
)
"""Those that only a look-up can tell of: they are repeated no sooner than it was made for the last time."""
STEPS_MAX = 400


class Stage(NamedTuple):
    """The machinery on one clock with everything that effects reach."""

    machinery: Machinery
    targets: Targets

    def runner(self, performers: dict[str, Performer] | None = None) -> Runner:
        return self.machinery.runner(performers or self.targets.performers)

    async def want(self, body: EffectBody) -> None:
        target = f"target:{body.KIND}" if body.MODE == "converge" else None
        await self.machinery.want(Wanted(body=body, target=target, owner=SLOT))

    def there(self, kind: type[EffectBody]) -> int:
        return len(ROWS[kind].there(self.targets))


@pytest.fixture
async def stage(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> AsyncIterator[Stage]:
    async with open_targets(monkeypatch) as targets:
        machinery = Machinery(tmp_path)
        machinery.clock = targets.clock
        yield Stage(machinery, targets)
        await machinery.ledger.close()


async def until_ended(machinery: Machinery, runner: Runner, clock: StoppedClock) -> None:
    """Let the runner work, second by second, until every effect is done or parked."""
    for _ in range(STEPS_MAX):
        await until_idle(runner)
        if all(row.state in ("done", "parked") for row in await machinery.ledger.effects()):
            return
        clock.time += 1.0
    raise AssertionError("it does not end")


async def ended(stage: Stage) -> None:
    await until_ended(stage.machinery, stage.runner(), stage.targets.clock)
    assert await stage.machinery.parked() == []


# --- each kind of effect --------------------------------------------------------------------------------


@KINDS
async def test_it_was_done_and_the_reply_was_lost(stage: Stage, kind: type[EffectBody]) -> None:
    await stage.want(ROWS[kind].body(stage.targets))
    ROWS[kind].trouble(stage.targets, "lost_reply")
    await ended(stage)
    assert stage.there(kind) == ROWS[kind].times


@KINDS
async def test_it_was_never_done(stage: Stage, kind: type[EffectBody]) -> None:
    await stage.want(ROWS[kind].body(stage.targets))
    ROWS[kind].trouble(stage.targets, "reset")
    began = stage.targets.clock.now()
    await ended(stage)
    assert stage.there(kind) == 1
    waited = stage.targets.clock.now() - began
    assert waited >= LOOKS_SECONDS[-1] if kind.KIND in LOOKED_FOR else waited < LOOKS_SECONDS[-1]


@KINDS
@pytest.mark.parametrize("lag", [4.0, 14.0])
async def test_it_was_done_and_lists_do_not_show_it_yet(
    stage: Stage, kind: type[EffectBody], lag: float
) -> None:
    await stage.want(ROWS[kind].body(stage.targets))
    stage.targets.hub.world.lag(lag)
    stage.targets.slack.lag(lag)
    ROWS[kind].trouble(stage.targets, "lost_reply")
    await ended(stage)
    assert stage.there(kind) == ROWS[kind].times


@pytest.mark.parametrize("kind", [kind for kind in ROWS if kind is not OpenForm], ids=lambda kind: kind.KIND)
async def test_two_replies_in_a_row_were_lost_with_a_long_outage_between_them(
    stage: Stage, kind: type[EffectBody]
) -> None:
    """The second attempt's doubt has its own time: it is not as old as the first one's."""
    row = ROWS[kind]
    await stage.want(row.body(stage.targets))
    row.trouble(stage.targets, "reset")
    runner = stage.runner()
    await until_idle(runner)
    stage.targets.clock.time += 60.0
    stage.targets.slack.lag(LOOKS_SECONDS[-1] - 1)
    stage.targets.hub.world.lag(LOOKS_SECONDS[-1] - 1)
    row.trouble(stage.targets, "lost_reply")
    await until_ended(stage.machinery, runner, stage.targets.clock)
    assert stage.there(kind) == row.times


class Stuck:
    """A process that stops dead right behind its request, until it is let go."""

    def __init__(self, performers: dict[str, Performer]) -> None:
        self._performers = performers
        self.arrived, self.let_go = asyncio.Event(), asyncio.Event()

    def performers(self) -> dict[str, Performer]:
        return {kind: self._stopping(performer) for kind, performer in self._performers.items()}

    def _stopping(self, performer: Performer) -> Performer:
        async def perform(effect: Effect) -> Performed:
            performed = await performer(effect)
            self.arrived.set()
            await self.let_go.wait()
            return performed

        return perform


@KINDS
async def test_its_process_stopped_behind_the_request_and_another_took_over(
    stage: Stage, kind: type[EffectBody]
) -> None:
    await stage.want(ROWS[kind].body(stage.targets))
    stuck = Stuck(stage.targets.performers)
    first = stage.runner(stuck.performers())
    await begun(first)
    await stuck.arrived.wait()
    stage.targets.clock.time += LEASE_SECONDS + 1
    await ended(stage)
    assert stage.there(kind) == ROWS[kind].times
    stuck.let_go.set()  # it comes back, and its word counts no more
    await settle(first)
    assert [row.state for row in await stage.machinery.ledger.effects()] == ["done"]
    assert stage.there(kind) == ROWS[kind].times


# --- a newer version meanwhile --------------------------------------------------------------------------

NEWER: dict[type[EffectBody], dict[str, Any]] = {
    WriteComment: {"text": "Done"},
    PublishCheck: {"title": "Three services"},
    RecordDeployment: {"state": "success"},
    KeepMessage: {"text": "Done"},
    FillForm: {"view": modal("Filled once more")},
    ShowHome: {"view": {"type": "home", "blocks": [section("Live once more")]}},
}
CONVERGING = pytest.mark.parametrize("kind", NEWER, ids=lambda kind: kind.KIND)


def test_every_converging_kind_has_a_newer_version() -> None:
    assert set(NEWER) == {kind for kind in ALL_KINDS if kind.MODE == "converge"} & set(ROWS)


def shown(stage: Stage, kind: type[EffectBody]) -> str:
    return repr(ROWS[kind].there(stage.targets))


def words_of(changes: dict[str, Any]) -> str:
    value = next(iter(changes.values()))
    return "once more" if isinstance(value, dict) else str(value)


@CONVERGING
@pytest.mark.parametrize("later", [1.0, 3600.0])
async def test_a_newer_version_after_a_lost_creation_makes_no_second_one(
    stage: Stage, kind: type[EffectBody], later: float
) -> None:
    body = ROWS[kind].body(stage.targets)
    await stage.want(body)
    ROWS[kind].trouble(stage.targets, "lost_reply")
    runner = stage.runner()
    await until_idle(runner)
    stage.targets.clock.time += later
    await stage.want(replace(body, **NEWER[kind]))
    await until_ended(stage.machinery, runner, stage.targets.clock)
    assert stage.there(kind) == 1
    assert words_of(NEWER[kind]) in shown(stage, kind)


@CONVERGING
async def test_of_two_versions_the_newer_wins_however_replies_get_lost(
    stage: Stage, kind: type[EffectBody]
) -> None:
    body = ROWS[kind].body(stage.targets)
    await stage.want(body)
    await ended(stage)
    await stage.want(replace(body, **NEWER[kind]))
    ROWS[kind].trouble(stage.targets, "lost_reply")
    await ended(stage)
    await stage.want(body)
    await ended(stage)
    extra = 2 if kind is RecordDeployment else 0  # it changes by statuses, which all stay
    assert stage.there(kind) == 1 + extra


async def test_what_was_parked_in_doubt_and_is_retried_an_hour_later_is_still_found(stage: Stage) -> None:
    await stage.want(ROWS[WriteComment].body(stage.targets))
    ROWS[WriteComment].trouble(stage.targets, "lost_reply")
    runner = stage.runner()
    await until_idle(runner)
    stage.targets.hub.world.faults.add(Fault("not_found_once", method="GET", path=".*/comments", times=1))
    await until_ended(stage.machinery, runner, stage.targets.clock)
    assert await stage.machinery.parked() == [WriteComment.KIND]
    stage.targets.clock.time += 3600.0
    await stage.machinery.ledger.retry_parked(Choice(everything=True), stage.targets.clock.now())
    await ended(stage)
    assert stage.there(WriteComment) == 1


async def test_an_answer_for_one_person_is_said_at_once_again(stage: Stage) -> None:
    """Nobody can look for it, so waiting would prove nothing."""
    await stage.want(ROWS[TellPerson].body(stage.targets))
    ROWS[TellPerson].trouble(stage.targets, "reset")
    began = stage.targets.clock.now()
    await ended(stage)
    assert stage.targets.clock.now() - began < LOOKS_SECONDS[0]


# --- what stays impossible ------------------------------------------------------------------------------


def lock(targets: Targets) -> None:
    targets.hub.shop.pull_requests[0].locked = True


def archive_repository(targets: Targets) -> None:
    targets.hub.shop.repository.archived = True


def archive_channel(targets: Targets) -> None:
    targets.slack.channel("C0DEPLOYS").archived = True


def dismiss(targets: Targets) -> None:
    targets.slack.channel("C0DEPLOYS").bot_is_member = False


@pytest.mark.parametrize(
    ("kind", "people", "what_to_do"),
    [
        (WriteComment, lock, "Unlock the conversation"),
        (WriteComment, archive_repository, "Unarchive the repository"),
        (PublishCheck, archive_repository, "Unarchive the repository"),
        (RecordDeployment, archive_repository, "Unarchive the repository"),
        (KeepMessage, archive_channel, "Unarchive the channel"),
        (KeepMessage, dismiss, "/invite"),
    ],
)
async def test_what_people_made_impossible_is_parked_at_once_and_its_owner_is_told_what_to_do(
    stage: Stage, kind: type[EffectBody], people: Callable[[Targets], None], what_to_do: str
) -> None:
    people(stage.targets)
    await stage.want(ROWS[kind].body(stage.targets))
    await until_idle(stage.runner())
    await until_idle(stage.machinery.worker())
    (told,) = await stage.machinery.history(SLOT)
    assert isinstance(told, EffectParked)
    assert (told.kind, told.uncertain) == (kind.KIND, False)
    assert what_to_do in (told.hint or "")
    assert stage.there(kind) == 0


# --- the drivers that GitHub answers for ----------------------------------------------------------------


class Shipping(NamedTuple):
    """A driver at a simulated GitHub of its own: what carries the order, how often it was taken."""

    rig: ActionsRig | DeploymentsRig
    path: str
    taken: Callable[[], int]
    longest_look: float


def actions() -> Shipping:
    rig = ActionsRig()
    return Shipping(rig, ".*/dispatches", lambda: rig.started, github_actions.LOOKS_SECONDS[-1])


def deployments() -> Shipping:
    rig = DeploymentsRig()
    return Shipping(rig, ".*/deployments", lambda: len(rig.deployments), LOOKS_SECONDS[-1])


SHIPPING = pytest.mark.parametrize("make", [actions, deployments])


async def ship(shipping: Shipping, folder: Path, kind: str | None) -> float:
    """Have it shipped with this trouble on the way; gives the seconds until it was taken."""
    machinery = Machinery(folder)
    machinery.clock = clock = shipping.rig.stage.clock
    rig = shipping.rig
    if kind is not None:
        trouble: Any = kind
        rig.stage.world.faults.add(Fault(trouble, method="POST", path=shipping.path, times=1))
    body = CallDeployer(order=order_for(rig), action="deploy", previous_sha=None, deadline=1e12)
    await machinery.want(Wanted(body=body, owner=SLOT))
    began = clock.now()
    runner = machinery.runner(deployer_performers({rig.driver.name: rig.driver}))
    await until_ended(machinery, runner, clock)
    assert await machinery.parked() == []
    await machinery.ledger.close()
    return clock.now() - began


@SHIPPING
async def test_an_order_whose_reply_was_lost_is_given_once(
    make: Callable[[], Shipping], tmp_path: Path
) -> None:
    shipping = make()
    await ship(shipping, tmp_path, "lost_reply")
    assert shipping.taken() == 1


@SHIPPING
async def test_an_order_that_never_arrived_is_given_once_when_nothing_can_be_found(
    make: Callable[[], Shipping], tmp_path: Path
) -> None:
    shipping = make()
    waited = await ship(shipping, tmp_path, "reset")
    assert shipping.taken() == 1
    assert shipping.longest_look <= waited <= shipping.longest_look + LOOKS_SECONDS[0]


@SHIPPING
async def test_an_order_that_lists_do_not_show_yet_is_given_once(
    make: Callable[[], Shipping], tmp_path: Path
) -> None:
    shipping = make()
    shipping.rig.stage.world.lag(shipping.longest_look - 1)
    await ship(shipping, tmp_path, "lost_reply")
    assert shipping.taken() == 1
