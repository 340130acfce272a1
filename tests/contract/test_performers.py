"""Twice equals once: an effect that is performed again after a lost reply leaves one thing at its target.

One row for each kind (effect_rows.py), each against the simulated GitHub, Slack and deployer over HTTP.
"""

from collections.abc import AsyncIterator

import pytest
from msgspec.structs import replace

from bot.domain.effects import ALL_KINDS, CallDeployer, Effect, EffectBody, KeepMessage, LookAtDeployer
from bot.domain.errors import PassingFault
from bot.ports import Performed
from bot.testing.drivers import order_for
from tests.contract.effect_rows import KINDS, READS, ROWS, Targets, bots_messages, open_targets

LATER_SECONDS = 10.0
ENOUGH_SECONDS = 60.0


@pytest.fixture
async def targets(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Targets]:
    async with open_targets(monkeypatch) as opened:
        yield opened


def wanted(targets: Targets, kind: type[EffectBody]) -> Effect:
    """The effect at its first attempt, as the runner hands it out."""
    return Effect(
        key="x-0123456789abcdef",
        body=ROWS[kind].body(targets),
        version=1,
        handle=None,
        parent_handle=None,
        uncertain=False,
        attempts=1,
        token="lease",
        owner="slot:acme/shop/api/production",
        first_attempt_at=targets.clock.now(),
    )


async def perform(targets: Targets, effect: Effect) -> Performed:
    return await targets.performers[effect.body.KIND](effect)


async def perform_again(targets: Targets, effect: Effect) -> Performed:
    """Perform it in doubt until it is done, waiting as long as it says."""
    ends = targets.clock.now() + ENOUGH_SECONDS
    while True:
        try:
            return await perform(targets, replace(effect, uncertain=True, attempts=effect.attempts + 1))
        except PassingFault as fault:
            targets.clock.time += fault.retry_after or 1.0
            assert targets.clock.now() < ends, "it does not end"


def test_every_kind_of_effect_has_a_row() -> None:
    assert set(ROWS) == set(ALL_KINDS) - set(READS)


async def test_a_look_starts_nothing_and_tells_the_slot(targets: Targets) -> None:
    body = LookAtDeployer(order=order_for(targets.rig), deployment_handle={}, asked="e-1")
    effect = replace(wanted(targets, CallDeployer), body=body)
    performed = await perform(targets, effect)
    assert [new.data.TYPE for new in performed.events] == ["deployer.looked"]
    assert targets.rig.started == 0


@KINDS
async def test_performed_once_it_is_there_once(targets: Targets, kind: type[EffectBody]) -> None:
    await perform(targets, wanted(targets, kind))
    assert len(ROWS[kind].there(targets)) == 1


@KINDS
async def test_after_a_lost_reply_twice_equals_once(targets: Targets, kind: type[EffectBody]) -> None:
    effect = wanted(targets, kind)
    ROWS[kind].trouble(targets, "lost_reply")
    with pytest.raises(PassingFault) as fault:
        await perform(targets, effect)
    assert fault.value.applied_maybe
    targets.clock.time += LATER_SECONDS
    await perform_again(targets, effect)
    assert len(ROWS[kind].there(targets)) == ROWS[kind].times


@KINDS
async def test_after_a_crash_behind_the_reply_twice_equals_once(
    targets: Targets, kind: type[EffectBody]
) -> None:
    effect = wanted(targets, kind)
    await perform(targets, effect)
    await perform_again(targets, effect)
    assert len(ROWS[kind].there(targets)) == ROWS[kind].times


@KINDS
async def test_what_was_never_done_is_done_although_it_was_in_doubt(
    targets: Targets, kind: type[EffectBody]
) -> None:
    await perform_again(targets, wanted(targets, kind))
    assert len(ROWS[kind].there(targets)) == 1


@pytest.mark.parametrize(
    "kind", [kind for kind in ALL_KINDS if kind.MODE == "converge" and kind not in READS]
)
async def test_what_converges_is_brought_up_to_date_in_place(
    targets: Targets, kind: type[EffectBody]
) -> None:
    effect = wanted(targets, kind)
    first = await perform(targets, effect)
    again = await perform(targets, replace(effect, handle=dict(first.handle or {}), version=2))
    assert again.handle == first.handle
    assert len(ROWS[kind].there(targets)) == 1


async def test_where_history_may_not_be_read_a_message_is_said_again(targets: Targets) -> None:
    targets.slack.scopes = frozenset({"chat:write"})
    effect = wanted(targets, KeepMessage)
    ROWS[KeepMessage].trouble(targets, "lost_reply")
    with pytest.raises(PassingFault):
        await perform(targets, effect)
    await perform_again(targets, effect)
    assert len(bots_messages(targets)) == 2
