"""Checks of a pull request's head, when it is opened, moves, or somebody asks again."""

from typing import Any

import pytest
from msgspec.structs import replace

from bot.checks import TABLE
from bot.domain.change import ChangeState
from bot.domain.effects import PublishCheck
from bot.domain.events import ChangeOpened, ChangeUpdated, ChecksRequested, EventData
from bot.ports import ChangedFiles, Decision
from bot.reactors import check
from tests.unit.commands.known import KnownGitHub, sources
from tests.unit.reactors.stories import ADA, AT, NEW, OLDER, PULL, SHOP, change, effects_of, event

NAMES = [each.name for each in TABLE]
CONFIGURATION = ChangedFiles((".github/pointsman.yml",), False)


def again(**changes: Any) -> ChecksRequested:
    data = ChecksRequested(repository=SHOP, head_sha=NEW, name=None, numbers=(12,), asker=ADA)
    return replace(data, **changes)


async def checked(
    data: EventData, github: KnownGitHub | None = None, state: ChangeState | None = None
) -> Decision:
    happened = event(data, PULL)
    facts = await check.read(sources(github), happened)
    return check.decide(happened, state, facts, AT)


def published(decision: Decision) -> list[str]:
    return [body.name for body in effects_of(decision, PublishCheck)]


@pytest.mark.parametrize(
    "data",
    [ChangeOpened(change=change()), ChangeUpdated(change=change(), before=OLDER), again()],
    ids=["opened", "moved", "asked for"],
)
async def test_every_check_is_published_on_the_head(data: EventData) -> None:
    decision = await checked(data)
    assert published(decision) == NAMES
    bodies = effects_of(decision, PublishCheck)
    assert {(body.repository, body.head_sha) for body in bodies} == {(SHOP, NEW)}
    assert len({wanted.target for wanted in decision.effects}) == len(NAMES)
    assert set(decision.values) == set(NAMES)


async def test_one_that_is_asked_for_by_name_is_the_only_one() -> None:
    assert published(await checked(again(name=NAMES[0]))) == [NAMES[0]]


async def test_somebody_elses_check_is_not_ours() -> None:
    assert (await checked(again(name="ci/test"))).outcome == "ignored"


async def test_for_a_fork_the_pull_request_is_looked_up() -> None:
    github = KnownGitHub()
    assert published(await checked(again(numbers=()), github)) == NAMES
    assert "pull requests of a commit" in github.asked_for


async def test_a_commit_without_a_pull_request_is_not_checked() -> None:
    decision = await checked(again(numbers=(), head_sha=OLDER))
    assert (decision.outcome, decision.reason) == ("ignored", "no_pull_request")


async def test_a_head_that_is_no_longer_the_newest_gets_nothing_new() -> None:
    decision = await checked(ChangeOpened(change=change()), state=ChangeState(head_sha=OLDER))
    assert (decision.outcome, decision.reason, decision.effects) == ("superseded", "head_moved", ())


async def test_a_repository_that_is_off_gets_nothing_at_all() -> None:
    decision = await checked(ChangeOpened(change=change()), KnownGitHub(policies={}))
    assert (decision.outcome, decision.reason) == ("ignored", "repository_off")
    assert decision.effects == ()


@pytest.mark.parametrize(
    ("files", "read"),
    [
        (CONFIGURATION, True),
        (ChangedFiles((), truncated=True), True),
        (ChangedFiles((".github/workflows/deploy.yml",), False), True),
        (ChangedFiles(("api/app.py",), False), False),
    ],
    ids=["touched", "truncated", "a workflow", "untouched"],
)
async def test_the_heads_own_configuration_is_read_where_the_change_may_touch_it(
    files: ChangedFiles, read: bool
) -> None:
    github = KnownGitHub(files=files)
    await checked(ChangeOpened(change=change()), github)
    assert (f"policy at {NEW}" in github.asked_for) == read
