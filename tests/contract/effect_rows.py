"""Each kind of effect against the simulated GitHub, Slack and deployer: how it is made, what is then there.

A new kind needs a row here.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from random import Random
from typing import Any, Literal, NamedTuple

import pytest

from bot.domain.effects import (
    ALL_KINDS,
    AddReaction,
    CallDeployer,
    CancelDeployer,
    EffectBody,
    FillForm,
    KeepMessage,
    LookAtDeployer,
    OpenForm,
    PublishCheck,
    RecordDeployment,
    SayInThread,
    ShowHome,
    TakeProbe,
    TellPerson,
    WriteComment,
)
from bot.domain.values import Person, SlackPlace
from bot.drivers.performing import deployer_performers
from bot.github.performers import github_performers
from bot.github.transport import open_session
from bot.ports import Performer
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


class Targets(NamedTuple):
    """Everything that effects reach, on one clock."""

    clock: StoppedClock
    hub: Hub
    slack: SlackWorld
    rig: HttpRig
    performers: dict[str, Performer]


@asynccontextmanager
async def open_targets(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Targets]:
    """Serve them all; at the end nothing that was asked of them may have been against their rules."""
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


Trouble = Literal["lost_reply", "reset"]
"""`lost_reply`: it was done, and no reply came. `reset`: it was not done, and no reply came either."""


class Row(NamedTuple):
    """An effect: how it is made, how its target's next reply fails, what is then there."""

    body: Callable[[Targets], EffectBody]
    trouble: Callable[[Targets, Trouble], object]
    there: Callable[[Targets], list[object]]
    times: int = 1  # how often it may be there after it was performed twice


def at_github(path: str) -> Callable[[Targets, Trouble], object]:
    def trouble(targets: Targets, kind: Trouble) -> object:
        return targets.hub.world.faults.add(GitHubFault(kind, method="POST", path=path, times=1))

    return trouble


def at_slack(methods: str) -> Callable[[Targets, Trouble], object]:
    return lambda targets, kind: targets.slack.faults.add(SlackFault(kind, methods, times=1))


def at_the_deployer(targets: Targets, kind: Trouble) -> None:
    targets.rig.world.break_next(kind)


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


def a_message(_: Targets) -> EffectBody:
    return KeepMessage(channel=CHANNEL, text="On its way", marker="pointsman:r-1")


def a_remark(targets: Targets) -> EffectBody:
    story = targets.slack.post("ada", CHANNEL, "A story")
    return SayInThread(channel=CHANNEL, text="It began", thread=story.ts)


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
    AddReaction: Row(a_reaction, at_github(".*/reactions"), reactions),
    WriteComment: Row(a_comment, at_github(".*/comments"), comments),
    PublishCheck: Row(a_check, at_github(".*/check-runs"), check_runs),
    RecordDeployment: Row(a_deployment, at_github(".*/deployments"), deployments_and_statuses),
    CallDeployer: Row(a_call, at_the_deployer, lambda targets: [object()] * targets.rig.started),
    CancelDeployer: Row(a_cancellation, at_the_deployer, lambda targets: [object()] * targets.rig.cancelled),
    KeepMessage: Row(a_message, at_slack("chat.*"), bots_messages),
    SayInThread: Row(a_remark, at_slack("chat.*"), bots_messages),
    # It leaves no trace that we could look for: somebody may read it twice, and nobody ever misses it.
    TellPerson: Row(
        lambda _: TellPerson(channel=CHANNEL, user="U0ADA", text="Not allowed"),
        at_slack("chat.*"),
        lambda targets: list(targets.slack.whispers("ada")),
        times=2,
    ),
    OpenForm: Row(a_form, at_slack("views.*"), lambda targets: list(targets.slack.modals("ada"))),
    FillForm: Row(
        a_filled_form,
        at_slack("views.*"),
        lambda targets: [each for each in targets.slack.modals("ada") if "Filled" in str(each.blocks)],
    ),
    ShowHome: Row(
        lambda _: ShowHome(user="U0ADA", view={"type": "home", "blocks": [section("Live")]}),
        at_slack("views.*"),
        lambda targets: list(filter(None, [targets.slack.home("ada")])),
    ),
}
# They only read: there is nothing that could be done twice.
READS = (LookAtDeployer, TakeProbe)
KINDS = pytest.mark.parametrize(
    "kind", [kind for kind in ALL_KINDS if kind not in READS], ids=lambda kind: kind.KIND
)
