"""`/deploy`: which commit, for which services, and whether this person may."""

from typing import Any

import pytest
from msgspec.structs import replace

from bot.commands.deploy import ROW, DeployFacts
from bot.domain.change import ChangeState, Move
from bot.domain.deployment import Order
from bot.domain.effects import AddReaction, TellPerson, WriteComment
from bot.domain.events import CommandAnswered, DeploymentRequested, RequestMade
from bot.domain.policy import EnvironmentPolicy, Parameter, Requirements
from bot.domain.request import Request
from bot.domain.speech import Deploy, ServiceRef
from bot.domain.values import SlackPlace
from bot.ports import ChangedFiles, Decision, ResolvedRef
from tests.unit.commands.known import (
    IN_SLACK,
    MAIN,
    KnownGitHub,
    KnownLedger,
    asked,
    pull_request,
    reason_and_values,
    sources,
)
from tests.unit.reactors.stories import AT, NEW, OLDER, POLICY, effects_of, events_of, only

API = (ServiceRef("api"),)


def said(**changes: Any) -> Deploy:
    return replace(Deploy(services=API, environment="production"), **changes)


async def deploy(
    command: Deploy | None = None,
    github: KnownGitHub | None = None,
    ledger: KnownLedger | None = None,
    **where: Any,
) -> Decision:
    """Read and decide, as the reactor does."""
    known = asked(command or said(), **where)
    facts: DeployFacts = await ROW.read(sources(github, ledger), known)
    return ROW.decide(known, facts, AT + 3)


def orders(decision: Decision) -> list[Order]:
    return [data.order for data in events_of(decision, DeploymentRequested)]


def policy(**changes: Any) -> Any:
    production = replace(EnvironmentPolicy(name="production"), **changes)
    return replace(POLICY, environments=(production,))


# --- which commit ---------------------------------------------------------------------------------------


async def test_an_open_pull_requests_head_is_pinned() -> None:
    (order,) = orders(await deploy())
    assert (order.sha, order.ref, order.pinned, order.number) == (NEW, "feature/x", "head", 12)


async def test_a_merged_pull_request_gives_its_merge_commit() -> None:
    merged = pull_request(state="merged", merge_sha=OLDER)
    (order,) = orders(await deploy(github=KnownGitHub(change=merged)))
    assert (order.sha, order.ref, order.pinned) == (OLDER, "main", "merge")


async def test_in_slack_it_is_the_default_branch() -> None:
    (order,) = orders(await deploy(place=IN_SLACK))
    assert (order.sha, order.ref, order.pinned, order.number) == (MAIN.sha, "main", "default_branch", None)


@pytest.mark.parametrize(
    ("via", "pinned"),
    [("default_branch", "default_branch"), ("branch", "ref"), ("tag", "ref"), ("pull_request", "ref")],
)
async def test_a_named_ref_goes_before_the_place(via: Any, pinned: str) -> None:
    github = KnownGitHub(refs={"v1": ResolvedRef(sha=OLDER, ref="v1", via=via)})
    (order,) = orders(await deploy(said(ref="v1"), github))
    assert (order.sha, order.pinned) == (OLDER, pinned)


async def test_a_services_own_ref_goes_before_the_common_one() -> None:
    github = KnownGitHub(
        refs={
            "one": ResolvedRef(sha=OLDER, ref="one", via="branch"),
            "two": ResolvedRef(sha=NEW, ref="two", via="branch"),
        }
    )
    command = said(services=(ServiceRef("api", "one"), ServiceRef("web")), ref="two")
    assert [(each.service, each.sha) for each in orders(await deploy(command, github))] == [
        ("api", OLDER),
        ("web", NEW),
    ]


async def test_all_is_every_service_that_the_change_concerns() -> None:
    command = said(services=(), all_services=True)
    assert [each.service for each in orders(await deploy(command))] == ["api"]


