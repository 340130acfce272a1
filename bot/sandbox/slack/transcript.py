"""The workspace as lines that read like a chat, for tests that fail and for the demo's script.

Must never leave out what a person would see, buttons and reactions included.
"""

from collections.abc import Iterator

from bot.sandbox.slack.messages import Message
from bot.sandbox.slack.workspace import Workspace


def transcript(space: Workspace, channel_id: str | None = None) -> str:
    """All that was said in one channel (None: in all), threads indented under their first message."""
    lines: list[str] = []
    for channel in space.channels.values():
        told = [m for m in space.messages if m.channel == channel.id]
        if told and channel_id in (None, channel.id):
            lines.append(f"#{channel.name}")
            lines += _lines_of(space, told)
    return "\n".join(lines) or "(nothing was said)"


def _lines_of(space: Workspace, told: list[Message]) -> Iterator[str]:
    for first in told:
        if not first.is_reply:
            yield from _message_lines(space, first, "  ")
            for reply in told:
                if reply.is_reply and reply.thread_ts == first.ts:
                    yield from _message_lines(space, reply, "      ")


def _message_lines(space: Workspace, message: Message, indent: str) -> Iterator[str]:
    who = space.name_of(message.user)
    to = f" (only for {space.name_of(message.only_for)})" if message.only_for else ""
    first, *rest = message.spoken.splitlines() or [""]
    yield f"{indent}{who}{to}: {first}"
    yield from (f"{indent}    {line}" for line in rest)
    if message.buttons:
        yield f"{indent}    " + " ".join(f"[{label}]" for label in message.buttons)
    if message.reactions:
        yield f"{indent}    " + " ".join(f":{name}:" for name in message.reactions)
