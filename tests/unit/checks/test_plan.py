"""`pointsman/plan`: what a change would deploy, and what stands in the way."""

import pytest
from msgspec.structs import replace

from bot.checks.check import CheckFacts, Result, Subject, subject_of
from bot.checks.plan import CHECK
from bot.domain.policy import EnvironmentPolicy, RepositoryPolicy, Requirements
from bot.gates.gathering import Gathered
from bot.gates.review import ReviewFacts
from bot.ports import ChangedFiles, PolicyRead
from tests.unit.commands.known import pull_request
from tests.unit.reactors.stories import AT, NEW, POLICY, SHOP, change

SUBJECT = Subject(SHOP, NEW, 12)
EMPTY = RepositoryPolicy()


def plan(
    policy: RepositoryPolicy | None = POLICY,
    files: ChangedFiles | None = ChangedFiles(("api/app.py",), False),  # noqa: B008 - a frozen value
    proposed: RepositoryPolicy | None = None,
    gathered: Gathered | None = None,
) -> Result | None:
    current = PolicyRead(status="valid" if policy else "invalid", policy=policy, problems=("what?",))
    head = PolicyRead(status="valid", policy=proposed or policy)
    facts = CheckFacts(
        current=current,
        proposed=head,
        files=files,
        change=pull_request(),
        gathered=gathered or Gathered(),
    )
    return CHECK.judge(SUBJECT, facts, {}, AT)


def written(result: Result | None) -> str:
    assert result is not None
    return f"{result.title} {result.summary} {result.text}"


def test_it_names_the_command_for_each_service_that_the_change_concerns() -> None:
    text = written(plan())
    assert "/deploy api production" in text
    assert "/deploy api staging" in text
    assert "/deploy web" not in text


@pytest.mark.parametrize("files", [None, ChangedFiles((), truncated=True)])
def test_what_is_not_known_of_the_files_counts_as_everything(files: ChangedFiles | None) -> None:
    assert "/deploy web production" in written(plan(files=files))


def test_it_names_what_stands_in_the_way() -> None:
    requires = Requirements(checks=(), review=True)
    production = EnvironmentPolicy(name="production", requires=requires)
    policy = replace(POLICY, environments=(production,))
    nobody = Gathered(facts={f"review@{NEW}": ReviewFacts(pull_request())})
    assert "Nobody with write access has approved" in written(plan(policy, gathered=nobody))
    assert "`review` waiting: Nobody read" in written(plan(policy))  # unknown is never open


def test_a_change_cannot_grant_itself_anything() -> None:
    gated = replace(
        POLICY, environments=(EnvironmentPolicy(name="production", requires=Requirements(review=True)),)
    )
    assert plan(gated, proposed=POLICY) == plan(gated)


@pytest.mark.parametrize(
    "result",
    [
        plan(None),
        plan(EMPTY),
        plan(files=ChangedFiles(("README.md",), False)),
        plan(),
    ],
    ids=["invalid", "no services", "nothing concerned", "planned"],
)
def test_it_never_blocks_a_merge(result: Result | None) -> None:
    assert result is not None
    assert result.conclusion in ("success", "neutral")


def test_a_repository_that_is_off_is_told_nothing() -> None:
    off = PolicyRead(status="off")
    assert CHECK.judge(SUBJECT, CheckFacts(current=off, proposed=off), {}, AT) is None


@pytest.mark.parametrize(("head", "fork"), [("acme/shop", False), ("mallory/shop", True), (None, True)])
def test_a_deleted_head_repository_counts_as_a_fork(head: str | None, fork: bool) -> None:
    assert subject_of(change(head_repository=head)).from_fork == fork