async def test_a_truncated_list_of_files_concerns_everything() -> None:
    github = KnownGitHub(files=ChangedFiles((), truncated=True))
    command = said(services=(), all_services=True)
    assert [each.service for each in orders(await deploy(command, github))] == ["api", "web"]


async def test_all_in_slack_is_every_service() -> None:
    command = said(services=(), all_services=True)
    assert [each.service for each in orders(await deploy(command, place=IN_SLACK))] == ["api", "web"]


# --- what is refused ------------------------------------------------------------------------------------


CASES: dict[str, tuple[Deploy, KnownGitHub, dict[str, Any]]] = {
    "not_for_emergencies": (said(emergency=True, because="fire"), KnownGitHub(), {}),
    "not_allowed": (said(), KnownGitHub(), {"policy": policy(deployers=("acme/sre",))}),
    "change_closed": (said(), KnownGitHub(change=pull_request(state="closed")), {}),
    "from_fork": (said(), KnownGitHub(change=pull_request(head_repository="mallory/shop")), {}),
    "head_moved": (said(), KnownGitHub(moved_at=AT + 2), {}),
    "unknown_ref": (said(ref="nope"), KnownGitHub(), {}),
    "not_reachable": (
        said(ref=OLDER),
        KnownGitHub(refs={OLDER: ResolvedRef(sha=OLDER, ref=OLDER, via=None)}),
        {},
    ),
    "nothing_concerned": (
        said(services=(), all_services=True),
        KnownGitHub(files=ChangedFiles(("README.md",), False)),
        {},
    ),
    "out_of_date": (
        said(),
        KnownGitHub(),
        {"policy": policy(requires=Requirements(checks=(), up_to_date=True))},
    ),
}


@pytest.mark.parametrize("reason", CASES)
async def test_it_is_refused_by_the_first_rule_that_says_no(reason: str) -> None:
    command, github, where = CASES[reason]
    decision = await deploy(command, github, **where)
    assert decision.reason == reason
    assert orders(decision) == []
    assert only(decision, CommandAnswered).answer == "refused"
    assert len(effects_of(decision, WriteComment)) == 1


async def test_a_deleted_fork_counts_as_a_fork() -> None:
    github = KnownGitHub(change=pull_request(head_repository=None))
    assert (await deploy(github=github)).reason == "from_fork"


async def test_a_head_that_our_own_deliveries_saw_moving_is_refused_without_asking_github() -> None:
    github, change = KnownGitHub(), ChangeState(moves=(Move(NEW, AT + 1),))
    decision = await deploy(github=github, change=change)
    assert reason_and_values(decision) == ("head_moved", {"head": NEW, "moved_at": AT + 1})
    assert "activity" not in github.asked_for


async def test_the_same_second_counts_as_before_the_comment() -> None:
    change = ChangeState(moves=(Move(NEW, AT + 0.9),))
    assert (await deploy(change=change)).reason == "requested"


async def test_who_names_the_commit_is_not_stopped_by_a_head_that_moved() -> None:
    github = KnownGitHub(moved_at=AT + 2, refs={NEW: ResolvedRef(sha=NEW, ref=NEW, via="pull_request")})
    assert (await deploy(said(ref=NEW), github)).reason == "requested"
    named = said(services=(ServiceRef("api", NEW),))
    assert (await deploy(named, github)).reason == "requested"


async def test_a_head_that_moved_stops_the_services_without_a_ref_of_their_own() -> None:
    github = KnownGitHub(moved_at=AT + 2, refs={NEW: ResolvedRef(sha=NEW, ref=NEW, via="pull_request")})
    mixed = said(services=(ServiceRef("api", NEW), ServiceRef("web")))
    assert (await deploy(mixed, github)).reason == "head_moved"


async def test_a_refusal_carries_what_was_compared() -> None:
    decision = await deploy(policy=policy(deployers=("acme/sre", "bob")))
    assert reason_and_values(decision) == (
        "not_allowed",
        {
            "login": "ada",
            "environment": "production",
            "permission": "write",
            "deployers": ["acme/sre", "bob"],
        },
    )


