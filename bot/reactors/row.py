"""The row that a reactor is.

Reading comes first and is stored as facts; the decision after it is a pure function of event, state,
facts and time. So each row names the type of its facts: a decision can be made again from what is stored.
"""

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from msgspec import Struct

from bot.domain.effects import Wanted
from bot.domain.events import Event
from bot.domain.values import Seconds
from bot.ports import Decision


async def nothing_to_read(_event: Event, _state: Any) -> None:
    """For reactors that decide from the event and the state alone."""


def nothing_to_tell(_event: Event, _reason: str) -> tuple[Wanted, ...]:
    """For reactors whose failure concerns nobody who could be told."""
    return ()


def _as_they_are(facts: Any) -> Any:
    return facts


class Row(Struct, frozen=True, kw_only=True):
    """A reactor: its stable name, what it reads, how it decides, whom it tells when it gave up.

    `facts` is the type of what `read` gives; `complete` types the parts of it that depend on other parts.
    """

    name: str
    decide: Callable[[Event, Any, Any, Seconds], Decision]
    read: Callable[[Event, Any], Awaitable[Any]] = nothing_to_read
    give_up: Callable[[Event, str], tuple[Wanted, ...]] = nothing_to_tell
    facts: Any = None
    complete: Callable[[Any], Any] = _as_they_are

    def recall(self, stored: Any) -> Any:
        """Give facts as `decide` takes them, from plain values as they are stored.

        Raises msgspec.ValidationError where they are not this reactor's.
        """
        return self.complete(msgspec.convert(stored, self.facts))
