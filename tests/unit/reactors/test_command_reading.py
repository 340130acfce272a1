"""A command is read only as far as it gets: silence costs no requests, and rights come before facts."""

from typing import Any

import pytest
from msgspec.structs import replace

from bot.commands.deploy import DeployFacts
from bot.domain.change import ChangeState
from bot.domain.errors import PassingFault
from bot.domain.events import CommandGiven
from bot.domain.speech import Deploy, Misunderstood
from bot.domain.values import Person
from bot.ports import Decision
from bot.reactors import RECORDED, table
from bot.reactors.command import AGE_SECONDS_MAX, CommandFacts, decide, read
from bot.reactors.row import Row
from tests.unit.commands.known import IN_SLACK, ON_PULL, KnownGitHub, sources
from tests.unit.reactors.stories import ADA, AT, POLICY, PULL, SHOP, event

ADA_IN_SLACK = Person(slack="U0ADA")


def given(text: str = "/deploy api production", **changes: Any) -> CommandGiven:
    data = CommandGiven(text=text, place=ON_PULL, person=ADA, given_at=AT, to_us=False)
    return replace(data, **changes)


async def facts(
    data: CommandGiven,
    github: KnownGitHub | None = None,
    change: ChangeState | None = None,
    people: dict[str, str] | None = None,
) -> CommandFacts:
    return await read(sources(github, people=people or {"ada": "U0ADA"}), event(data, PULL), change)


async def test_a_command_of_somebody_who_may_is_read_to_its_end() -> None:
    github = KnownGitHub()
    found = await facts(given(), github)
    assert isinstance(found.parsed, Deploy)
    assert isinstance(found.specific, DeployFacts)
    assert (found.login, found.slack, found.permission) == ("ada", "U0ADA", "write")
    assert found.where.repository == SHOP
    assert github.asked_for[:2] == ["policy, fresh", "permission"]


@pytest.mark.parametrize("text", ["LGTM", "> /deploy api production", "`/deploy api production`", ""])
async def test_an_ordinary_comment_asks_github_nothing(text: str) -> None:
    github = KnownGitHub()
    assert await facts(given(text), github) == CommandFacts()
    assert github.asked_for == []


async def test_a_command_that_was_answered_already_asks_nothing() -> None:
    github = KnownGitHub()
    assert await facts(given(), github, ChangeState(commands=("e-1",))) == CommandFacts()
    assert github.asked_for == []


async def test_a_repository_that_is_off_is_asked_for_nothing_else() -> None:
    github = KnownGitHub(policies={})
    found = await facts(given(), github)
    assert (found.permission, found.specific) == (None, None)
    assert github.asked_for == ["policy, fresh"]


async def test_for_outsiders_nothing_is_read_but_that_they_are() -> None:
    github = KnownGitHub(permissions={"ada": "read"})
    found = await facts(given(), github)
    assert (found.permission, found.specific) == ("read", None)
    assert github.asked_for == ["policy, fresh", "permission"]


async def test_an_expired_command_is_not_read_further() -> None:
    found = await facts(given(given_at=AT - AGE_SECONDS_MAX - 1))
    assert (found.specific, found.parsed) == (None, None)


async def test_what_was_misunderstood_is_kept_and_reads_nothing() -> None:
    found = await facts(given("/deploy apo production"))
    assert isinstance(found.parsed, Misunderstood)
    assert found.specific is None


async def test_what_this_version_cannot_do_reads_nothing() -> None:
    found = await facts(given("/pointsman scale api production 3"))
    assert found.specific is None
    assert found.to_us


async def test_with_a_prefix_in_the_configuration_a_bare_command_is_none() -> None:
    github = KnownGitHub(policies={"acme/shop": replace(POLICY, commands_prefix="pointsman")})
    bare = await facts(given(), github)
    assert (bare.raw, bare.permission) == (None, None)
    full = await facts(given("/pointsman deploy api production"), github)
    assert isinstance(full.parsed, Deploy)


# --- Slack ----------------------------------------------------------------------------------------------


async def test_in_slack_a_person_is_who_the_instance_says() -> None:
    found = await facts(given("deploy acme/shop api production", place=IN_SLACK, person=ADA_IN_SLACK))
    assert (found.login, found.slack, found.to_us) == ("ada", "U0ADA", True)
    assert isinstance(found.specific, DeployFacts)


async def test_somebody_whom_nobody_linked_is_not_looked_up() -> None:
    github = KnownGitHub()
    stranger = given("deploy api production", place=IN_SLACK, person=Person(slack="U0SAM"))
    found = await facts(stranger, github)
    assert (found.login, found.permission) == (None, None)
    assert "permission" not in github.asked_for


async def test_without_a_repository_no_configuration_is_read() -> None:
    data = given("deploy acme/nowhere api production", place=IN_SLACK, person=ADA_IN_SLACK)
    found = await facts(data)
    assert (found.where.problem, found.configuration) == ("repository_unknown", None)


async def test_what_cannot_be_read_is_no_decision() -> None:
    with pytest.raises(PassingFault):
        await facts(given(), KnownGitHub(fault=PassingFault("down")))


# --- the two together, as the table joins them --------------------------------------------------------------


async def test_the_table_hands_each_reactor_what_it_reads_from() -> None:
    (row,) = table(sources())[CommandGiven.TYPE]
    happened = event(given("/help"), PULL)
    found = await row.read(happened, None)
    decision = row.decide(happened, None, found, AT)
    assert decision == decide(happened, None, found, AT)
    assert decision.reason == "help"


async def test_what_only_changes_its_state_is_recorded() -> None:
    happened = event(given(), PULL)
    assert await RECORDED.read(happened, None) is None
    assert RECORDED.decide(happened, None, None, AT) == Decision(outcome="acted", reason="recorded")
    assert RECORDED.give_up(happened, "broken") == ()
    assert isinstance(RECORDED, Row)


async def test_a_slash_in_slack_is_not_looked_for_in_markdown() -> None:
    found = await facts(given("`status`", place=IN_SLACK, person=ADA_IN_SLACK))
    assert found.broken is not None or found.raw is not None


async def test_a_person_on_github_keeps_their_own_login() -> None:
    found = await facts(given(person=Person(login="bob")), KnownGitHub(permissions={"bob": "admin"}))
    assert (found.login, found.slack) == ("bob", None)
    assert found.permission == "admin"
