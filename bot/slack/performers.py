"""Performs what Pointsman says in Slack: messages kept current, threads, answers for one person.

Slack has no idempotency key. After a lost reply a message is looked for by its metadata; where the app may
not read the channel's history, it is said again, since a message twice is better than none. Never sends
text without blocks for a message that has blocks: that would remove them ("chat.update").
"""

from collections.abc import Mapping
from typing import Any

import structlog

from bot.domain.effects import Effect, FillForm, KeepMessage, OpenForm, SayInThread, ShowHome, TellPerson
from bot.domain.errors import PassingFault
from bot.domain.events import MessagePosted, New
from bot.ports import Clock, Performed, Performer
from bot.slack.client import SlackClient, SlackRefused
from bot.slack.views import view_performers

LOOK_AGAIN_SECONDS = 5.0
HISTORY_PAGE = 100
_NO_PREVIEWS = {"unfurl_links": False, "unfurl_media": False}
_METADATA_TYPE = "pointsman_message"
_GONE = frozenset({"message_not_found", "cant_update_message", "edit_window_closed"})
_UNREADABLE = frozenset({"missing_scope", "not_in_channel", "channel_not_found"})

log = structlog.get_logger(__name__)


class KeepMessagePerformer:
    """Keeps one message at its newest content."""

    def __init__(self, client: SlackClient, clock: Clock) -> None:
        self._client = client
        self._finder = Finder(client, clock)

    async def __call__(self, effect: Effect) -> Performed:
        """Update the message, or post it. Raises PassingFault or LastingFault."""
        body = effect.body
        if not isinstance(body, KeepMessage):
            raise TypeError("this effect keeps no message")
        thread = thread_of(body.thread, effect.parent_handle)
        if effect.handle is not None:
            if await self._updated(body, effect.handle):
                return Performed(handle=effect.handle, note="updated")
        elif effect.uncertain:
            found = await self._finder.find(effect, _channel(body.channel, effect), body.marker, thread)
            if found is not None:
                await self._updated(body, found)
                return self._performed(effect, body, found, "found")
        arguments = _content(body.text, body.blocks, body.marker)
        arguments |= {"channel": _channel(body.channel, effect), **_in(thread), **_NO_PREVIEWS}
        posted = await self._client.call("chat.postMessage", arguments)
        return self._performed(effect, body, _handle(posted, thread), "posted")

    async def _updated(self, body: KeepMessage, handle: Mapping[str, Any]) -> bool:
        arguments = _content(body.text, body.blocks, body.marker)
        try:
            await self._client.call(
                "chat.update", {**arguments, "channel": handle["channel"], "ts": handle["ts"]}
            )
        except SlackRefused as refused:
            if refused.code in _GONE:
                return False
            raise
        return True

    def _performed(self, effect: Effect, body: KeepMessage, handle: dict[str, Any], note: str) -> Performed:
        if effect.owner is None:
            return Performed(handle=handle, note=note)
        posted = MessagePosted(channel=handle["channel"], ts=handle["ts"])
        return Performed(handle=handle, events=(New(key=effect.owner, data=posted),), note=note)


class SayInThreadPerformer:
    """Says one thing once, in a thread."""

    def __init__(self, client: SlackClient, clock: Clock) -> None:
        self._client = client
        self._finder = Finder(client, clock)

    async def __call__(self, effect: Effect) -> Performed:
        """Post into the thread. Raises PassingFault or LastingFault."""
        body = effect.body
        if not isinstance(body, SayInThread):
            raise TypeError("this effect says nothing")
        thread, channel = thread_of(body.thread, effect.parent_handle), _channel(body.channel, effect)
        if effect.uncertain:
            found = await self._finder.find(effect, channel, effect.key, thread)
            if found is not None:
                return Performed(handle=found, note="found")
        arguments = _content(body.text, body.blocks, effect.key)
        posted = await self._client.call("chat.postMessage", {**arguments, "channel": channel, **_in(thread)})
        return Performed(handle=_handle(posted, thread), note="posted")


