"""What every driver promises: it starts a deployment once, says truly what the deployer said, and ends."""

from collections.abc import AsyncIterator

import pytest
from msgspec.structs import replace

from bot.domain.effects import CallDeployer, Effect
from bot.domain.errors import LastingFault, PassingFault
from bot.domain.report import DESCRIPTION_CHARS_MAX
from bot.domain.values import Repository
from bot.drivers import rules
from bot.ports import DeployerReply
from tests.contract.drivers import DRIVERS, Manner, Rig, effect_for
from tests.unit.doors import StoppedClock


@pytest.fixture
def clock() -> StoppedClock:
    return StoppedClock()


@pytest.fixture(params=sorted(DRIVERS))
async def rig(
    request: pytest.FixtureRequest, clock: StoppedClock, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Rig]:
    async with DRIVERS[request.param](clock, monkeypatch) as opened:
        yield opened


async def ask(rig: Rig, manner: Manner = "accept", effect: Effect | None = None) -> DeployerReply:
    rig.behave(manner)
    effect = effect or effect_for(rig)
    assert isinstance(effect.body, CallDeployer)
    return await rig.driver.call(effect.body, effect)


def test_every_driver_is_under_this_contract() -> None:
    assert set(DRIVERS) == set(rules())


async def test_a_deployer_that_accepts_begins_once(rig: Rig) -> None:
    reply = await ask(rig)
    assert reply.accepted
    assert reply.report is None
    assert rig.started == 1


async def test_a_deployer_that_is_done_at_once_has_given_its_first_report(rig: Rig) -> None:
    reply = await ask(rig, "succeed_at_once")
    assert reply.accepted
    assert reply.report is not None
    assert (reply.report.deployment, reply.report.state) == ("d-0000000001", "succeeded")


async def test_a_refusal_is_an_answer_and_says_why(rig: Rig) -> None:
    reply = await ask(rig, "refuse")
    assert not reply.accepted
    assert "no capacity" in (reply.description or "")
    assert rig.started == 0


async def test_a_redirect_is_refused_and_not_followed(rig: Rig) -> None:
    reply = await ask(rig, "redirect")
    assert not reply.accepted
    assert "redirect" in (reply.description or "")


async def test_a_deployer_that_is_broken_is_asked_again_later(rig: Rig) -> None:
    with pytest.raises(PassingFault):
        await ask(rig, "break")
    assert rig.started == 0
    assert (await ask(rig)).accepted
    assert rig.started == 1


@pytest.mark.parametrize("manner", ["lose_reply", "say_nothing"])
async def test_after_a_lost_reply_asking_again_begins_nothing_twice(
    rig: Rig, clock: StoppedClock, manner: Manner
) -> None:
    with pytest.raises(PassingFault) as fault:
        await ask(rig, manner)
    assert fault.value.applied_maybe
    clock.time += 10
    assert (await ask(rig, "accept", effect_for(rig, uncertain=True))).accepted
    assert rig.started == 1


async def test_the_same_call_under_the_same_id_begins_nothing_twice(rig: Rig) -> None:
    replies = [await ask(rig) for _ in range(3)]
    assert all(reply.accepted for reply in replies)
    assert rig.started == 1


async def test_a_hostile_answer_of_ten_megabytes_becomes_one_short_plain_line(rig: Rig) -> None:
    reply = await ask(rig, "be_hostile")
    assert not reply.accepted
    assert reply.description is not None
    assert len(reply.description) <= DESCRIPTION_CHARS_MAX
    assert reply.description.isprintable()


async def test_a_repository_that_the_secret_is_not_bound_to_reaches_nobody(rig: Rig) -> None:
    effect = effect_for(rig)
    assert isinstance(effect.body, CallDeployer)
    elsewhere = Repository("evil", "shop", 2, 8)
    from_elsewhere = replace(effect.body, order=replace(effect.body.order, repository=elsewhere))
    with pytest.raises(LastingFault) as fault:
        await rig.driver.call(from_elsewhere, effect)
    assert fault.value.hint
    assert rig.started == 0
