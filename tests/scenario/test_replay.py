"""What happened in a story, gone through again: the same states and decisions, and nobody is asked."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from bot.ports.retelling import Retelling
from bot.replaying import walking
from bot.replaying.checking import Proof, check, disagree
from bot.replaying.nobody import rows_by_name
from bot.replaying.walking import Step
from tests.scenario.play import Play, playing


async def a_whole_story(play: Play) -> None:
    """A deployment that goes well, one that fails, the way back, a refusal, a question, and silence."""
    good = play.pull.head_sha
    play.says("ada", "/deploy api production")
    await play.runs(good)
    bad = play.pushes("ada")
    await play.checked("pointsman/plan", bad)
    play.deployer.play_next("fail")
    play.says("ada", "/deploy api production because the shop is slow")
    await play.ended("failed")
    await play.presses("U0LIN", "Roll back")
    await play.runs(good)
    play.says("ada", "/deploy api nowhere")
    await play.answer("nowhere")
    play.says("ada", "/status")
    await play.answer("staging", "production", good[:7])
    play.says("ada", "what a day")
    await play.settled()


async def _checked(play: Play) -> Proof:
    return await check(play.bot.ledger, rows_by_name())


async def _steps(ledger: Retelling, reactor: str) -> AsyncIterator[Step]:
    async for key in walking.keys(ledger):
        async for step in walking.steps(ledger, key):
            if step.outcome.reactor == reactor:
                yield step


async def test_a_whole_story_decided_again_is_the_recorded_one_and_asks_nobody(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await a_whole_story(play)
        proof = await _checked(play)
        assert (proof.states, proof.decisions) == ([], [])
        assert proof.decided_again > 50
        assert proof.given_up == 0
        assert proof.keys > 6


CHANGED_FACTS: list[tuple[str, dict[str, Any], str]] = [
    ("command", {"permission": "read"}, "reason: requested is recorded, now no_write_access"),
    ("slot.turn", {"against_live": "behind"}, "reason: started is recorded, now newer_is_live"),
    ("request.progress", {"web_url": "https://elsewhere.example"}, "effect 0: another github.comment"),
]


@pytest.mark.parametrize(("reactor", "facts", "what"), CHANGED_FACTS)
async def test_a_decision_on_other_facts_comes_out_otherwise(
    tmp_path: Path, reactor: str, facts: dict[str, Any], what: str
) -> None:
    async with playing(tmp_path) as play:
        await a_whole_story(play)
        found: list[str] = []
        async for step in _steps(play.bot.ledger, reactor):
            outcome = replace(step.outcome, facts={**step.outcome.facts, **facts})
            differing = await disagree(play.bot.ledger, rows_by_name(), replace(step, outcome=outcome))
            found += differing.what if differing else ()
        assert any(each.startswith(what) for each in found), found


async def test_a_decision_at_another_time_comes_out_otherwise(tmp_path: Path) -> None:
    async with playing(tmp_path) as play:
        await a_whole_story(play)
        async for step in _steps(play.bot.ledger, "command"):
            if step.outcome.reason == "requested":
                outcome = replace(step.outcome, decided_at=step.outcome.decided_at + 3600.0)
                differing = await disagree(play.bot.ledger, rows_by_name(), replace(step, outcome=outcome))
                assert differing is not None
                assert "reason: requested is recorded, now expired" in differing.what
                return
        raise AssertionError("no command was found")
