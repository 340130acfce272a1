"""Targets that fail, limit us or refuse: each is left alone by itself, and asked again when it is time."""

from bot.domain.errors import LastingFault, PassingFault
from bot.runtime.lanes import FAILURES_MAX, OPEN_SECONDS_MAX
from bot.runtime.runner import LANE_SHARE
from tests.unit.runtime.machinery import Machinery, failing, reaction, until_idle


async def test_a_target_that_is_down_is_left_alone_and_then_asked_once(machinery: Machinery) -> None:
    machinery.acting.doing = failing(PassingFault("HTTP 502"))
    await machinery.want(*(reaction(n) for n in range(20)), reaction(99, installation=8))
    runner = machinery.runner()
    await until_idle(runner)
    before = len(machinery.acting.attempts)
    assert before == LANE_SHARE + 1
    (row,) = [row for row in await machinery.ledger.lanes() if row.opened_at is not None]
    assert row.lane == "github:7"
    assert "HTTP 502" in (row.reason or "")
    machinery.clock.time = row.paused_until
    await until_idle(runner)
    lanes = [effect.body.lane for effect in machinery.acting.attempts[before:]]
    assert lanes.count("github:7") == 1


async def test_a_target_that_is_well_again_is_asked_as_before(machinery: Machinery) -> None:
    machinery.acting.doing = failing(PassingFault("HTTP 502"), FAILURES_MAX)
    await machinery.want(*(reaction(n) for n in range(FAILURES_MAX)))
    runner = machinery.runner()
    await until_idle(runner)
    assert runner.lanes.rows[0].opened_at is not None
    machinery.clock.time += OPEN_SECONDS_MAX
    await until_idle(runner)
    assert len(machinery.acting.attempts) == FAILURES_MAX * 2
    assert [row.state for row in await machinery.ledger.effects()] == ["done"] * FAILURES_MAX
    assert [(row.opened_at, row.failures) for row in await machinery.ledger.lanes()] == [(None, 0)]


async def test_a_restart_does_not_ask_a_target_too_early(machinery: Machinery) -> None:
    machinery.acting.doing = failing(PassingFault("limited", retry_after=600.0, pause_lane=True), 1)
    await machinery.want(reaction(1))
    await until_idle(machinery.runner())
    await machinery.want(reaction(2))
    machinery.clock.time += 599
    restarted = machinery.runner()
    await until_idle(restarted)
    assert len(machinery.acting.attempts) == 1
    machinery.clock.time += 1
    await until_idle(restarted)
    assert len(machinery.acting.attempts) == 3


async def test_a_refusal_is_an_answer_and_opens_nothing(machinery: Machinery) -> None:
    machinery.acting.doing = failing(LastingFault("forbidden"))
    await machinery.want(*(reaction(n) for n in range(FAILURES_MAX * 2)))
    runner = machinery.runner()
    await until_idle(runner)
    assert len(machinery.acting.attempts) == FAILURES_MAX * 2
    assert await machinery.ledger.lanes() == []
