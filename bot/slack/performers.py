"""Performs what Pointsman says in Slack: messages kept current, threads, answers for one person.

Slack has no idempotency key. After a lost reply a message is looked for by its metadata; where the app may
not read the channel's history, it is said again, since a message twice is better than none, and the effect's
note says so. A message that people deleted is posted anew, and what belonged into its thread goes into the
channel. Never sends text without blocks for a message that has blocks: they would go ("chat.update").
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import structlog

from bot.domain.effects import Effect, FillForm, KeepMessage, OpenForm, SayInThread, ShowHome, TellPerson
from bot.domain.events import MessagePosted, New
from bot.doubt import look_before_repeating
from bot.ports import Clock, Performed, Performer
from bot.slack.client import SlackClient, SlackRefused
from bot.slack.views import view_performers

HISTORY_PAGE = 200
HISTORY_PAGES_MAX = 20
CLOCK_DIFFERENCE_SECONDS = 60.0
_NO_PREVIEWS = {"unfurl_links": False, "unfurl_media": False}
_METADATA_TYPE = "pointsman_message"
_GONE = frozenset({"message_not_found", "cant_update_message", "edit_window_closed"})
_UNREADABLE = frozenset({"missing_scope", "not_in_channel", "channel_not_found"})
_NO_THREAD = frozenset({"thread_not_found", "cannot_reply_to_message"})

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
        if effect.handle is not None and await self._updated(body, effect.handle):
            return Performed(handle=effect.handle, note="updated")
        sought = Sought(_channel(body.channel, effect), thread, body.marker)
        search = await self._finder.search(effect, sought) if effect.uncertain else Search()
        if search.found is not None and await self._updated(body, search.found):
            return self._performed(effect, search.found, "found")
        arguments = {**_content(body.text, body.blocks, body.marker), **_NO_PREVIEWS}
        handle, note = await _post(self._client, sought, arguments)
        return self._performed(effect, handle, note + search.doubt)

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

    def _performed(self, effect: Effect, handle: dict[str, Any], note: str) -> Performed:
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
        thread = thread_of(body.thread, effect.parent_handle)
        sought = Sought(_channel(body.channel, effect), thread, effect.key)
        search = await self._finder.search(effect, sought) if effect.uncertain else Search()
        if search.found is not None:
            return Performed(handle=search.found, note="found")
        handle, note = await _post(self._client, sought, _content(body.text, body.blocks, effect.key))
        return Performed(handle=handle, note=note + search.doubt)


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


class Sought(NamedTuple):
    """Where a message stands or will stand, and the mark in its metadata."""

    channel: str
    thread: str | None
    marker: str


class Search(NamedTuple):
    """What a search found, and what its end leaves open: words for the effect's note."""

    found: dict[str, Any] | None = None
    doubt: str = ""


class Finder:
    """Looks for a message that may have been posted although its reply was lost."""

    def __init__(self, client: SlackClient, clock: Clock) -> None:
        self._client = client
        self._clock = clock

    async def search(self, effect: Effect, sought: Sought) -> Search:
        """Find it by its metadata. Raises PassingFault or LastingFault where the look itself fails."""
        since = effect.first_attempt_at or self._clock.now()
        oldest = since - CLOCK_DIFFERENCE_SECONDS
        try:
            found = await look_before_repeating(effect, self._clock, lambda: self._find(sought, oldest))
        except SlackRefused as refused:
            if refused.code not in _UNREADABLE:
                raise
            log.warning("slack.cannot_look", effect=effect.key, reason=refused.code)
            return Search(doubt=f", perhaps twice: the channel's history cannot be read ({refused.code})")
        return Search(found=found)

    async def _find(self, sought: Sought, oldest: float) -> dict[str, Any] | None:
        """Look through the thread; where that is gone, through the channel, where it then was said."""
        try:
            return await self._find_in(sought, oldest)
        except SlackRefused as refused:
            if sought.thread is None or refused.code not in _NO_THREAD:
                raise
        return await self._find_in(sought._replace(thread=None), oldest)

    async def _find_in(self, sought: Sought, oldest: float) -> dict[str, Any] | None:
        arguments = {
            "channel": sought.channel,
            "include_all_metadata": True,
            "oldest": f"{oldest:.6f}",
            "limit": HISTORY_PAGE,
        }
        method = "conversations.history"
        if sought.thread is not None:
            method, arguments["ts"] = "conversations.replies", sought.thread
        for _ in range(HISTORY_PAGES_MAX):
            page = await self._client.call(method, arguments)
            for message in page.get("messages", []):
                if message.get("metadata", {}).get("event_payload", {}).get("marker") == sought.marker:
                    return {"channel": sought.channel, "ts": message["ts"], "thread": sought.thread}
            arguments["cursor"] = (page.get("response_metadata") or {}).get("next_cursor") or ""
            if not arguments["cursor"]:
                break
        return None


async def _post(
    client: SlackClient, sought: Sought, arguments: Mapping[str, Any]
) -> tuple[dict[str, Any], str]:
    """Post it; gives its handle and a note. Where people deleted the thread's beginning, into the channel."""
    whole = {**arguments, "channel": sought.channel}
    try:
        posted = await client.call("chat.postMessage", {**whole, **_in(sought.thread)})
    except SlackRefused as refused:
        if sought.thread is None or refused.code not in _NO_THREAD:
            raise
        posted = await client.call("chat.postMessage", whole)
        return _handle(posted, None), "posted into the channel, since its thread is gone"
    return _handle(posted, sought.thread), "posted"


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
