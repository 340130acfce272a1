"""What a command would do, said of a dry run: one line for each thing that would follow."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from bot.domain.approval_events import ApprovalGiven, ApprovalWithdrawn, RequestRejected
from bot.domain.event_data import EventData
from bot.domain.events import CancellationRequested, DeploymentRequested, PromptAnswered
from bot.domain.hold_events import (
    FreezeBegun,
    FreezeEnded,
    HolderAsked,
    LineLeft,
    LockAsked,
    LockReleaseAsked,
)
from bot.messages import holds
from bot.messages.blocks import told
from bot.messages.dialects import Dialect
from bot.messages.message import Message

Line = Callable[[Dialect, Any], str]


def _ordered(dialect: Dialect, data: DeploymentRequested) -> str:
    order = data.order
    what = "Roll back" if order.action == "rollback" else "Deploy"
    where = f"{dialect.code(order.service)} in {dialect.code(order.environment)}"
    return f"{what} {where}: {dialect.commit(order.sha)}"


_LINES: Mapping[type[EventData], Line] = {
    DeploymentRequested: _ordered,
    CancellationRequested: lambda dialect, data: f"Ask {dialect.code(data.deployment)} to stop",
    PromptAnswered: lambda dialect, data: f"Answer {dialect.code(data.deployment)}: {data.answer}",
    ApprovalGiven: lambda dialect, data: f"Approve {dialect.code(data.request)}",
    ApprovalWithdrawn: lambda dialect, data: f"Take the approval of {dialect.code(data.request)} back",
    RequestRejected: lambda dialect, data: f"Refuse {dialect.code(data.request)}",
    LockAsked: lambda dialect, data: f"Lock {holds.what(dialect, data.lock)}, or stand in line for it",
    LockReleaseAsked: lambda dialect, data: f"Unlock {dialect.code(data.lock)}",
    HolderAsked: lambda dialect, data: f"Ask the holder of {dialect.code(data.waiter.behind)}",
    LineLeft: lambda dialect, data: "Leave the line",
    FreezeBegun: lambda dialect, data: f"Freeze {dialect.code(data.freeze.environment)}",
    FreezeEnded: lambda dialect, data: f"Unfreeze {dialect.code(data.environment)}",
}


def would(data: Iterable[EventData]) -> Message:
    """Say what would follow."""
    known = [(_LINES[type(each)], each) for each in data if type(each) in _LINES]

    def written(dialect: Dialect) -> Iterable[str]:
        yield dialect.heading("Dry run: this would be done")
        yield dialect.bullets(line(dialect, each) for line, each in known)
        yield "Nothing was done. Without `--dry-run` it is; every rule is checked again then."

    return told(written)
