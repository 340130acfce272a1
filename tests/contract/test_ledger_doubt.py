"""The ledger's contract: whoever takes up an effect in doubt learns when it may have been done."""

from bot.domain.effects import Effect
from bot.ledger.store import SqlLedger
from bot.ports import Choice, Performed
from tests.contract.ledger_stories import LEASE_SECONDS, REACTORS, Bench, lease_effects, message, order

TEXT = "hello"


async def lost(ledger: SqlLedger, at: float) -> Effect:
    """An attempt at that time, whose reply was lost one second later."""
    (effect,) = await lease_effects(ledger, at)
    await ledger.retry_effect(effect, at + 5.0, "no reply", True, at + 1.0)
    return effect


async def test_a_first_attempt_is_in_no_doubt(ledger: SqlLedger) -> None:
    await order(ledger, message(TEXT))
    (effect,) = await lease_effects(ledger, 101.0)
    assert (effect.first_attempt_at, effect.last_attempt_at) == (101.0, None)


async def test_after_a_lost_reply_both_the_first_and_the_last_attempt_are_known(ledger: SqlLedger) -> None:
    await order(ledger, message(TEXT))
    await lost(ledger, 101.0)
    await lost(ledger, 200.0)
    (effect,) = await lease_effects(ledger, 300.0)
    assert (effect.uncertain, effect.first_attempt_at, effect.last_attempt_at) == (True, 101.0, 201.0)


async def test_an_attempt_whose_lease_ended_may_have_lasted_as_long_as_its_lease(ledger: SqlLedger) -> None:
    await order(ledger, message(TEXT))
    await lease_effects(ledger, 101.0)
    (effect,) = await lease_effects(ledger, 1_000.0)
    assert (effect.uncertain, effect.last_attempt_at) == (True, 101.0 + LEASE_SECONDS)


async def test_a_newer_version_does_not_forget_since_when_it_may_be_there(ledger: SqlLedger) -> None:
    await order(ledger, message(TEXT))
    await lost(ledger, 101.0)
    await order(ledger, message("the newer text"), name="again")
    (effect,) = await lease_effects(ledger, 4_000.0)
    assert (effect.version, effect.uncertain) == (2, True)
    assert (effect.first_attempt_at or 0.0) <= 101.0
    await ledger.retry_effect(effect, 4_100.0, "GitHub is away", False, 4_001.0)
    (again,) = await lease_effects(ledger, 4_100.0)
    assert again.first_attempt_at == effect.first_attempt_at


async def test_what_is_retried_by_hand_does_not_forget_it_either(ledger: SqlLedger) -> None:
    await order(ledger, message(TEXT))
    await lost(ledger, 101.0)
    (effect,) = await lease_effects(ledger, 200.0)
    await ledger.park_effect(effect, "away", "", REACTORS, 201.0)
    await ledger.retry_parked(Choice(everything=True), 4_000.0)
    (again,) = await lease_effects(ledger, 4_000.0)
    assert (again.uncertain, (again.first_attempt_at or 0.0) <= 101.0) == (True, True)


async def test_once_it_is_done_the_next_version_starts_without_a_past(bench: Bench) -> None:
    ledger = bench.ledger
    await order(ledger, message(TEXT))
    await lost(ledger, 101.0)
    (effect,) = await lease_effects(ledger, 200.0)
    await ledger.finish_effect(effect, Performed(handle={"ts": "1.5"}), REACTORS, 201.0)
    await order(ledger, message("the newer text"), name="again")
    (newer,) = await lease_effects(ledger, 4_000.0)
    assert (newer.uncertain, newer.first_attempt_at, newer.last_attempt_at) == (False, 4_000.0, None)
