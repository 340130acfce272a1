"""What every type of event has in common. Knows no event, and nothing of who made one."""

from typing import ClassVar

from msgspec import Struct


class EventData(Struct, frozen=True, kw_only=True):
    """What one type of event carries. `TYPE` is `<subject>.<verb in the past tense>`."""

    TYPE: ClassVar[str]
    VERSION: ClassVar[int] = 1
