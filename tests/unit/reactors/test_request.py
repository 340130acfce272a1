"""What people see of a request: a comment, a message, its thread, the prompt."""

from typing import Any

import pytest
from msgspec.structs import replace

from bot.domain.deployment import Deployment, State
from bot.domain.effects import KeepMessage, SayInThread, WriteComment
from bot.domain.errors import LastingFault, PassingFault
from bot.domain.events import Prompt, RequestProgressed
from bot.domain.request import Request, apply
from bot.ports import ChangedFiles, Compared, Decision
from bot.reactors import request as reactor
from bot.reactors.request import ProgressFacts
from tests.unit.commands.known import KnownGitHub, sources
from tests.unit.reactors.stories import (
    AT,
    GOOD,
    NEW,
    SHOP,
    deployment,
    effects_of,
    event,
    request,
    starting,
)

KEY = "request:r-new"
COMPARED = Compared(
    status="ahead", ahead_by=1, commits=(), url="https://x", files=ChangedFiles((), truncated=False)
)


def told(channel: str | None = "C0DEPLOYS", number: int | None = 12, thread_of: str | None = None) -> Request:
    made = request("new").made
    return Request(replace(made, channel=channel, number=number, thread_of=thread_of), request("new").parts)


def made(of: Request) -> Decision:
    return reactor.made(event(of.made, KEY), of, None, AT)


def progressed(to: Deployment, of: Request | None = None, prompt: Prompt | None = None) -> Decision:
    data = RequestProgressed(deployment=to, prompt=prompt)
    now = apply(of or told(), data)
    return reactor.progressed(event(data, KEY), now, ProgressFacts(compared=COMPARED), AT)


def targets(decision: Decision, kind: type) -> list[str | None]:
    return [wanted.target for wanted in decision.effects if isinstance(wanted.body, kind)]


def test_a_request_is_one_comment_and_one_message() -> None:
    decision = made(told())
    (comment,), (message,) = effects_of(decision, WriteComment), effects_of(decision, KeepMessage)
    assert (comment.repository, comment.number) == (SHOP, 12)
    assert (message.channel, message.marker) == ("C0DEPLOYS", comment.marker)
    assert message.blocks
    (wanted,) = [each for each in decision.effects if each.body is message]
    assert (wanted.owner, wanted.after) == (KEY, None)
    (wanted,) = [each for each in decision.effects if each.body is comment]
    assert wanted.owner == KEY  # which is told if it cannot be written


def test_without_a_channel_nothing_is_said_in_slack_and_without_a_number_nothing_on_github() -> None:
    assert effects_of(made(told(channel=None)), KeepMessage) == []
    assert effects_of(made(told(number=None)), WriteComment) == []
    assert effects_of(progressed(starting(), told(channel=None)), SayInThread) == []


def test_what_was_asked_for_in_a_thread_stands_in_it() -> None:
    (wanted,) = [
        each for each in made(told(thread_of="slack:r-old")).effects if isinstance(each.body, KeepMessage)
    ]
    assert wanted.after == "slack:r-old"


def test_each_picture_edits_the_same_comment_and_message() -> None:
    first, second = made(told()), progressed(starting())
    for kind in (WriteComment, KeepMessage):
        assert targets(first, kind) == targets(second, kind)


def test_a_start_is_told_once_in_the_thread_however_often_it_is_shown() -> None:
    first, again = progressed(starting()), progressed(replace(starting(), description="still at it"))
    (target,) = targets(first, SayInThread)
    assert targets(again, SayInThread) == [target]
    (wanted,) = [each for each in first.effects if isinstance(each.body, SayInThread)]
    assert wanted.after == targets(first, KeepMessage)[0]


@pytest.mark.parametrize("state", ["succeeded", "failed", "timed_out", "cancelled", "refused", "superseded"])
def test_an_end_is_told_once_in_the_thread(state: State) -> None:
    ended = replace(deployment(state=state), ended_at=AT, reason="deployer_" + state)
    assert len(targets(progressed(ended), SayInThread)) == 1


@pytest.mark.parametrize("state", ["requested", "queued", "running"])
def test_what_lies_between_only_edits(state: State) -> None:
    assert targets(progressed(deployment(state=state)), SayInThread) == []


def test_the_prompt_is_kept_in_the_thread_and_goes_before_everything_else_there() -> None:
    failed = replace(deployment(state="failed"), ended_at=AT, reason="deployer_failed")
    prompt = Prompt("d-new", "d-good", GOOD, "pods not ready", AT)
    decision = progressed(failed, prompt=prompt)
    assert targets(decision, KeepMessage) == ["slack:r-new", "slack:prompt:d-new"]
    in_slack = [each for each in decision.effects if not isinstance(each.body, WriteComment)]
    assert [each.target for each in in_slack][1] == "slack:prompt:d-new"
    assert in_slack[1].after == "slack:r-new"
    assert targets(decision, SayInThread) == []  # the question has said how it ended


def test_a_picture_for_a_request_that_nobody_knows_is_ignored() -> None:
    data = RequestProgressed(deployment=starting())
    decision = reactor.progressed(event(data, KEY), None, ProgressFacts(), AT)
    assert (decision.outcome, decision.reason, decision.effects) == ("ignored", "request_unknown", ())


# --- reading --------------------------------------------------------------------------------------------


async def read(to: Deployment, github: KnownGitHub) -> ProgressFacts:
    return await reactor.read(sources(github), event(RequestProgressed(deployment=to), KEY))


async def test_what_changes_is_read_when_a_deployment_starts() -> None:
    github = KnownGitHub(compared=COMPARED)
    facts = await read(replace(starting(), previous_sha=GOOD), github)
    assert (facts.compared, facts.web_url) == (COMPARED, "https://github.example")
    assert github.asked_for == [f"compare {GOOD[:7]} {NEW[:7]}"]


@pytest.mark.parametrize("to", [starting(), replace(deployment(state="running"), previous_sha=GOOD)])
async def test_otherwise_nothing_is_read(to: Deployment) -> None:
    github = KnownGitHub()
    await read(to, github)
    assert github.asked_for == []


@pytest.mark.parametrize("fault", [PassingFault("down"), LastingFault("gone")])
async def test_what_cannot_be_read_is_said_and_holds_nothing(fault: Any) -> None:
    facts = await read(replace(starting(), previous_sha=GOOD), KnownGitHub(fault=fault))
    assert facts.unreadable == fault.reason
