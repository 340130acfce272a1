"""What the bot says in Slack: kept current, in its thread, to one person."""

from collections.abc import AsyncIterator, Mapping
from random import Random
from typing import Any, NamedTuple

import pytest

from bot.domain.effects import AddReaction, Effect, EffectBody, KeepMessage, SayInThread, TellPerson
from bot.domain.errors import PassingFault
from bot.domain.events import MessagePosted, New
from bot.domain.values import Repository
from bot.doubt import LOOKS_SECONDS
from bot.ports import Performed, Performer
from bot.sandbox.slack import Fault, Installation, Limits, Message, SlackServer, SlackWorld
from bot.slack.client import SlackClient, SlackRefused
from bot.slack.performers import (
    silent_performers,
    slack_performers,
    thread_of,
)
from tests.unit.doors import StoppedClock

TOKEN, CHANNEL, OWNER = "xoxb-of-the-test", "C0DEPLOYS", "request:r-1"
BLOCKS: tuple[dict[str, Any], ...] = ({"type": "section", "text": {"type": "mrkdwn", "text": "*Running*"}},)
STORY = KeepMessage(channel=CHANNEL, text="Running", blocks=BLOCKS, marker="pointsman:r-1")
REMARK = SayInThread(channel=CHANNEL, text="It began")
WHISPER = TellPerson(channel=CHANNEL, user="U0ADA", text="Not allowed")


class Chat(NamedTuple):
    """A workspace, and who speaks in it."""

    world: SlackWorld
    clock: StoppedClock
    performers: Mapping[str, Performer]

    async def perform(self, body: EffectBody, **changes: Any) -> Performed:
        return await self.performers[body.KIND](effect(body, **changes))

    @property
    def said(self) -> list[Message]:
        return [
            each for each in self.world.messages(CHANNEL) if each.user == self.world.installation.bot_user_id
        ]


@pytest.fixture
async def chat() -> AsyncIterator[Chat]:
    clock = StoppedClock()
    world = SlackWorld(clock.now, Random(1), Installation("secret", TOKEN), Limits.lifted())
    server = SlackServer(world)
    await server.start()
    client = SlackClient(TOKEN, server.api_url)
    yield Chat(world, clock, slack_performers(client, clock))
    await client.close()
    await server.close()
    assert world.violations == []


def effect(body: EffectBody, **changes: Any) -> Effect:
    known: dict[str, Any] = {
        "key": "x-1",
        "body": body,
        "version": 1,
        "handle": None,
        "parent_handle": None,
        "uncertain": False,
        "attempts": 1,
        "token": "lease",
    }
    return Effect(**(known | changes))


async def test_a_message_is_posted_with_its_mark_and_its_owner_is_told_where_it_stands(chat: Chat) -> None:
    performed = await chat.perform(STORY, owner=OWNER)
    (message,) = chat.said
    assert (message.spoken, message.text) == ("*Running*", "Running")
    assert message.metadata == {
        "event_type": "pointsman_message",
        "event_payload": {"marker": "pointsman:r-1"},
    }
    assert performed.handle == {"channel": CHANNEL, "ts": message.ts, "thread": None}
    posted = MessagePosted(channel=CHANNEL, ts=message.ts)
    assert performed.events == (New(key=OWNER, data=posted),)


async def test_the_next_version_is_written_into_the_same_message_with_its_blocks(chat: Chat) -> None:
    first = await chat.perform(STORY, owner=OWNER)
    done = KeepMessage(channel=CHANNEL, text="Done", blocks=BLOCKS, marker="pointsman:r-1")
    again = await chat.perform(done, handle=dict(first.handle or {}), owner=OWNER)
    (message,) = chat.said
    assert (message.text, message.spoken, len(message.versions)) == ("Done", "*Running*", 1)
    assert again.events == ()  # its owner knows where it stands


async def test_a_message_that_people_deleted_is_posted_anew(chat: Chat) -> None:
    gone = {"channel": CHANNEL, "ts": "1.000001", "thread": None}
    performed = await chat.perform(STORY, handle=gone, owner=OWNER)
    assert len(chat.said) == 1
    assert performed.handle != gone
    assert len(performed.events) == 1


