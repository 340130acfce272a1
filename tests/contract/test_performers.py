"""Twice equals once: an effect that is performed again after a lost reply leaves one thing at its target.

One row for each kind of effect, each against the simulated GitHub, Slack and deployer over HTTP. A new kind
needs a row here.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from random import Random
from typing import Any, NamedTuple

import pytest
from msgspec.structs import replace

from bot.domain.effects import (
    ALL_KINDS,
    AddReaction,
    CallDeployer,
    CancelDeployer,
    Effect,
    EffectBody,
    FillForm,
    KeepMessage,
    LookAtDeployer,
    OpenForm,
    PublishCheck,
    RecordDeployment,
    SayInThread,
    ShowHome,
    TellPerson,
    WriteComment,
)
from bot.domain.errors import PassingFault
from bot.domain.values import Person, SlackPlace
from bot.drivers.performing import deployer_performers
from bot.github.performers import github_performers
from bot.github.transport import open_session
from bot.ports import Performed, Performer
from bot.sandbox.github import Fault as GitHubFault
from bot.sandbox.slack import Fault as SlackFault
from bot.sandbox.slack import Installation, Limits, SlackServer, SlackWorld
from bot.sandbox.slack.view_methods import new_view
from bot.slack.client import SlackClient
from bot.slack.performers import slack_performers
from bot.testing.drivers import order_for
from tests.contract.rigs import HttpRig, http_rig
from tests.unit.doors import Hall, StoppedClock
from tests.unit.github.hub import SHOP, Hub, connect, new_world

TOKEN = "xoxb-of-the-test"
CHANNEL = "C0DEPLOYS"
CHECK = "pointsman/plan"
FORM = "e-0123456789abcdef"
LATER_SECONDS = 10.0
ENOUGH_SECONDS = 60.0


class Targets(NamedTuple):
    """Everything that effects reach, on one clock."""

    clock: StoppedClock
    hub: Hub
    slack: SlackWorld
    rig: HttpRig
    performers: dict[str, Performer]


@pytest.fixture
async def targets(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Targets]:
    clock = StoppedClock()
    async with AsyncExitStack() as open_ones:
        hub = await connect(new_world(clock), clock, await open_ones.enter_async_context(open_session()))
        open_ones.push_async_callback(hub.server.close)
        slack = SlackWorld(clock.now, Random(1), Installation("secret", TOKEN), Limits.lifted())
        server = SlackServer(slack)
        await server.start()
        open_ones.push_async_callback(server.close)
        client = SlackClient(TOKEN, server.api_url)
        open_ones.push_async_callback(client.close)
        rig = await open_ones.enter_async_context(http_rig(monkeypatch, Hall(clock=clock)))
        performers = {
            **github_performers(hub.app),
            **slack_performers(client, clock),
            **deployer_performers({rig.driver.name: rig.driver}),
        }
        yield Targets(clock, hub, slack, rig, performers)
    assert hub.world.violations == []
    assert slack.violations == []


class Row(NamedTuple):
    """An effect: how it is made, how its target's next reply gets lost, what is then there."""

    body: Callable[[Targets], EffectBody]
    lose: Callable[[Targets], object]
    there: Callable[[Targets], list[object]]
    in_thread: bool = False
    times: int = 1  # how often it is there after it was performed twice


def lose_at_github(path: str) -> Callable[[Targets], object]:
    return lambda targets: targets.hub.world.faults.add(
        GitHubFault("lost_reply", method="POST", path=path, times=1)
    )


def lose_at_slack(targets: Targets) -> object:
    return targets.slack.faults.add(SlackFault("lost_reply", "chat.*", times=1))


def lose_a_view(targets: Targets) -> object:
    return targets.slack.faults.add(SlackFault("lost_reply", "views.*", times=1))


def a_reaction(targets: Targets) -> EffectBody:
    comment = targets.hub.world.comment("ada", SHOP, pull(targets), "/deploy api production")
    return AddReaction(repository=targets.hub.repository, comment=comment.id, content="eyes")


def a_comment(targets: Targets) -> EffectBody:
    return WriteComment(
        repository=targets.hub.repository, number=pull(targets), marker="pointsman:r-1", text="On its way"
    )


def a_check(targets: Targets) -> EffectBody:
    return PublishCheck(
        repository=targets.hub.repository,
        head_sha=head(targets),
        name=CHECK,
        conclusion="success",
        title="Two services",
        summary="api, web",
    )


