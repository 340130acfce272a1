"""One comment that follows its request, and reactions, at the simulated GitHub."""

import msgspec
import pytest

from bot.domain.effects import AddReaction, WriteComment
from bot.domain.errors import LastingFault, PassingFault
from bot.doubt import LOOKS_SECONDS
from bot.github.comments import CommentWriter, ReactionAdder, text_of
from bot.sandbox.github import Fault
from bot.sandbox.github.records import Comment
from tests.unit.github.hub import SHOP, Hub
from tests.unit.github.ordered import ordered

MARK = "<!-- pointsman:r-1 -->"


def wanted(hub: Hub, text: str = "Deploying.") -> WriteComment:
    number = hub.shop.pull_requests[0].number
    return WriteComment(repository=hub.repository, number=number, marker="pointsman:r-1", text=text)


def comments(hub: Hub) -> list[Comment]:
    return hub.shop.pull_requests[0].comments


def lose_replies(hub: Hub, times: int = 1) -> None:
    hub.world.faults.add(Fault("lost_reply", method="POST", path=".*/comments", times=times))


async def test_a_comment_is_written_with_its_hidden_mark(hub: Hub) -> None:
    performed = await CommentWriter(hub.app)(ordered(wanted(hub)))
    (comment,) = comments(hub)
    assert comment.body == f"Deploying.\n\n{MARK}"
    assert performed.handle == {"comment": comment.id}


async def test_a_newer_text_replaces_the_older_in_the_same_comment(hub: Hub) -> None:
    writer = CommentWriter(hub.app)
    first = await writer(ordered(wanted(hub)))
    second = await writer(ordered(wanted(hub, "Deployed."), first.handle))
    assert [comment.body for comment in comments(hub)] == [f"Deployed.\n\n{MARK}"]
    assert second.handle == first.handle


async def test_a_comment_that_people_deleted_is_written_anew(hub: Hub) -> None:
    writer = CommentWriter(hub.app)
    first = await writer(ordered(wanted(hub)))
    hub.world.delete_comment("olive", SHOP, comments(hub)[0].id)
    second = await writer(ordered(wanted(hub), first.handle))
    assert [comment.id for comment in comments(hub)] == [(second.handle or {})["comment"]]


async def test_a_lost_reply_leaves_one_comment(hub: Hub) -> None:
    writer = CommentWriter(hub.app)
    lose_replies(hub)
    with pytest.raises(PassingFault) as raised:
        await writer(ordered(wanted(hub)))
    assert raised.value.applied_maybe
    performed = await writer(ordered(wanted(hub, "Deployed."), lost_at=hub.clock.now()))
    (comment,) = comments(hub)
    assert comment.body == f"Deployed.\n\n{MARK}"
    assert performed.handle == {"comment": comment.id}


async def test_a_list_that_lags_does_not_lead_to_a_second_comment(hub: Hub) -> None:
    writer = CommentWriter(hub.app)
    lose_replies(hub)
    first_at = hub.clock.now()
    with pytest.raises(PassingFault):
        await writer(ordered(wanted(hub)))
    hub.world.lag(LOOKS_SECONDS[-1] - 1)
    hub.clock.time += 2
    await writer(ordered(wanted(hub), lost_at=first_at))
    assert hub.clock.now() == first_at + 2 + LOOKS_SECONDS[-1]
    assert len(comments(hub)) == 1


async def test_what_is_shown_soon_is_not_waited_for(hub: Hub) -> None:
    writer = CommentWriter(hub.app)
    lose_replies(hub)
    first_at = hub.clock.now()
    with pytest.raises(PassingFault):
        await writer(ordered(wanted(hub)))
    await writer(ordered(wanted(hub), lost_at=first_at))
    assert hub.clock.now() == first_at + LOOKS_SECONDS[0]


async def test_a_later_attempt_without_a_reply_is_given_its_time_too(hub: Hub) -> None:
    writer = CommentWriter(hub.app)
    first_at = hub.clock.now()
    hub.clock.time += 60
    lose_replies(hub)
    with pytest.raises(PassingFault) as raised:
        await writer(ordered(wanted(hub), lost_at=first_at))
    assert (raised.value.retry_after, raised.value.applied_maybe) == (LOOKS_SECONDS[0], True)
    hub.world.lag(LOOKS_SECONDS[-1] - 1)
    effect = ordered(wanted(hub), lost_at=first_at)
    await writer(msgspec.structs.replace(effect, last_attempt_at=hub.clock.now()))
    assert len(comments(hub)) == 1