async def test_where_the_bot_may_not_write_it_says_what_to_do(chat: Chat) -> None:
    with pytest.raises(SlackRefused) as refused:
        await chat.perform(KeepMessage(channel="C0RANDOM", text="hello"))
    assert "/invite" in refused.value.hint


async def test_what_hangs_on_a_message_stands_in_its_thread(chat: Chat) -> None:
    story = await chat.perform(STORY)
    performed = await chat.perform(REMARK, parent_handle=dict(story.handle or {}))
    story_message, remark = chat.said
    assert remark.thread_ts == story_message.ts
    assert performed.handle == {"channel": CHANNEL, "ts": remark.ts, "thread": story_message.ts}


async def test_what_hangs_on_a_message_in_a_thread_stands_in_that_thread(chat: Chat) -> None:
    begun = chat.world.post("ada", CHANNEL, "Shall we?")
    story = await chat.perform(
        KeepMessage(channel=CHANNEL, text="Running", marker="m", thread=begun.ts), key="x-story"
    )
    await chat.perform(REMARK, parent_handle=dict(story.handle or {}))
    assert [message.thread_ts for message in chat.said] == [begun.ts, begun.ts]


@pytest.mark.parametrize(
    ("thread", "parent", "found"),
    [
        (None, None, None),
        ("1.5", None, "1.5"),
        ("1.5", {"ts": "2.5"}, "1.5"),
        (None, {"ts": "2.5", "thread": None}, "2.5"),
        (None, {"ts": "2.5", "thread": "1.5"}, "1.5"),
    ],
)
def test_where_a_message_belongs(
    thread: str | None, parent: dict[str, Any] | None, found: str | None
) -> None:
    assert thread_of(thread, parent) == found


@pytest.mark.parametrize("body", [STORY, REMARK])
async def test_who_looks_too_early_waits_instead_of_saying_it_twice(chat: Chat, body: EffectBody) -> None:
    lost_at = chat.clock.now()
    chat.clock.time += 2
    await chat.perform(body, uncertain=True, first_attempt_at=lost_at)
    assert chat.clock.now() == lost_at + 2 + LOOKS_SECONDS[-1]
    assert len(chat.said) == 1


