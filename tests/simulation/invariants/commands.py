"""What must hold of what people asked for: heard once, and ended in one answer, where it was given."""

from collections import Counter
from collections.abc import Iterator

from bot.domain.effects import AddReaction, TellPerson, WriteComment
from bot.domain.events import CommandGiven, Event
from bot.domain.values import PullRequestPlace
from bot.github.comments import mark_of
from tests.simulation.aftermath import Aftermath


def every_command_on_a_pull_request_is_heard_once(after: Aftermath) -> Iterator[str]:
    """P3: by its comment, however often and under whichever delivery it came."""
    heard = Counter(
        event.data.place.comment
        for event in after.given
        if isinstance(event.data, CommandGiven) and isinstance(event.data.place, PullRequestPlace)
    )
    for repository, comment in after.said.comments:
        if heard[comment.id] != 1 and not after.may_be_missed(repository, comment.number):
            yield f"{comment.body!r} on {repository}#{comment.number} was heard {heard[comment.id]} times"


def every_command_is_answered_once(after: Aftermath) -> Iterator[str]:
    """P13: accepted, refused, answered or left alone for a reason; never two of these."""
    for event in after.given:
        answers = after.answers(event)
        left_alone = [
            outcome for outcome in after.outcomes[event.id] if outcome.outcome in ("ignored", "failed")
        ]
        if len(answers) > 1 or (not answers and not left_alone):
            yield f"{_text(event)!r} of {event.key} has {len(answers)} answers: {after.outcomes[event.id]}"


def every_answer_is_seen_where_the_command_was_given(after: Aftermath) -> Iterator[str]:
    """An accepted one in its request's comment or message, any other in a reply."""
    for event in after.given:
        data = event.data
        assert isinstance(data, CommandGiven)
        for answer in after.answers(event):
            if answer.answer == "ignored":
                continue
            if answer.answer == "accepted" and answer.request is not None:
                yield from _shown(after, event, answer.request)
            elif answer.answer in ("refused", "answered"):
                replies = [
                    effect
                    for effect in after.caused_by(event)
                    if isinstance(effect.body, WriteComment | TellPerson | AddReaction)
                ]
                if not replies:
                    how = f"{answer.answer} ({answer.reason})"
                    yield f"{_text(event)!r} of {event.key} was {how} without a word"


def _shown(after: Aftermath, event: Event, request_id: str) -> Iterator[str]:
    request = after.requests.get(request_id)
    if request is None:
        yield f"{_text(event)!r} of {event.key} was accepted as {request_id}, which is not there"
        return
    if request.made.number is None:
        return
    repository = after.stage.github.repository(request.made.repository.full_name)
    shown = [
        effect.body
        for effect in after.effects
        if isinstance(effect.body, WriteComment) and effect.key == f"comment:{request_id}"
    ]
    there = [each for body in shown for each in repository.comments.values() if mark_of(body) in each.body]
    if len(there) != 1:
        yield f"{_text(event)!r} of {event.key}: {len(there)} comments tell of {request_id}"


def a_click_that_slack_saw_taken_is_heard_once(after: Aftermath) -> Iterator[str]:
    """P3: by its trigger; what Slack could not hand over may be lost, and never counts twice."""
    heard = Counter(event.delivery for event in after.events if event.delivery is not None)
    for sent in after.said.sent:
        id = after.slack_id(sent)
        if id is not None and sent.state == "done" and not heard[id] and not after.means_nothing(id):
            yield f"Slack's {sent.kind} {sent.name!r} ({id}) was acknowledged and led to nothing"


def _text(event: Event) -> str:
    return event.data.text if isinstance(event.data, CommandGiven) else event.data.TYPE


ALL = (
    every_command_on_a_pull_request_is_heard_once,
    every_command_is_answered_once,
    every_answer_is_seen_where_the_command_was_given,
    a_click_that_slack_saw_taken_is_heard_once,
)
