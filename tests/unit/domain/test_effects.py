"""Everything that the bot does to the outside world, as data."""

import msgspec
import pytest

from bot.domain.effects import ALL_KINDS, BY_KIND, CallDeployer, EffectBody, KeepMessage, TellPerson
from tests.unit.reactors.stories import order


@pytest.mark.parametrize("kind", ALL_KINDS, ids=lambda kind: kind.KIND)
def test_every_kind_is_found_by_its_name_and_can_be_stored(kind: type[EffectBody]) -> None:
    assert BY_KIND[kind.KIND] is kind
    assert kind.MODE in ("once", "converge")
    msgspec.msgpack.Decoder(kind)


@pytest.mark.parametrize("kind", ALL_KINDS, ids=lambda kind: kind.KIND)
def test_every_kind_names_its_lane(kind: type[EffectBody]) -> None:
    assert "lane" in vars(kind)


def test_a_kind_that_names_no_lane_is_found_out() -> None:
    with pytest.raises(TypeError):
        EffectBody().lane  # noqa: B018 - asking is the test


def test_deployers_are_told_apart_by_their_address() -> None:
    body = CallDeployer(order=order(), action="deploy", previous_sha=None, deadline=1.0)
    assert body.lane == "deployer:https://deployer.example"


def test_what_one_person_is_told_does_not_use_up_the_channels_pace() -> None:
    told = TellPerson(channel="C1", user="U1", text="x")
    assert told.lane != KeepMessage(channel="C1", text="x").lane
    assert told.lane != TellPerson(channel="C1", user="U2", text="x").lane
