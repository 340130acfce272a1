"""Reading channels, threads and members, and only what the bot can see."""

from typing import Any

import pytest

from bot.sandbox.slack import SlackWorld
from tests.unit.sandbox.slack.calls import Clock, call, error


def post(world: SlackWorld, text: str, **more: Any) -> str:
    return str(call(world, "chat.postMessage", channel="C0DEPLOYS", text=text, **more)["ts"])


def texts(document: dict[str, Any]) -> list[str]:
    return [message["text"] for message in document["messages"]]


def test_history_is_newest_first_without_replies_and_ephemeral_messages(world: SlackWorld) -> None:
    first = post(world, "one")
    post(world, "reply", thread_ts=first)
    post(world, "shown in the channel too", thread_ts=first, reply_broadcast=True)
    call(world, "chat.postEphemeral", channel="C0DEPLOYS", user="U0ADA", text="secret")
    world.post("ada", "deploys", "two")
    document = call(world, "conversations.history", channel="C0DEPLOYS")
    assert texts(document) == ["two", "shown in the channel too", "one"]
    assert document["messages"][-1]["reply_count"] == 2


def test_history_comes_in_pages(world: SlackWorld) -> None:
    for number in range(5):
        post(world, str(number))
    first = call(world, "conversations.history", channel="C0DEPLOYS", limit=2)
    assert (texts(first), first["has_more"]) == (["4", "3"], True)
    cursor = first["response_metadata"]["next_cursor"]
    second = call(world, "conversations.history", channel="C0DEPLOYS", limit=2, cursor=cursor)
    cursor = second["response_metadata"]["next_cursor"]
    last = call(world, "conversations.history", channel="C0DEPLOYS", limit=2, cursor=cursor)
    assert (texts(second), texts(last), last["has_more"]) == (["2", "1"], ["0"], False)


def test_history_between_two_times_leaves_the_borders_out_unless_asked(
    world: SlackWorld, clock: Clock
) -> None:
    stamps = []
    for number in range(4):
        stamps.append(post(world, str(number)))
        clock.advance(10)
    between = {"channel": "C0DEPLOYS", "oldest": stamps[0], "latest": stamps[3]}
    assert texts(call(world, "conversations.history", **between)) == ["2", "1"]
    assert texts(call(world, "conversations.history", **between, inclusive=True)) == ["3", "2", "1", "0"]


def test_a_history_that_lags_hides_what_is_young(world: SlackWorld, clock: Clock) -> None:
    world.lag(10.0)
    first = post(world, "old")
    assert texts(call(world, "conversations.history", channel="C0DEPLOYS")) == []
    clock.advance(10)
    post(world, "reply", thread_ts=first)
    assert texts(call(world, "conversations.history", channel="C0DEPLOYS")) == ["old"]
    assert texts(call(world, "conversations.replies", channel="C0DEPLOYS", ts=first)) == ["old"]
    world.lag(0)
    assert texts(call(world, "conversations.replies", channel="C0DEPLOYS", ts=first)) == ["old", "reply"]


def test_metadata_is_shown_only_on_demand(world: SlackWorld) -> None:
    post(world, "x", metadata={"event_type": "request", "event_payload": {"id": "r-1"}})
    without = call(world, "conversations.history", channel="C0DEPLOYS")
    full = call(world, "conversations.history", channel="C0DEPLOYS", include_all_metadata="true")
    assert "metadata" not in without["messages"][0]
    assert full["messages"][0]["metadata"]["event_payload"] == {"id": "r-1"}


def test_a_thread_is_read_oldest_first_with_its_first_message(world: SlackWorld) -> None:
    first = post(world, "first")
    post(world, "other")
    post(world, "a", thread_ts=first)
    post(world, "b", thread_ts=first)
    document = call(world, "conversations.replies", channel="C0DEPLOYS", ts=first)
    assert texts(document) == ["first", "a", "b"]
    assert error(world, "conversations.replies", channel="C0DEPLOYS", ts="1.0") == "thread_not_found"


@pytest.mark.parametrize(
    "method, arguments, expected",
    [
        ("conversations.history", {"channel": "C0RANDOM"}, "not_in_channel"),
        ("conversations.history", {"channel": "G0BOARD"}, "channel_not_found"),
        ("conversations.history", {"channel": "C0DEPLOYS", "cursor": "!"}, "invalid_cursor"),
        ("conversations.history", {"channel": "C0DEPLOYS", "limit": "many"}, "invalid_arguments"),
        ("conversations.info", {"channel": "C0NOWHERE"}, "channel_not_found"),
        ("conversations.join", {"channel": "D0SAM"}, "method_not_supported_for_channel_type"),
        ("conversations.open", {"users": "U0NOBODY"}, "user_not_found"),
        ("users.info", {"user": "U0NOBODY"}, "user_not_found"),
        ("users.lookupByEmail", {"email": "nobody@acme.example"}, "users_not_found"),
    ],
)
def test_what_the_bot_cannot_see_is_refused(
    world: SlackWorld, method: str, arguments: dict[str, str], expected: str
) -> None:
    world.space.direct("U0SAM")
    assert error(world, method, **arguments) == expected


def test_the_list_of_channels_has_those_that_the_bot_can_see(world: SlackWorld) -> None:
    world.space.direct("U0ADA")
    public = call(world, "conversations.list")
    everything = call(world, "conversations.list", types="public_channel,private_channel,im")
    assert [channel["name"] for channel in public["channels"]] == ["deploys", "general", "random"]
    assert [channel["id"] for channel in everything["channels"]][-1] == "D0ADA"
    assert "G0BOARD" not in [channel["id"] for channel in everything["channels"]]


def test_the_bot_joins_a_public_channel(world: SlackWorld) -> None:
    call(world, "conversations.join", channel="C0RANDOM")
    assert call(world, "conversations.info", channel="C0RANDOM")["channel"]["is_member"]
    call(world, "chat.postMessage", channel="C0RANDOM", text="hello")


def test_a_member_is_found_by_id_and_by_address(world: SlackWorld) -> None:
    assert call(world, "users.info", user="U0GRACE")["user"]["profile"]["display_name"] == "grace"
    assert call(world, "users.lookupByEmail", email="lin@acme.example")["user"]["id"] == "U0LIN"
