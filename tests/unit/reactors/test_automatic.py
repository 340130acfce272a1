"""Deployment without anybody asking, on merge to the default branch."""

from typing import Any

import pytest
from msgspec.structs import replace

from bot.domain.effects import WriteComment
from bot.domain.events import ChangeMerged, CommandAnswered, DeploymentRequested, RequestMade
from bot.domain.policy import Auto, EnvironmentPolicy, RepositoryPolicy
from bot.ports import ChangedFiles, Decision
from bot.reactors import automatic
from tests.unit.commands.known import KnownGitHub, sources
from tests.unit.reactors.stories import ADA, AT, OLDER, POLICY, PULL, change, event, events_of, only

ON_MERGE = Auto(on="merge")


def policy(**autos: Auto) -> RepositoryPolicy:
    environments = tuple(EnvironmentPolicy(name=name, auto=auto) for name, auto in autos.items())
    return replace(POLICY, environments=environments)


def merged(**changes: Any) -> ChangeMerged:
    data = ChangeMerged(change=change(), merge_sha=OLDER, merged_by=ADA, default_branch="main")
    return replace(data, **changes)


async def merge(github: KnownGitHub, data: ChangeMerged | None = None) -> Decision:
    happened = event(data or merged(), PULL)
    return automatic.decide(happened, None, await automatic.read(sources(github), happened), AT)


def github(told: RepositoryPolicy | None, **more: Any) -> KnownGitHub:
    return KnownGitHub(policies={"acme/shop": told} if told else {}, **more)


async def test_a_merge_deploys_the_merge_commit_where_the_configuration_says_so() -> None:
    decision = await merge(github(policy(staging=ON_MERGE, production=Auto())))
    order = only(decision, DeploymentRequested).order
    assert (order.sha, order.ref, order.pinned) == (OLDER, "main", "merge")
    assert (order.environment, order.service, order.automatic, order.asker) == ("staging", "api", True, ADA)
    made = only(decision, RequestMade)
    assert made.url == "https://github.example/acme/shop/pull/12"
    assert only(decision, CommandAnswered).request == made.id


async def test_each_environment_gets_a_request_of_its_own() -> None:
    decision = await merge(github(policy(staging=ON_MERGE, production=ON_MERGE)))
    made = events_of(decision, RequestMade)
    assert [each.environment for each in made] == ["staging", "production"]
    assert len({each.id for each in made}) == 2
    answered = events_of(decision, CommandAnswered)
    assert len({each.command for each in answered}) == 2


async def test_deciding_it_again_makes_the_same_requests() -> None:
    known = github(policy(staging=ON_MERGE))
    assert await merge(known) == await merge(known)


IGNORED: dict[str, tuple[RepositoryPolicy | None, dict[str, Any], dict[str, Any]]] = {
    "configuration_off": (None, {}, {}),
    "nothing_automatic": (policy(staging=Auto()), {}, {}),
    "not_the_default_branch": (policy(staging=ON_MERGE), {}, {"change": change(base_ref="release")}),
    "nothing_concerned": (policy(staging=ON_MERGE), {"files": ChangedFiles(("README.md",), False)}, {}),
}


@pytest.mark.parametrize("reason", IGNORED)
async def test_otherwise_it_is_ignored_with_the_reason(reason: str) -> None:
    told, known, happened = IGNORED[reason]
    decision = await merge(github(told, **known), merged(**happened))
    assert (decision.outcome, decision.reason, decision.events) == ("ignored", reason, ())


async def test_the_configuration_is_read_afresh_since_this_merge_may_have_changed_it() -> None:
    known = github(policy(staging=ON_MERGE))
    await merge(known)
    assert known.asked_for == ["policy, fresh", "files"]


async def test_where_nothing_is_automatic_no_files_are_asked_for() -> None:
    known = github(policy(staging=Auto()))
    await merge(known)
    assert known.asked_for == ["policy, fresh"]


@pytest.mark.parametrize("prefix,command", [
    (None, "/deploy api staging"),
    ("pointsman", "/pointsman deploy api staging"),
])  # fmt: skip
async def test_a_merge_that_is_heard_of_hours_later_deploys_nothing_and_says_how_to(
    prefix: str | None, command: str
) -> None:
    told = replace(policy(staging=ON_MERGE), commands_prefix=prefix)
    happened = replace(event(merged(), PULL), time=AT - automatic.AGE_SECONDS_MAX - 60)
    facts = await automatic.read(sources(github(told)), happened)
    decision = automatic.decide(happened, None, facts, AT)
    assert (decision.outcome, decision.reason, decision.events) == ("ignored", "merged_too_long_ago", ())
    (said,) = decision.effects
    assert isinstance(said.body, WriteComment)
    assert command in said.body.text
    assert "6 h 1 min" in said.body.text
    fresh = replace(happened, time=AT - automatic.AGE_SECONDS_MAX)
    assert automatic.decide(fresh, None, facts, AT).reason == "requested"