# --- what is made of it ---------------------------------------------------------------------------------


async def test_an_accepted_command_is_a_request_with_one_order_for_each_service() -> None:
    command = said(services=(ServiceRef("api"), ServiceRef("web")), because="the hotfix is due")
    decision = await deploy(command)
    made = only(decision, RequestMade)
    assert [new.key for new in decision.events] == [
        "pr:acme/shop#12",
        f"request:{made.id}",
        "slot:acme/shop/api/production",
        "slot:acme/shop/web/production",
    ]
    assert [order.id for order in made.orders] == [order.id for order in orders(decision)]
    assert (made.because, made.title, made.requested_at) == (
        "the hotfix is due",
        "Faster checkout",
        AT + 3,
    )
    assert only(decision, CommandAnswered).request == made.id
    assert [body.content for body in effects_of(decision, AddReaction)] == ["eyes"]


async def test_deciding_it_again_makes_the_same_request() -> None:
    assert await deploy() == await deploy()


async def test_params_fill_up_with_the_configurations_defaults() -> None:
    params = (
        Parameter(name="verbose", type="boolean", default=False),
        Parameter(name="region", type="text", default="eu"),
        Parameter(name="note", type="text"),
    )
    command = said(params={"verbose": True})
    (order,) = orders(await deploy(command, policy=replace(POLICY, params=params)))
    assert order.params == {"verbose": True, "region": "eu"}


async def test_the_order_pins_what_the_configuration_says_now() -> None:
    production = policy(
        timeout=900,
        start_timeout=60,
        on_busy="reject",
        github_deployments=False,
        url="https://shop.example.com",
    )
    (order,) = orders(await deploy(policy=replace(production, commands_prefix="pointsman")))
    assert (order.timeout, order.start_timeout, order.on_busy) == (900.0, 60.0, "reject")
    assert (order.github_deployments, order.url, order.configuration) == (
        False,
        "https://shop.example.com",
        "blob",
    )
    assert order.call == POLICY.services[0].deploy
    assert order.github_environment == "production/api"
    assert order.prefix == "pointsman "


async def test_a_dry_run_says_what_would_be_and_does_nothing() -> None:
    decision = await deploy(said(dry_run=True))
    assert (decision.reason, decision.values) == ("dry_run", {"plan": {"api": NEW}})
    assert only(decision, CommandAnswered).answer == "answered"
    assert orders(decision) == []


async def test_a_dry_run_obeys_the_same_rules() -> None:
    github = KnownGitHub(moved_at=AT + 2)
    assert (await deploy(said(dry_run=True), github)).reason == "head_moved"


async def test_the_story_is_told_in_the_configured_channel_and_who_asked_elsewhere_is_told_where() -> None:
    elsewhere = SlackPlace("T0", "C0GENERAL", "general")
    decision = await deploy(place=elsewhere)
    assert only(decision, RequestMade).channel == "C0DEPLOYS"
    (told,) = effects_of(decision, TellPerson)
    assert told.channel == "C0GENERAL"


async def test_without_a_configured_channel_it_is_told_where_it_was_asked_for() -> None:
    elsewhere = SlackPlace("T0", "C0GENERAL", "general")
    decision = await deploy(place=elsewhere, policy=replace(POLICY, slack_channel=None))
    assert only(decision, RequestMade).channel == "C0GENERAL"
    assert effects_of(decision, TellPerson) == []


async def test_a_command_in_a_requests_thread_belongs_to_that_thread() -> None:
    earlier = only(await deploy(), RequestMade)
    ledger = KnownLedger(
        {f"request:{earlier.id}": Request(earlier)},
        {"thread:C0DEPLOYS:1.5": (f"request:{earlier.id}",)},
    )
    decision = await deploy(ledger=ledger, place=replace(IN_SLACK, thread="1.5"))
    assert only(decision, RequestMade).thread_of == f"slack:{earlier.id}"