def a_deployment(targets: Targets) -> EffectBody:
    return RecordDeployment(
        repository=targets.hub.repository,
        deployment="d-1",
        sha=head(targets),
        environment="production",
        state="in_progress",
        description="Started",
    )


def a_call(targets: Targets) -> EffectBody:
    return CallDeployer(order=order_for(targets.rig), action="deploy", previous_sha=None, deadline=1e12)


def a_cancellation(targets: Targets) -> EffectBody:
    return CancelDeployer(order=order_for(targets.rig), deployment_handle={}, person=Person("ada"))


def a_form(targets: Targets) -> EffectBody:
    targets.slack.slash_command("ada", CHANNEL, "/deploy")
    (trigger,) = targets.slack.space.views.triggers
    place = SlackPlace("T0ACME", CHANNEL)
    return OpenForm(
        name=FORM, trigger=trigger, place=place, person=Person(slack="U0ADA"), view=modal("Empty")
    )


def a_filled_form(targets: Targets) -> EffectBody:
    space = targets.slack.space
    space.views.push(new_view(space, "U0ADA", {**modal("Empty"), "external_id": FORM}))
    return FillForm(name=FORM, user="U0ADA", view=modal("Filled"))


def modal(words: str) -> dict[str, Any]:
    return {"type": "modal", "title": {"type": "plain_text", "text": "Deploy"}, "blocks": [section(words)]}


def section(words: str) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": words}}


def pull(targets: Targets) -> int:
    return targets.hub.shop.pull_requests[0].number


def head(targets: Targets) -> str:
    return targets.hub.shop.pull_requests[0].head_sha


def reactions(targets: Targets) -> list[object]:
    return [each for comment in targets.hub.shop.repository.comments.values() for each in comment.reactions]


def comments(targets: Targets) -> list[object]:
    return [each for each in targets.hub.shop.repository.comments.values() if each.by_app]


def check_runs(targets: Targets) -> list[object]:
    return [each for each in targets.hub.shop.repository.check_runs.values() if each.name == CHECK]


def deployments_and_statuses(targets: Targets) -> list[object]:
    """A deployment with one status is one thing; each one more of either is one more."""
    deployments = list(targets.hub.shop.repository.deployments.values())
    more = [status for each in deployments for status in each.statuses[1:]]
    assert all(each.statuses for each in deployments)
    return [*deployments, *more]


def bots_messages(targets: Targets) -> list[object]:
    bot = targets.slack.installation.bot_user_id
    return [each for each in targets.slack.messages(CHANNEL) if each.user == bot]


ROWS: dict[type[EffectBody], Row] = {
    AddReaction: Row(a_reaction, lose_at_github(".*/reactions"), reactions),
    WriteComment: Row(a_comment, lose_at_github(".*/comments"), comments),
    PublishCheck: Row(a_check, lose_at_github(".*/check-runs"), check_runs),
    RecordDeployment: Row(a_deployment, lose_at_github(".*/deployments"), deployments_and_statuses),
    CallDeployer: Row(
        a_call,
        lambda targets: targets.rig.behave("lose_reply"),
        lambda targets: [object()] * targets.rig.started,
    ),
    CancelDeployer: Row(
        a_cancellation,
        lambda targets: targets.rig.behave("lose_reply"),
        lambda targets: [object()] * targets.rig.cancelled,
    ),
    KeepMessage: Row(
        lambda _: KeepMessage(channel=CHANNEL, text="On its way", marker="pointsman:r-1"),
        lose_at_slack,
        bots_messages,
    ),
    SayInThread: Row(
        lambda _: SayInThread(channel=CHANNEL, text="It began"),
        lose_at_slack,
        bots_messages,
        in_thread=True,
    ),
    # It leaves no trace that we could look for: somebody may read it twice, and nobody ever misses it.
    TellPerson: Row(
        lambda _: TellPerson(channel=CHANNEL, user="U0ADA", text="Not allowed"),
        lose_at_slack,
        lambda targets: list(targets.slack.whispers("ada")),
        times=2,
    ),
    OpenForm: Row(a_form, lose_a_view, lambda targets: list(targets.slack.modals("ada"))),
    FillForm: Row(
        a_filled_form,
        lose_a_view,
        lambda targets: [each for each in targets.slack.modals("ada") if "Filled" in str(each.blocks)],
    ),
    ShowHome: Row(
        lambda _: ShowHome(user="U0ADA", view={"type": "home", "blocks": [section("Live")]}),
        lose_a_view,
        lambda targets: list(filter(None, [targets.slack.home("ada")])),
    ),
}
# It only reads: there is nothing that could be done twice.
READS = LookAtDeployer
KINDS = pytest.mark.parametrize(
    "kind", [kind for kind in ALL_KINDS if kind is not READS], ids=lambda kind: kind.KIND
)


