"""What is read again before a deployment starts."""

from typing import Any, Literal

import pytest
from msgspec.structs import replace

from bot.domain.errors import LastingFault, PassingFault
from bot.domain.policy import EnvironmentPolicy, Requirements
from bot.domain.slot import Slot
from bot.domain.values import Person
from bot.ports import ChangedFiles, Compared
from bot.reactors.turn import StartFacts, read
from tests.unit.commands.known import KnownGitHub, pull_request, sources
from tests.unit.reactors.stories import GOOD, NEW, OLDER, POLICY, deployment, done, live, running

GATED = replace(
    POLICY,
    environments=(
        EnvironmentPolicy(
            name="production", requires=Requirements(checks=(), review=True), after=("staging",)
        ),
    ),
)


def compared(status: Literal["ahead", "behind"]) -> Compared:
    return Compared(status=status, ahead_by=1, commits=(), url="https://x", files=ChangedFiles((), False))


async def facts(github: KnownGitHub | None = None, slot: Slot | None = None, **order: Any) -> StartFacts:
    return await read(sources(github), slot or Slot(queue=(deployment(**order),)))


async def test_everything_that_could_have_changed_is_read_afresh() -> None:
    github = KnownGitHub(change=pull_request(head_sha=OLDER))
    found = await facts(github)
    assert github.asked_for == ["policy, fresh", "permission, fresh", "pull request"]
    assert (found.candidate, found.head_sha, found.change_state) == ("d-new", OLDER, "open")
    assert found.right is not None
    assert found.right.allowed


@pytest.mark.parametrize("slot", [Slot(), Slot(current=running("d-one"), queue=(deployment(),))])
async def test_where_nobodys_turn_it_is_nothing_is_read(slot: Slot) -> None:
    github = KnownGitHub()
    assert await facts(github, slot) == StartFacts()
    assert github.asked_for == []


async def test_a_passing_fault_is_a_fact_so_that_the_slot_is_not_held() -> None:
    found = await facts(KnownGitHub(fault=PassingFault("down")))
    assert (found.candidate, found.unreadable) == ("d-new", "down")


async def test_a_lasting_fault_is_not_taken_for_green_nor_does_it_leave_the_slot_without_a_turn() -> None:
    found = await facts(KnownGitHub(fault=LastingFault("not installed")))
    assert (found.candidate, found.unreadable) == ("d-new", "not installed")


async def test_a_configuration_or_environment_that_is_gone_means_off() -> None:
    gone = replace(POLICY, environments=())
    for github in (KnownGitHub(policies={}), KnownGitHub(policies={"acme/shop": gone})):
        assert (await facts(github)).configuration == "off"


async def test_todays_gates_are_named_and_a_rollback_passes_them() -> None:
    github = KnownGitHub(policies={"acme/shop": GATED})
    assert (await facts(github)).gates == ("requires.review", "after")
    back = Slot(
        queue=(deployment("d-back", action="rollback", sha=GOOD, target="d-good"),), history=(done(),)
    )
    assert (await facts(github, back)).gates == ()
    assert "pull request" not in github.asked_for[3:]


@pytest.mark.parametrize("order", [{"automatic": True}, {"asker": Person()}])
async def test_automation_has_no_rights_of_a_person_to_read(order: dict[str, Any]) -> None:
    assert (await facts(**order)).right is None


@pytest.mark.parametrize("pinned", ["default_branch", "merge"])
async def test_a_default_branch_commit_is_compared_with_what_is_live(pinned: str) -> None:
    good = done()
    slot = Slot(queue=(deployment(pinned=pinned),), history=(good,), live=live(good))
    github = KnownGitHub(compared=compared("behind"))
    assert (await facts(github, slot)).against_live == "behind"
    assert github.asked_for[-1] == f"compare {GOOD[:7]} {NEW[:7]}"
    assert (await facts(KnownGitHub(), slot)).against_live == "unrelated"


async def test_where_nothing_is_known_to_be_live_there_is_nothing_to_compare_with() -> None:
    unknown = Slot(queue=(deployment(pinned="default_branch"),), live=replace(live(done()), known=False))
    assert (await facts(KnownGitHub(compared=compared("behind")), unknown)).against_live is None
    assert (await facts(pinned="default_branch")).against_live is None


async def test_a_branch_of_its_own_is_not_compared() -> None:
    good = done()
    slot = Slot(queue=(deployment(pinned="ref", number=None),), history=(good,), live=live(good))
    github = KnownGitHub()
    assert (await facts(github, slot)).against_live is None
    assert github.asked_for == ["policy, fresh", "permission, fresh"]