async def test_a_request_that_never_arrived_is_repeated_when_it_was_looked_for_twice(hub: Hub) -> None:
    writer = CommentWriter(hub.app)
    hub.world.faults.add(Fault("reset", method="POST", path=".*/comments", times=1))
    first_at = hub.clock.now()
    with pytest.raises(PassingFault):
        await writer(ordered(wanted(hub)))
    await writer(ordered(wanted(hub), lost_at=first_at))
    assert len(comments(hub)) == 1
    assert hub.clock.now() == first_at + LOOKS_SECONDS[-1]
    assert hub.requests("GET", "/comments") == len(LOOKS_SECONDS)


async def test_a_look_that_fails_is_not_taken_for_an_answer(hub: Hub) -> None:
    hub.world.faults.add(Fault("status", method="GET", path=".*/comments", times=1))
    with pytest.raises(PassingFault):
        await CommentWriter(hub.app)(ordered(wanted(hub), lost_at=hub.clock.now()))
    assert comments(hub) == []


async def test_on_a_locked_conversation_it_says_what_to_do(hub: Hub) -> None:
    hub.shop.pull_requests[0].locked = True
    with pytest.raises(LastingFault) as fault:
        await CommentWriter(hub.app)(ordered(wanted(hub)))
    assert "Unlock the conversation" in fault.value.hint


async def test_in_an_archived_repository_it_says_what_to_do(hub: Hub) -> None:
    hub.shop.repository.archived = True
    with pytest.raises(LastingFault) as fault:
        await CommentWriter(hub.app)(ordered(wanted(hub)))
    assert "Unarchive the repository" in fault.value.hint


async def test_an_attempt_of_unknown_time_is_searched_for_everywhere(hub: Hub) -> None:
    writer = CommentWriter(hub.app)
    lose_replies(hub)
    with pytest.raises(PassingFault):
        await writer(ordered(wanted(hub)))
    await writer(msgspec.structs.replace(ordered(wanted(hub)), uncertain=True))
    assert len(comments(hub)) == 1


async def test_a_mark_that_somebody_copied_is_not_taken_for_ours(hub: Hub) -> None:
    number = hub.shop.pull_requests[0].number
    copied = hub.world.comment("mallory", SHOP, number, f"Look! {MARK}")
    lost_at = hub.clock.now()
    hub.clock.time += 5
    await CommentWriter(hub.app)(ordered(wanted(hub), lost_at=lost_at))
    assert copied.body == f"Look! {MARK}"
    assert len(comments(hub)) == 2


async def test_a_comment_is_found_again_among_many(hub: Hub) -> None:
    writer = CommentWriter(hub.app)
    number = hub.shop.pull_requests[0].number
    for each in range(120):
        hub.world.comment("ada", SHOP, number, f"Thought {each}")
    lose_replies(hub)
    with pytest.raises(PassingFault):
        await writer(ordered(wanted(hub)))
    await writer(ordered(wanted(hub), lost_at=hub.clock.now()))
    assert len(comments(hub)) == 121


async def test_a_text_that_is_too_long_is_cut_and_keeps_its_mark(hub: Hub) -> None:
    text = "```\n" + "a line of the log\n" * 5_000 + "```\n"
    await CommentWriter(hub.app)(ordered(wanted(hub, text)))
    body = comments(hub)[0].body
    assert len(body) <= 65_536
    assert body.endswith(MARK)
    assert "Cut here" in body
    assert body.count("```") == 2


def test_a_text_that_has_its_mark_already_has_it_once(hub: Hub) -> None:
    assert text_of(wanted(hub, f"Deploying.\n\n{MARK}")) == f"Deploying.\n\n{MARK}"


async def test_a_missing_pull_request_is_a_lasting_fault(hub: Hub) -> None:
    body = WriteComment(repository=hub.repository, number=999, marker="m", text="x")
    with pytest.raises(LastingFault):
        await CommentWriter(hub.app)(ordered(body))


async def test_a_reaction_is_left_once(hub: Hub) -> None:
    comment = hub.world.comment("ada", SHOP, hub.shop.pull_requests[0].number, "/deploy staging")
    body = AddReaction(repository=hub.repository, comment=comment.id, content="eyes")
    first = await ReactionAdder(hub.app)(ordered(body))
    second = await ReactionAdder(hub.app)(ordered(body, lost_at=hub.clock.now()))
    assert [reaction.content for reaction in comment.reactions] == ["eyes"]
    assert first.handle == second.handle


async def test_a_comment_that_is_gone_needs_no_reaction(hub: Hub) -> None:
    body = AddReaction(repository=hub.repository, comment=999, content="eyes")
    performed = await ReactionAdder(hub.app)(ordered(body))
    assert performed.note == "the comment is gone"