async def test_a_message_is_found_again_on_a_later_page(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.slack.performers.HISTORY_PAGE", 2)
    began = chat.clock.now()
    await chat.perform(STORY)
    for each in range(7):
        chat.world.post("ada", CHANNEL, f"Thought {each}")
    await chat.perform(STORY, uncertain=True, first_attempt_at=began)
    assert len(chat.said) == 1


async def test_the_reply_to_a_message_that_was_posted_anew_is_looked_for_as_well(chat: Chat) -> None:
    gone = {"channel": CHANNEL, "ts": "1.000001", "thread": None}
    began = chat.clock.now()
    chat.world.faults.add(Fault("lost_reply", "chat.postMessage", times=1))
    with pytest.raises(PassingFault):
        await chat.perform(STORY, handle=gone)
    await chat.perform(STORY, handle=gone, uncertain=True, first_attempt_at=began)
    assert len(chat.said) == 1


@pytest.mark.parametrize("body", [STORY, REMARK])
async def test_what_belongs_into_a_thread_that_people_deleted_is_said_in_the_channel(
    chat: Chat, body: EffectBody
) -> None:
    gone = {"channel": CHANNEL, "ts": "1.000001", "thread": None}
    began = chat.clock.now()
    performed = await chat.perform(body, parent_handle=gone)
    (message,) = chat.said
    assert message.thread_ts is None
    assert "its thread is gone" in performed.note
    again = await chat.perform(body, parent_handle=gone, uncertain=True, first_attempt_at=began)
    assert (again.handle, len(chat.said)) == (performed.handle, 1)


@pytest.mark.parametrize("body", [STORY, REMARK])
async def test_where_history_may_not_be_read_it_is_said_again_and_the_note_says_so(
    chat: Chat, body: EffectBody
) -> None:
    chat.world.scopes = frozenset({"chat:write"})
    performed = await chat.perform(body, uncertain=True, first_attempt_at=chat.clock.now())
    assert performed.note == "posted, perhaps twice: the channel's history cannot be read (missing_scope)"


async def test_an_archived_channel_is_a_lasting_fault_that_says_what_to_do(chat: Chat) -> None:
    chat.world.channel(CHANNEL).archived = True
    with pytest.raises(SlackRefused) as refused:
        await chat.perform(STORY)
    assert "Unarchive the channel" in refused.value.hint


async def test_what_is_found_again_is_brought_up_to_date(chat: Chat) -> None:
    began = chat.clock.now()
    await chat.perform(STORY)
    done = KeepMessage(channel=CHANNEL, text="Done", marker="pointsman:r-1")
    performed = await chat.perform(done, uncertain=True, first_attempt_at=began, owner=OWNER)
    (message,) = chat.said
    assert message.text == "Done"
    assert performed.events == (New(key=OWNER, data=MessagePosted(channel=CHANNEL, ts=message.ts)),)


async def test_somebody_elses_message_is_not_taken_for_ours(chat: Chat) -> None:
    began = chat.clock.now()
    chat.world.post("ada", CHANNEL, "pointsman:r-1")
    await chat.perform(KeepMessage(channel=CHANNEL, text="Other", marker="pointsman:r-2"), key="x-2")
    await chat.perform(STORY, uncertain=True, first_attempt_at=began - 60)
    assert len(chat.said) == 2


async def test_trouble_while_looking_is_not_taken_for_an_answer(chat: Chat) -> None:
    chat.world.faults.add(Fault("api_500", "conversations.*", times=1))
    with pytest.raises(PassingFault):
        await chat.perform(STORY, uncertain=True, first_attempt_at=chat.clock.now() - 60)
    assert chat.said == []


# --- one person -----------------------------------------------------------------------------------------


async def test_an_answer_goes_where_the_command_was_typed_and_only_its_author_sees_it(chat: Chat) -> None:
    await chat.perform(WHISPER)
    (whisper,) = chat.world.whispers("ada")
    assert (whisper.text, whisper.channel) == ("Not allowed", CHANNEL)
    assert chat.said == []


async def test_in_a_thread_it_is_told_in_the_thread(chat: Chat) -> None:
    begun = chat.world.post("ada", CHANNEL, "Shall we?")
    body = TellPerson(
        channel=CHANNEL, user="U0ADA", text="No", thread=begun.ts, response_url="http://127.0.0.1:9/x"
    )
    await chat.perform(body)
    assert [whisper.thread_ts for whisper in chat.world.whispers("ada")] == [begun.ts]


async def test_a_response_url_that_is_used_up_falls_back_to_a_whisper(chat: Chat) -> None:
    used_up = chat.world.space.base_url + "/commands/T0ACME/1/used-up"
    performed = await chat.perform(TellPerson(channel=CHANNEL, user="U0ADA", text="No", response_url=used_up))
    assert performed.note == "told"
    assert len(chat.world.whispers("ada")) == 1


async def test_a_live_response_url_is_used(chat: Chat) -> None:
    chat.world.slash_command("ada", CHANNEL, "/deploy", "api nowhere")
    (url,) = chat.world.space.response_urls
    body = TellPerson(
        channel=CHANNEL, user="U0ADA", text="No such place", response_url=chat.world.space.base_url + url
    )
    assert (await chat.perform(body)).note == "responded"
    assert [whisper.text for whisper in chat.world.whispers("ada")] == ["No such place"]


# --- off, and wrong -------------------------------------------------------------------------------------


async def test_without_a_workspace_nothing_is_said_and_nothing_waits() -> None:
    for performer in silent_performers().values():
        performed = await performer(effect(STORY))
        assert performed.handle == {}  # what hangs on it may go on
        assert performed.note == "slack is off"


def test_silence_has_a_row_for_everything_that_is_said(chat: Chat) -> None:
    assert set(silent_performers()) == set(chat.performers)


@pytest.mark.parametrize("kind", [KeepMessage.KIND, SayInThread.KIND, TellPerson.KIND])
async def test_an_effect_for_somebody_else_is_a_defect(chat: Chat, kind: str) -> None:
    other = AddReaction(repository=Repository("acme", "shop", 1, 7), comment=1, content="eyes")
    with pytest.raises(TypeError):
        await chat.performers[kind](effect(other))
