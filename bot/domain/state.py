"""Which state a key has, and what makes it change: only `apply(state, event)`.

A key is `<kind>:<name>`: `pr:acme/shop#12`, `request:r-…`, `slot:acme/shop/api/production`. Keys of
other kinds (a Slack conversation, a commit) order their events and keep no state.
"""

from collections.abc import Callable
from typing import Any

import msgspec

from bot.domain import automation, change, holds, people, request, slot, who_may
from bot.domain.deployment import Order, foreseen_names
from bot.domain.events import DeployerAnswered, DeploymentRequested, EventData, MessagePosted, RequestMade
from bot.domain.values import Repository

State = (
    change.ChangeState
    | slot.Slot
    | request.Request
    | holds.Holds
    | automation.Automation
    | automation.Schedule
    | people.People
    | who_may.WhoMay
)

TYPES: dict[str, type[Any]] = {
    "pr": change.ChangeState,
    "slot": slot.Slot,
    "request": request.Request,
    "holds": holds.Holds,
    "automation": automation.Automation,
    "schedule": automation.Schedule,
    "people": people.People,
    "rights": who_may.WhoMay,
}


_APPLY: dict[str, Callable[[Any, EventData], Any]] = {
    "pr": change.apply,
    "slot": slot.apply,
    "request": request.apply,
    "holds": holds.apply,
    "automation": automation.apply,
    "schedule": automation.apply_schedule,
    "people": people.apply,
    "rights": who_may.apply,
}


def pull_request_key(repository: Repository, number: int) -> str:
    """The key of a pull request and of the commands given on it."""
    return f"pr:{repository.full_name}#{number}"


def commit_key(repository: Repository, sha: str) -> str:
    """The key of what is asked about a commit; it orders events and has no state."""
    return f"commit:{repository.full_name}@{sha}"


def check_target(repository: Repository, sha: str, name: str) -> str:
    """The key of the effect that keeps one check of a commit."""
    return f"check:{repository.full_name}@{sha}:{name}"


def slot_key(order: Order) -> str:
    """The key of the slot that an order is for."""
    return f"slot:{order.repository.full_name}/{order.service}/{order.environment}"


def request_key(request_id: str) -> str:
    """The key of a request."""
    return f"request:{request_id}"


def thread_alias(channel: str, ts: str) -> str:
    """The alias under which the request of a Slack thread is found."""
    return f"thread:{channel}:{ts}"


def apply(key: str, state: Any, data: EventData) -> Any:
    """Give the state after an event. The only way in which state changes."""
    change_of = _APPLY.get(key.partition(":")[0])
    return None if change_of is None else change_of(state, data)


def encode(state: Any) -> bytes:
    """Write a state for the ledger."""
    return msgspec.msgpack.encode(state)


def decode(key: str, stored: bytes) -> Any:
    """Read a state from the ledger."""
    kind = TYPES.get(key.partition(":")[0])
    return None if kind is None else msgspec.msgpack.decode(stored, type=kind)


def aliases(data: EventData) -> tuple[str, ...]:
    """Other names under which people look for an event's key: ids and SHAs."""
    if isinstance(data, RequestMade):
        return (data.id, data.sha)
    if isinstance(data, DeploymentRequested):
        return (data.order.id, data.order.sha, *foreseen_names(data.order))
    if isinstance(data, DeployerAnswered):
        return data.names
    if isinstance(data, MessagePosted):
        return (thread_alias(data.channel, data.ts),)
    return ()
