"""Everything that can happen, as typed events that survive being stored."""

import msgspec
import pytest

from bot.domain.event_types import ALL_TYPES, BY_TYPE
from bot.domain.events import EventData, TimerDue, TurnCame, data_of
from tests.unit.reactors.stories import event


@pytest.mark.parametrize("kind", ALL_TYPES, ids=lambda kind: kind.TYPE)
def test_every_type_is_found_by_its_name_and_has_a_version(kind: type[EventData]) -> None:
    assert BY_TYPE[kind.TYPE] is kind
    assert kind.VERSION >= 1
    assert kind.__doc__


@pytest.mark.parametrize("kind", ALL_TYPES, ids=lambda kind: kind.TYPE)
def test_every_type_can_be_stored(kind: type[EventData]) -> None:
    msgspec.msgpack.Decoder(kind)


def test_a_reactor_in_the_wrong_row_is_found_out() -> None:
    assert data_of(event(TurnCame()), TurnCame) == TurnCame()
    with pytest.raises(TypeError, match=r"slot.turned is not timer.due"):
        data_of(event(TurnCame()), TimerDue)
