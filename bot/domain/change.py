"""A pull request as far as commands need it: where its head was, and when it moved.

Old news cannot win: a delivery that is older than what we know changes nothing.
"""

from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from bot.domain.events import (
    ChangeClosed,
    ChangeMerged,
    ChangeOpened,
    ChangeUpdated,
    CommandAnswered,
    EventData,
)
from bot.domain.values import Change, Repository, Seconds

MOVES_KEPT = 20
COMMANDS_KEPT = 100


class Move(Struct, frozen=True):
    """The head became `sha` at that time, by GitHub's clock."""

    sha: str
    at: Seconds


class ChangeState(Struct, frozen=True):
    """What deliveries told of a pull request; `moves`, `commands` and `requests` keep the newest."""

    state: Literal["open", "merged", "closed", "unseen"] = "unseen"
    head_sha: str | None = None
    updated_at: Seconds = 0.0
    moves: tuple[Move, ...] = ()
    commands: tuple[str, ...] = ()
    requests: tuple[str, ...] = ()


def apply(state: ChangeState | None, data: EventData) -> ChangeState:
    """Give the pull request's state after an event."""
    state = state or ChangeState()
    if isinstance(data, CommandAnswered):
        made = (data.request,) if data.request else ()
        return replace(
            state,
            commands=(*state.commands, data.command)[-COMMANDS_KEPT:],
            requests=(*state.requests, *made)[-COMMANDS_KEPT:],
        )
    if isinstance(data, ChangeUpdated):
        moved = replace(
            state, moves=(*state.moves, Move(data.change.head_sha, data.change.updated_at))[-MOVES_KEPT:]
        )
        return _seen(moved, data.change, "open")
    if isinstance(data, ChangeOpened):
        return _seen(state, data.change, "open")
    if isinstance(data, ChangeMerged):
        return _seen(state, data.change, "merged")
    if isinstance(data, ChangeClosed):
        return _seen(state, data.change, "closed")
    return state


def _seen(state: ChangeState, change: Change, name: Literal["open", "merged", "closed"]) -> ChangeState:
    if is_old(state, change):
        return state
    return replace(state, state=name, head_sha=change.head_sha, updated_at=change.updated_at)


def merge_name(repository: Repository, number: int, merge_sha: str) -> str:
    """The name under which a merge counts once, whoever tells of it: it may deploy."""
    return f"merged:{repository.id}#{number}:{merge_sha}"


def is_old(state: ChangeState, change: Change) -> bool:
    """Whether a delivery tells of a time before what we already know."""
    return change.updated_at < state.updated_at


def moved_after(state: ChangeState | None, given_at: Seconds) -> Seconds | None:
    """When the head moved after a command was given; the same second counts as before it."""
    if state is None:
        return None
    later = [move.at for move in state.moves if int(move.at) > int(given_at)]
    return max(later, default=None)
