"""Posting, changing and taking away messages, with Slack's refusals."""

from typing import Any

import pytest

from bot.sandbox.slack import SlackWorld
from tests.unit.sandbox.slack.calls import actions, button, call, error, request, section


def post(world: SlackWorld, **more: Any) -> str:
    return str(call(world, "chat.postMessage", **{"channel": "C0DEPLOYS", "text": "hello", **more})["ts"])


@pytest.mark.parametrize("channel", ["C0DEPLOYS", "#deploys", "deploys"])
def test_a_message_is_posted_to_a_channel_by_id_or_name(world: SlackWorld, channel: str) -> None:
    document = call(world, "chat.postMessage", channel=channel, text="hello")
    assert document["channel"] == "C0DEPLOYS"
    assert [message.text for message in world.messages("deploys")] == ["hello"]


def test_a_message_to_a_member_goes_to_the_direct_conversation(world: SlackWorld) -> None:
    document = call(world, "chat.postMessage", channel="U0SAM", text="psst")
    assert document["channel"] == "D0SAM"
    assert call(world, "conversations.open", users="U0SAM")["channel"]["id"] == "D0SAM"


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({"text": "x"}, "channel_not_found"),
        ({"channel": "C0NOWHERE", "text": "x"}, "channel_not_found"),
        ({"channel": "G0BOARD", "text": "x"}, "channel_not_found"),
        ({"channel": "C0RANDOM", "text": "x"}, "not_in_channel"),
        ({"channel": "C0DEPLOYS"}, "no_text"),
        ({"channel": "C0DEPLOYS", "text": "  "}, "no_text"),
        ({"channel": "C0DEPLOYS", "text": "x" * 40_001}, "msg_too_long"),
        ({"channel": "C0DEPLOYS", "text": "x", "thread_ts": "1.000000"}, "thread_not_found"),
        ({"channel": "C0DEPLOYS", "text": "x", "metadata": {"event_type": "t"}}, "invalid_metadata_format"),
        ({"channel": "C0DEPLOYS", "text": "x", "metadata": "x"}, "invalid_metadata_format"),
        ({"channel": "C0DEPLOYS", "text": "x", "blocks": [{"type": "mystery"}]}, "invalid_blocks"),
        ({"channel": "C0DEPLOYS", "text": "x", "blocks": "{"}, "invalid_blocks_format"),
    ],
)
def test_a_message_that_slack_would_not_take_is_refused(
    world: SlackWorld, arguments: dict[str, Any], expected: str
) -> None:
    assert error(world, "chat.postMessage", **arguments) == expected
    assert world.messages("deploys") == []


def test_blocks_without_a_text_for_notifications_are_refused_and_remembered(world: SlackWorld) -> None:
    document = request(world, "chat.postMessage", channel="C0DEPLOYS", blocks=[section("hello")]).document
    assert document["error"] == "invalid_blocks"
    assert "notifications" in document["response_metadata"]["messages"][0]
    assert [violation.where for violation in world.violations] == ["chat.postMessage"]


def test_blocks_get_ids_where_the_app_gave_none(world: SlackWorld) -> None:
    post(world, blocks=[section("a"), actions(button("Go"), button("Stop", "stop"))])
    [message] = world.messages("deploys")
    assert all(block["block_id"] for block in message.blocks)
    assert message.element("Go").action_id
    assert message.element("stop").label == "Stop"
    assert message.buttons == ["Go", "Stop"]


def test_a_reply_to_a_reply_belongs_to_the_first_message(world: SlackWorld) -> None:
    first = post(world)
    reply = post(world, text="one", thread_ts=first)
    post(world, text="two", thread_ts=reply)
    [top, *_] = world.messages("deploys")
    assert [message.text for message in world.thread(top)] == ["one", "two"]


def test_an_update_replaces_text_and_blocks_and_the_earlier_state_is_kept(world: SlackWorld) -> None:
    ts = post(world, blocks=[section("starting"), actions(button("Cancel"))])
    call(world, "chat.update", channel="C0DEPLOYS", ts=ts, text="done", blocks=[section("finished")])
    [message] = world.messages("deploys")
    assert (message.ts, message.spoken, message.buttons, message.edited) == (ts, "finished", [], True)
    assert [version.text for version in message.versions] == ["hello"]


def test_an_update_with_text_alone_takes_the_blocks_away(world: SlackWorld) -> None:
    ts = post(world, blocks=[section("starting")])
    call(world, "chat.update", channel="C0DEPLOYS", ts=ts, text="done")
    assert world.messages("deploys")[0].blocks == []


