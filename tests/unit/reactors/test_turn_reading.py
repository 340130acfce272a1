"""What is read again before a deployment starts."""

from typing import Any, Literal

import pytest
from msgspec.structs import replace

from bot.domain.errors import LastingFault, PassingFault
from bot.domain.events import TurnCame
from bot.domain.policy import EnvironmentPolicy, Requirements
from bot.domain.slot import Slot
from bot.domain.values import Person
from bot.ports import ChangedFiles, Compared
from bot.reactors.turn import StartFacts, read
from tests.unit.commands.known import KnownGitHub, pull_request, sources
from tests.unit.reactors.stories import GOOD, NEW, OLDER, POLICY, deployment, done, event, live, running

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
    return await read(sources(github), event(TurnCame()), slot or Slot(queue=(deployment(**order),)))


async def test_everything_that_could_have_changed_is_read_afresh() -> None:
    github = KnownGitHub()
    found = await facts(github)
    assert github.asked_for == [
        "policy, fresh",
        "pull request",
        "permission, fresh",
        "protection of production/api",
    ]
    assert found.question is not None
    assert found.question.change == github.change
    assert (found.candidate, found.gathered.facts["deployers/production"].allowed) == ("d-new", True)


async def test_the_gates_of_a_head_that_moved_are_not_asked() -> None:
    github = KnownGitHub(change=pull_request(head_sha=OLDER))
    found = await facts(github)
    assert github.asked_for == ["policy, fresh", "pull request"]
    assert found.gathered.facts == {}


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


async def test_todays_gates_are_read_and_a_rollback_passes_them() -> None:
    github = KnownGitHub(policies={"acme/shop": GATED})
    found = await facts(github)
    assert set(found.gathered.facts) == {
        "deployers/production",
        f"after/production/api@{NEW}",
        f"review@{NEW}",
        f"protection/production/api/r-new@{NEW}",
        "lock",
        "freeze",
    }
    back = Slot(
        queue=(deployment("d-back", action="rollback", sha=GOOD, target="d-good"),), history=(done(),)
    )
    assert set((await facts(github, back)).gathered.facts) == {"deployers/production", "lock"}


async def test_a_gate_that_cannot_be_read_keeps_no_other_from_being_read() -> None:
    github = KnownGitHub(policies={"acme/shop": GATED})
    github.broken = frozenset({"reviews of #12"})
    found = await facts(github)
    assert found.gathered.unreadable == {f"review@{NEW}": "down"}
    assert f"after/production/api@{NEW}" in found.gathered.facts


@pytest.mark.parametrize("order", [{"automatic": True}, {"asker": Person()}])
async def test_automation_has_no_rights_of_a_person_to_read(order: dict[str, Any]) -> None:
    assert "deployers/production" not in (await facts(**order)).gathered.facts


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
    assert github.asked_for == ["policy, fresh", "permission, fresh", "protection of production/api"]
