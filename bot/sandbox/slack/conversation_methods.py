"""The Web API's `conversations.*`, `users.*` and `auth.*` methods of the simulated Slack: reading.

Must never show what the bot could not see: private channels that it was not invited to, ephemeral messages.
"""

import base64
from collections.abc import Sequence
from typing import TypeVar

from bot.sandbox.slack.call import Call
from bot.sandbox.slack.chat_methods import message_document
from bot.sandbox.slack.exchange import Json, SlackError
from bot.sandbox.slack.messages import Message
from bot.sandbox.slack.people import Channel, Person
from bot.sandbox.slack.workspace import Workspace

PAGE_DEFAULT = 100
PAGE_MAX = 1000
T = TypeVar("T")


def auth_test(space: Workspace, call: Call) -> Json:
    """`auth.test`: whose token this is."""
    installation = space.installation
    return {
        "url": f"{space.web_url}/",
        "team": installation.team_domain.title(),
        "user": installation.app_name.lower(),
        "team_id": installation.team_id,
        "user_id": installation.bot_user_id,
        "bot_id": installation.bot_id,
        "is_enterprise_install": False,
    }


def list_conversations(space: Workspace, call: Call) -> Json:
    """`conversations.list`: the channels that the bot can see."""
    types = call.text("types", "public_channel").split(",")
    seen = [channel for channel in space.channels.values() if _is_listed(channel, types)]
    channels, cursor = _page(seen, call)
    return {"channels": [_channel_document(channel) for channel in channels], "response_metadata": cursor}


def conversation_info(space: Workspace, call: Call) -> Json:
    """`conversations.info`: one channel."""
    return {"channel": _channel_document(space.visible_channel(call.text("channel")))}


def join(space: Workspace, call: Call) -> Json:
    """`conversations.join`: become a member of a public channel."""
    channel = space.visible_channel(call.text("channel"))
    if channel.private:
        raise SlackError("method_not_supported_for_channel_type")
    channel.bot_is_member = True
    space.changed()
    return {"channel": _channel_document(channel)}


def open_conversation(space: Workspace, call: Call) -> Json:
    """`conversations.open`: the direct conversation with one member."""
    user = call.text("users")
    if user not in space.people:
        raise SlackError("user_not_found")
    return {"channel": {"id": space.direct(user).id}}


def history(space: Workspace, call: Call) -> Json:
    """`conversations.history`: what was posted in a channel, newest first, without the threads' replies."""
    channel = _readable(space, call)
    told = [m for m in space.in_channel(channel.id) if (not m.is_reply or m.broadcast) and _in_range(m, call)]
    return _messages_page(space, list(reversed(told)), call)


def replies(space: Workspace, call: Call) -> Json:
    """`conversations.replies`: a thread, oldest first, its first message included."""
    channel = _readable(space, call)
    try:
        first = space.message(channel.id, call.text("ts"))
    except SlackError as error:
        raise SlackError("thread_not_found") from error
    rest = [reply for reply in space.replies(first) if _in_range(reply, call)]
    return _messages_page(space, [first, *rest], call)


def user_info(space: Workspace, call: Call) -> Json:
    """`users.info`: one member."""
    person = space.people.get(call.text("user"))
    if person is None:
        raise SlackError("user_not_found")
    return {"user": _user_document(space, person)}


def user_by_email(space: Workspace, call: Call) -> Json:
    """`users.lookupByEmail`: the member with this address."""
    for person in space.people.values():
        if person.email == call.text("email"):
            return {"user": _user_document(space, person)}
    raise SlackError("users_not_found")


def _readable(space: Workspace, call: Call) -> Channel:
    channel = space.visible_channel(call.text("channel"))
    if not channel.bot_is_member:
        raise SlackError("not_in_channel")
    return channel


def _is_listed(channel: Channel, types: list[str]) -> bool:
    if channel.person:
        return "im" in types
    if channel.private:
        return "private_channel" in types and channel.bot_is_member
    return "public_channel" in types


def _in_range(message: Message, call: Call) -> bool:
    oldest, latest = float(call.text("oldest", "0")), float(call.text("latest", "inf"))
    if call.flag("inclusive"):
        return oldest <= float(message.ts) <= latest
    return oldest < float(message.ts) < latest


def _messages_page(space: Workspace, told: list[Message], call: Call) -> Json:
    shown_until = space.clock() - space.lag_seconds if space.lag_seconds else float("inf")
    messages, cursor = _page([message for message in told if float(message.ts) <= shown_until], call)
    with_metadata = call.flag("include_all_metadata")
    return {
        "messages": [message_document(space, message, with_metadata) for message in messages],
        "has_more": bool(cursor["next_cursor"]),
        "response_metadata": cursor,
    }


def _page(items: Sequence[T], call: Call) -> tuple[Sequence[T], dict[str, str]]:
    start = _cursor_start(call.text("cursor"))
    size = min(max(call.number("limit", PAGE_DEFAULT), 1), PAGE_MAX)
    end = start + size
    following = base64.b64encode(f"next:{end}".encode()).decode() if end < len(items) else ""
    return items[start:end], {"next_cursor": following}


def _cursor_start(cursor: str) -> int:
    if not cursor:
        return 0
    try:
        return int(base64.b64decode(cursor, validate=True).decode().removeprefix("next:"))
    except ValueError as error:
        raise SlackError("invalid_cursor") from error


def _channel_document(channel: Channel) -> Json:
    if channel.person:
        return {"id": channel.id, "is_im": True, "user": channel.person}
    return {
        "id": channel.id,
        "name": channel.name,
        "name_normalized": channel.name,
        "is_channel": not channel.private,
        "is_private": channel.private,
        "is_im": False,
        "is_archived": channel.archived,
        "is_member": channel.bot_is_member,
        "num_members": len(channel.members),
    }


def _user_document(space: Workspace, person: Person) -> Json:
    return {
        "id": person.id,
        "team_id": space.installation.team_id,
        "name": person.name,
        "real_name": person.real_name,
        "deleted": False,
        "is_bot": False,
        "tz": "Europe/Berlin",
        "profile": {"real_name": person.real_name, "display_name": person.name, "email": person.email},
    }