def wanted(targets: Targets, kind: type[EffectBody]) -> Effect:
    """The effect at its first attempt, as the runner hands it out."""
    row = ROWS[kind]
    parent = None
    if row.in_thread:
        story = targets.slack.post("ada", CHANNEL, "A story")
        parent = {"channel": CHANNEL, "ts": story.ts, "thread": None}
    return Effect(
        key="x-0123456789abcdef",
        body=row.body(targets),
        version=1,
        handle=None,
        parent_handle=parent,
        uncertain=False,
        attempts=1,
        token="lease",
        owner="slot:acme/shop/api/production",
        first_attempt_at=targets.clock.now(),
    )


async def perform(targets: Targets, effect: Effect) -> Performed:
    return await targets.performers[effect.body.KIND](effect)


async def perform_again(targets: Targets, effect: Effect) -> Performed:
    """Perform it in doubt until it is done, waiting as long as it says."""
    ends = targets.clock.now() + ENOUGH_SECONDS
    while True:
        try:
            return await perform(targets, replace(effect, uncertain=True, attempts=effect.attempts + 1))
        except PassingFault as fault:
            targets.clock.time += fault.retry_after or 1.0
            assert targets.clock.now() < ends, "it does not end"


def test_every_kind_of_effect_has_a_row() -> None:
    assert set(ROWS) == set(ALL_KINDS) - {READS}


async def test_a_look_starts_nothing_and_tells_the_slot(targets: Targets) -> None:
    body = LookAtDeployer(order=order_for(targets.rig), deployment_handle={}, asked="e-1")
    effect = replace(wanted(targets, CallDeployer), body=body)
    performed = await perform(targets, effect)
    assert [new.data.TYPE for new in performed.events] == ["deployer.looked"]
    assert targets.rig.started == 0


@KINDS
async def test_performed_once_it_is_there_once(targets: Targets, kind: type[EffectBody]) -> None:
    await perform(targets, wanted(targets, kind))
    assert len(ROWS[kind].there(targets)) == 1


@KINDS
async def test_after_a_lost_reply_twice_equals_once(targets: Targets, kind: type[EffectBody]) -> None:
    effect = wanted(targets, kind)
    ROWS[kind].lose(targets)
    with pytest.raises(PassingFault) as fault:
        await perform(targets, effect)
    assert fault.value.applied_maybe
    targets.clock.time += LATER_SECONDS
    await perform_again(targets, effect)
    assert len(ROWS[kind].there(targets)) == ROWS[kind].times


@KINDS
async def test_after_a_crash_behind_the_reply_twice_equals_once(
    targets: Targets, kind: type[EffectBody]
) -> None:
    effect = wanted(targets, kind)
    await perform(targets, effect)
    await perform_again(targets, effect)
    assert len(ROWS[kind].there(targets)) == ROWS[kind].times


@KINDS
async def test_what_was_never_done_is_done_although_it_was_in_doubt(
    targets: Targets, kind: type[EffectBody]
) -> None:
    await perform_again(targets, wanted(targets, kind))
    assert len(ROWS[kind].there(targets)) == 1


@pytest.mark.parametrize(
    "kind", [kind for kind in ALL_KINDS if kind.MODE == "converge" and kind is not READS]
)
async def test_what_converges_is_brought_up_to_date_in_place(
    targets: Targets, kind: type[EffectBody]
) -> None:
    effect = wanted(targets, kind)
    first = await perform(targets, effect)
    again = await perform(targets, replace(effect, handle=dict(first.handle or {}), version=2))
    assert again.handle == first.handle
    assert len(ROWS[kind].there(targets)) == 1


async def test_where_history_may_not_be_read_a_message_is_said_again(targets: Targets) -> None:
    targets.slack.scopes = frozenset({"chat:write"})
    effect = wanted(targets, KeepMessage)
    lose_at_slack(targets)
    with pytest.raises(PassingFault):
        await perform(targets, effect)
    await perform_again(targets, effect)
    assert len(bots_messages(targets)) == 2
