"""The Web API's `chat.*` and `reactions.*` methods of the simulated Slack, with Slack's refusals.

A message that people could not read (bad blocks, no text for notifications) is refused and remembered as a
violation, even where the real Slack would let it pass. Must never change another author's message.
"""

from typing import Any

from bot.sandbox.slack.block_rules import block_problems
from bot.sandbox.slack.call import Call
from bot.sandbox.slack.exchange import Json, SlackError
from bot.sandbox.slack.messages import Message, with_ids
from bot.sandbox.slack.people import Channel
from bot.sandbox.slack.workspace import Workspace

TEXT_CHARACTERS_MAX = 40_000


def post_message(space: Workspace, call: Call) -> Json:
    """`chat.postMessage`: post into a channel, a thread or a direct conversation."""
    channel = _posting_channel(space, call.required("channel", "channel_not_found"))
    text, blocks = readable_content(call)
    thread_ts = _thread(space, channel, call)
    message = Message(
        ts=space.new_ts(),
        channel=channel.id,
        user=space.installation.bot_user_id,
        text=text,
        thread_ts=thread_ts,
        metadata=_metadata(call),
        broadcast=call.flag("reply_broadcast"),
    )
    message.blocks = with_ids(blocks, f"b{message.ts}-")
    space.say(message)
    return {"channel": channel.id, "ts": message.ts, "message": message_document(space, message)}


def update(space: Workspace, call: Call) -> Json:
    """`chat.update`: change an own message in place; text without blocks takes the blocks away."""
    channel = space.visible_channel(call.required("channel", "channel_not_found"))
    message = space.message(channel.id, call.text("ts"))
    _own(space, message, "cant_update_message")
    text, blocks = readable_content(call)
    metadata = _metadata(call)
    message.edited = message.edited or text != message.text
    message.change(text, with_ids(blocks, f"b{message.ts}-"))
    message.metadata = metadata or message.metadata
    space.changed()
    document = message_document(space, message)
    return {"channel": channel.id, "ts": message.ts, "text": text, "message": document}


def delete(space: Workspace, call: Call) -> Json:
    """`chat.delete`: take an own message away."""
    channel = space.visible_channel(call.required("channel", "channel_not_found"))
    message = space.message(channel.id, call.text("ts"))
    _own(space, message, "cant_delete_message")
    space.remove(message)
    return {"channel": channel.id, "ts": message.ts}


def post_ephemeral(space: Workspace, call: Call) -> Json:
    """`chat.postEphemeral`: tell one member of the channel something that nobody else sees."""
    channel = _posting_channel(space, call.required("channel", "channel_not_found"))
    user = call.required("user", "user_not_in_channel")
    if user not in channel.members:
        raise SlackError("user_not_in_channel")
    text, blocks = readable_content(call)
    message = Message(space.new_ts(), channel.id, space.installation.bot_user_id, text, only_for=user)
    message.thread_ts = call.text("thread_ts") or None
    message.blocks = with_ids(blocks, f"b{message.ts}-")
    space.say(message)
    return {"message_ts": message.ts}


def get_permalink(space: Workspace, call: Call) -> Json:
    """`chat.getPermalink`: an address that leads people to a message."""
    channel = space.visible_channel(call.required("channel", "channel_not_found"))
    message = space.message(channel.id, call.text("message_ts"))
    address = f"{space.web_url}/archives/{channel.id}/p{message.ts.replace('.', '')}"
    if message.is_reply:
        address += f"?thread_ts={message.thread_ts}&cid={channel.id}"
    return {"channel": channel.id, "permalink": address}


def add_reaction(space: Workspace, call: Call) -> Json:
    """`reactions.add`: an emoji under a message."""
    channel = space.visible_channel(call.required("channel", "channel_not_found"))
    message = space.message(channel.id, call.text("timestamp"))
    name = call.required("name", "invalid_name")
    people = message.reactions.setdefault(name, [])
    if space.installation.bot_user_id in people:
        raise SlackError("already_reacted")
    people.append(space.installation.bot_user_id)
    space.changed()
    return {}


def readable_content(call: Call) -> tuple[str, list[Json]]:
    """The text and blocks of a message that people can read; SlackError, with details for bad blocks."""
    blocks: Any = call.structure("blocks", "invalid_blocks_format")
    text = call.text("text")
    if not blocks and not text.strip():
        raise SlackError("no_text")
    if len(text) > TEXT_CHARACTERS_MAX:
        raise SlackError("msg_too_long")
    problems = block_problems(blocks) if blocks else []
    if blocks and not text.strip():
        problems.append("text: must be set beside blocks, notifications read nothing else")
    if problems:
        raise SlackError("invalid_blocks", errors=problems)
    return text, list(blocks or [])


def message_document(space: Workspace, message: Message, with_metadata: bool = True) -> Json:
    """A message as the Web API and the payloads of interactions show it."""
    document: Json = {"type": "message", "user": message.user, "ts": message.ts, "text": message.text}
    installation = space.installation
    if message.user == installation.bot_user_id:
        document |= {
            "bot_id": installation.bot_id,
            "app_id": installation.app_id,
            "team": installation.team_id,
        }
    if message.blocks:
        document["blocks"] = message.blocks
    replies = space.replies(message)
    if message.thread_ts or replies:
        document["thread_ts"] = message.thread_ts or message.ts
    if replies:
        document |= {"reply_count": len(replies), "latest_reply": replies[-1].ts}
    if message.metadata and with_metadata:
        document["metadata"] = message.metadata
    if message.edited:
        document["edited"] = {"user": message.user, "ts": message.ts}
    return document | _reactions(message)


def _reactions(message: Message) -> Json:
    given = [{"name": name, "users": who, "count": len(who)} for name, who in message.reactions.items()]
    return {"reactions": given} if given else {}


def _posting_channel(space: Workspace, name: str) -> Channel:
    """The channel to post to; posting also takes a channel's name, and a member's id for a direct message."""
    if name in space.people:
        return space.direct(name)
    known = space.known_channel(name)
    channel = space.visible_channel(known.id if known else name)
    if not channel.bot_is_member:
        raise SlackError("not_in_channel")
    if channel.archived:
        raise SlackError("is_archived")
    return channel


def _thread(space: Workspace, channel: Channel, call: Call) -> str | None:
    thread_ts = call.text("thread_ts")
    if not thread_ts:
        return None
    try:
        parent = space.message(channel.id, thread_ts)
    except SlackError as error:
        raise SlackError("thread_not_found") from error
    return parent.thread_ts or parent.ts


def _metadata(call: Call) -> Json | None:
    metadata = call.structure("metadata", "invalid_metadata_format")
    if metadata is None:
        return None
    well_formed = isinstance(metadata, dict) and isinstance(metadata.get("event_type"), str)
    if not well_formed or not isinstance(metadata.get("event_payload"), dict):
        raise SlackError("invalid_metadata_format")
    return dict(metadata)


def _own(space: Workspace, message: Message, error: str) -> None:
    if message.user != space.installation.bot_user_id:
        raise SlackError(error)
