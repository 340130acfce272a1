"""What is stored comes back as it was, or is named as unreadable."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as some

from bot.domain.effects import AddReaction
from bot.domain.events import TimerDue
from bot.domain.values import Repository
from bot.ledger import codec

PLAIN = some.recursive(
    some.none()
    | some.booleans()
    | some.integers(-(2**63), 2**64 - 1)
    | some.floats(allow_nan=False)
    | some.text(),
    lambda inner: some.lists(inner) | some.dictionaries(some.text(), inner),
)


@given(PLAIN)
def test_a_value_comes_back_as_it_was(value: Any) -> None:
    assert codec.unpack(codec.pack(value)) == value


@pytest.mark.parametrize("value", [40, "x" * 5000, {"a": [1.5] * 3000}])
def test_small_and_large_values_come_back_alike(value: Any) -> None:
    assert codec.unpack(codec.pack(value)) == value


def test_a_large_value_is_compressed() -> None:
    assert len(codec.pack("x" * 100_000)) < 1000


def test_equal_values_are_equal_bytes_whatever_order_they_were_written_in() -> None:
    assert codec.pack({"a": 1, "b": {"c": 2, "d": 3}}) == codec.pack({"b": {"d": 3, "c": 2}, "a": 1})


@given(some.binary(max_size=4096))
def test_a_body_comes_back_byte_for_byte(body: bytes) -> None:
    assert codec.decompress(codec.compress(body)) == body


def test_bodies_are_told_apart() -> None:
    assert codec.digest(b"a") != codec.digest(b"b")


def test_an_event_and_an_effect_come_back_as_their_types() -> None:
    timer = TimerDue(name="timeout", deployment="d-1", attempt=1)
    assert codec.read_data("timer.due", 1, codec.pack(timer)) == timer
    reaction = AddReaction(repository=Repository("acme", "shop", 1, 2), comment=3, content="eyes")
    assert codec.read_effect("github.reaction", codec.pack(reaction)) == reaction


@pytest.mark.parametrize(
    "name, version, stored, reason",
    [
        ("timer.imagined", 1, b"", "does not know timer.imagined in version 1"),
        ("timer.due", 99, b"", "timer.due was stored in version 99 by a newer Pointsman"),
        ("timer.due", 1, msgspec.msgpack.encode({"name": "timeout"}), "missing required field `deployment`"),
        ("timer.due", 1, b"\x28\xb5\x2f\xfd broken", "timer.due: "),
        ("timer.due", 1, b"", "timer.due: Input data was truncated"),
    ],
)
def test_an_event_that_cannot_be_read_is_named(name: str, version: int, stored: bytes, reason: str) -> None:
    with pytest.raises(codec.Unreadable, match=reason):
        codec.read_data(name, version, stored)


def test_an_effect_that_cannot_be_read_is_named() -> None:
    with pytest.raises(codec.Unreadable, match=r"effects of the kind pager\.beep"):
        codec.read_effect("pager.beep", b"")
    with pytest.raises(codec.Unreadable, match=r"github\.reaction: "):
        codec.read_effect("github.reaction", msgspec.msgpack.encode({"comment": "x"}))
