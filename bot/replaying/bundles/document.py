"""The file's form, version 1. What older programs wrote must stay readable: add fields, never change them."""

from typing import Any, Literal

from msgspec import Struct

from bot.domain.values import Seconds
from bot.ports import DeliveryRow

FORMAT = "pointsman-incident"
VERSION = 1
BYTES_MAX = 50_000_000


class BundleEvent(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An event as it is stored: `data` in the version that it was recorded in."""

    id: str
    type: str
    version: int
    source: str
    key: str
    time: Seconds
    recorded_time: Seconds
    correlation: str
    causation: str | None = None
    delivery: str | None = None
    sequence: int = 0
    data: dict[str, Any] = {}


class BundleOutcome(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a reactor made of an event, with the facts that it decided by."""

    reactor: str
    outcome: str
    reason: str
    values: dict[str, Any] = {}
    facts: Any = None
    decided_at: Seconds


class BundleTold(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An applied event: `place` is the version of its key's state that it led to, and its number."""

    event: BundleEvent
    place: tuple[int, int]
    outcomes: tuple[BundleOutcome, ...] = ()


class BundleKey(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A key's events in the order of their application, from the state before to the state after them."""

    key: str
    before: Any = None
    place: tuple[int, int]
    told: tuple[BundleTold, ...] = ()
    after: Any = None


class BundleEffect(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Something that was to be done, and how far it came; never what it said."""

    key: str
    kind: str
    state: str
    attempts: int = 0
    version: int = 1
    done_version: int = 0
    causation: str | None = None
    correlation: str = ""
    updated_at: Seconds = 0.0


class Bundle(Struct, frozen=True, kw_only=True):
    """One incident. `beside` are events that decisions led to and that belong to no key here.

    `wanted` are the keys of all effects that were recorded for decisions here; `effects` tells of the
    story's.
    """

    format: Literal["pointsman-incident"]
    version: int
    program: str
    subject: str
    exported_at: Seconds
    cut: bool = False
    keys: tuple[BundleKey, ...] = ()
    beside: tuple[BundleEvent, ...] = ()
    wanted: tuple[str, ...] = ()
    effects: tuple[BundleEffect, ...] = ()
    deliveries: tuple[DeliveryRow, ...] = ()