class TellPersonPerformer:
    """Tells one person something that only they see. It leaves no trace, so it cannot be looked for."""

    def __init__(self, client: SlackClient) -> None:
        self._client = client

    async def __call__(self, effect: Effect) -> Performed:
        """Answer by the command's `response_url` while it works, else by an ephemeral message."""
        body = effect.body
        if not isinstance(body, TellPerson):
            raise TypeError("this effect tells nobody")
        content = {"text": body.text, **({"blocks": list(body.blocks)} if body.blocks else {})}
        if body.response_url is not None and body.thread is None:
            reply = {**content, "response_type": "ephemeral", "replace_original": False}
            if await self._client.respond(body.response_url, reply):
                return Performed(note="responded")
        arguments = {**content, "channel": body.channel, "user": body.user, **_in(body.thread)}
        await self._client.call("chat.postEphemeral", arguments)
        return Performed(note="told")


class Finder:
    """Looks for a message that may have been posted although its reply was lost."""

    def __init__(self, client: SlackClient, clock: Clock) -> None:
        self._client = client
        self._clock = clock

    async def find(
        self, effect: Effect, channel: str, marker: str, thread: str | None
    ) -> dict[str, Any] | None:
        """Find it by its metadata; None = it is not there. Raises PassingFault while it is too early."""
        since = effect.first_attempt_at or self._clock.now()
        try:
            messages = await self._list(channel, thread, since)
        except SlackRefused as refused:
            if refused.code not in _UNREADABLE:
                raise
            log.warning("slack.cannot_look", effect=effect.key, reason=refused.code)
            messages = []
        for message in messages:
            if message.get("metadata", {}).get("event_payload", {}).get("marker") == marker:
                return {"channel": channel, "ts": message["ts"], "thread": thread}
        early = since + LOOK_AGAIN_SECONDS - self._clock.now()
        if early > 0:
            raise PassingFault("Looking again before it is said again.", retry_after=early)
        return None

    async def _list(self, channel: str, thread: str | None, since: float) -> list[dict[str, Any]]:
        arguments = {
            "channel": channel,
            "include_all_metadata": True,
            "oldest": f"{since - 60:.6f}",
            "limit": HISTORY_PAGE,
        }
        if thread is not None:
            answer = await self._client.call("conversations.replies", {**arguments, "ts": thread})
        else:
            answer = await self._client.call("conversations.history", arguments)
        return list(answer.get("messages", []))


def thread_of(thread: str | None, parent: Mapping[str, Any] | None) -> str | None:
    """Where a message belongs: the thread that was named, else that of its parent message."""
    if thread is not None or parent is None:
        return thread
    return parent.get("thread") or parent.get("ts")


def _channel(configured: str, effect: Effect) -> str:
    """A channel's id: where the parent stands, else as it was configured (id or name)."""
    if effect.parent_handle is not None and effect.parent_handle.get("channel"):
        return str(effect.parent_handle["channel"])
    return configured


def _content(text: str, blocks: tuple[dict[str, Any], ...], marker: str) -> dict[str, Any]:
    metadata = {"event_type": _METADATA_TYPE, "event_payload": {"marker": marker}}
    shown = {"blocks": list(blocks)} if blocks else {}
    return {"text": text, **shown, "metadata": metadata}


def _in(thread: str | None) -> dict[str, str]:
    return {"thread_ts": thread} if thread else {}


def _handle(posted: Mapping[str, Any], thread: str | None) -> dict[str, Any]:
    return {"channel": posted.get("channel"), "ts": posted.get("ts"), "thread": thread}


def slack_performers(client: SlackClient, clock: Clock) -> dict[str, Performer]:
    """The performers by the kind of effect."""
    return {
        KeepMessage.KIND: KeepMessagePerformer(client, clock),
        SayInThread.KIND: SayInThreadPerformer(client, clock),
        TellPerson.KIND: TellPersonPerformer(client),
        **view_performers(client),
    }


async def _skipped(_effect: Effect) -> Performed:
    """Slack is off: there is nobody to say it to."""
    return Performed(handle={}, note="slack is off")


def silent_performers() -> dict[str, Performer]:
    """What stands in where no workspace is configured."""
    kinds = (KeepMessage, SayInThread, TellPerson, OpenForm, FillForm, ShowHome)
    return {kind.KIND: _skipped for kind in kinds}