def test_an_update_of_blocks_alone_shows_no_edited_mark(world: SlackWorld) -> None:
    ts = post(world, blocks=[section("10 %")])
    call(world, "chat.update", channel="C0DEPLOYS", ts=ts, text="hello", blocks=[section("20 %")])
    assert world.messages("deploys")[0].edited is False


def test_an_update_keeps_the_metadata_unless_it_brings_new(world: SlackWorld) -> None:
    ts = post(world, metadata={"event_type": "request", "event_payload": {"id": "r-1"}})
    call(world, "chat.update", channel="C0DEPLOYS", ts=ts, text="a")
    assert world.messages("deploys")[0].metadata == {"event_type": "request", "event_payload": {"id": "r-1"}}
    call(
        world,
        "chat.update",
        channel="C0DEPLOYS",
        ts=ts,
        text="b",
        metadata={"event_type": "x", "event_payload": {}},
    )
    assert world.messages("deploys")[0].metadata == {"event_type": "x", "event_payload": {}}


@pytest.mark.parametrize(
    ("method", "expected"),
    [("chat.update", "cant_update_message"), ("chat.delete", "cant_delete_message")],
)
def test_the_bot_changes_nobody_elses_message(world: SlackWorld, method: str, expected: str) -> None:
    message = world.post("ada", "deploys", "mine")
    arguments = {"text": "yours"} if method == "chat.update" else {}
    assert error(world, method, channel="C0DEPLOYS", ts=message.ts, **arguments) == expected
    assert message.text == "mine"


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({"channel": "C0DEPLOYS", "ts": "1.000000", "text": "x"}, "message_not_found"),
        ({"channel": "deploys", "ts": "1.000000", "text": "x"}, "channel_not_found"),
        ({"channel": "C0DEPLOYS", "text": "x" * 40_001}, "msg_too_long"),
        ({"channel": "C0DEPLOYS"}, "no_text"),
    ],
)
def test_an_update_that_slack_would_not_take_is_refused(
    world: SlackWorld, arguments: dict[str, Any], expected: str
) -> None:
    arguments = {"ts": post(world), **arguments}
    assert error(world, "chat.update", **arguments) == expected


def test_an_ephemeral_message_is_seen_by_one_and_cannot_be_updated(world: SlackWorld) -> None:
    document = call(world, "chat.postEphemeral", channel="C0DEPLOYS", user="U0ADA", text="only you")
    assert [message.text for message in world.whispers("ada")] == ["only you"]
    assert world.whispers("grace") == []
    assert world.messages("deploys") == []
    update = {"channel": "C0DEPLOYS", "ts": document["message_ts"], "text": "x"}
    assert error(world, "chat.update", **update) == "message_not_found"


def test_an_ephemeral_message_is_for_members_of_the_channel(world: SlackWorld) -> None:
    world.channel("deploys").members.discard("U0SAM")
    arguments = {"channel": "C0DEPLOYS", "user": "U0SAM", "text": "x"}
    assert error(world, "chat.postEphemeral", **arguments) == "user_not_in_channel"


def test_a_deleted_message_is_gone(world: SlackWorld) -> None:
    ts = post(world)
    call(world, "chat.delete", channel="C0DEPLOYS", ts=ts)
    assert world.messages("deploys") == []
    assert error(world, "chat.delete", channel="C0DEPLOYS", ts=ts) == "message_not_found"


def test_a_permalink_leads_to_the_message_and_its_thread(world: SlackWorld) -> None:
    first = post(world)
    reply = post(world, thread_ts=first)
    link = call(world, "chat.getPermalink", channel="C0DEPLOYS", message_ts=reply)["permalink"]
    assert link.startswith(f"https://acme.slack.com/archives/C0DEPLOYS/p{reply.replace('.', '')}")
    assert f"thread_ts={first}" in link
    assert error(world, "chat.getPermalink", channel="C0DEPLOYS", message_ts="1.0") == "message_not_found"


def test_a_reaction_is_added_once(world: SlackWorld) -> None:
    message = world.mention("ada", "deploys", "status")
    where = {"channel": "C0DEPLOYS", "timestamp": message.ts}
    call(world, "reactions.add", **where, name="eyes")
    assert message.reactions == {"eyes": ["U0POINTSMAN"]}
    assert error(world, "reactions.add", **where, name="eyes") == "already_reacted"
    assert error(world, "reactions.add", **where) == "invalid_name"


def test_an_archived_channel_takes_no_message(world: SlackWorld) -> None:
    world.channel("deploys").archived = True
    assert error(world, "chat.postMessage", channel="C0DEPLOYS", text="hello") == "is_archived"
