"""What happens in a slot: one deployment at a time, who is next, and what its end leads to.

What deployers say of it is in `deployer`. The slot decides from its own state. Only when somebody's turn
comes is the world looked at again (`turn`), since a deployment must never start on facts from when it was
asked for.
"""

from typing import Any

from msgspec.structs import replace

from bot.domain.deployment import WENT_WRONG, Deployment, Order
from bot.domain.effects import CallDeployer
from bot.domain.events import (
    DeploymentEnded,
    DeploymentQueued,
    DeploymentRequested,
    DeploymentStarted,
    Event,
    PromptAnswered,
    TimerDue,
    TurnCame,
    data_of,
)
from bot.domain.slot import QUEUE_MAX, VERIFICATION_ENDS, Slot, newest_attempt
from bot.domain.values import Seconds
from bot.ports import Decision
from bot.reactors import rollback
from bot.reactors.story import Ending, Story, record_on_github

_GITHUB_STATES = {
    "succeeded": "success",
    "failed": "failure",
    "timed_out": "error",
    "unknown": "error",
    "cancelled": "inactive",
    "superseded": "inactive",
    "refused": "inactive",
}


def requested(event: Event, slot: Slot, _facts: None, now: Seconds) -> Decision:
    """A deployment was ordered: refuse what cannot be, queue the rest, and call the first."""
    story = Story(event, slot, now)
    order = data_of(event, DeploymentRequested).order
    refusal = _refusal(slot, order)
    if refusal is not None:
        reason, values = refusal
        end(story, Deployment(order=order), Ending("refused", reason, _in_the_way(values)))
        return story.decide("ignored", reason, **values)
    newer = _newer_automatic(slot, order)
    if newer is not None:
        end(story, Deployment(order=order), Ending("superseded", "newer_request"))
        return story.decide("superseded", "newer_request", by=newer.id, sha=newer.sha)
    _answer_prompt(story, order)
    _leave_verification(story, order)
    _supersede_waiting(story, order)
    story.record(DeploymentQueued(deployment=order.id))
    story.show(order.id)
    if slot.current is None:
        story.later(TurnCame(), now)
    running = slot.current.id if slot.current else None
    return story.decide("acted", "queued", running=running, position=story.slot.position(order.id))


def _refusal(slot: Slot, order: Order) -> tuple[str, dict[str, Any]] | None:
    others = [each for each in (slot.current, *slot.queue) if each is not None and each.id != order.id]
    answered_before = _answered_before(slot, order, others) if order.answers else None
    if answered_before is not None:
        return answered_before
    if order.action == "rollback":
        target = slot.find(order.target or "")
        if target is None or target.state != "succeeded" or target.order.sha in slot.bad:
            return "target_not_recorded", {"target": order.target}
        for each in others:
            if each.order.action == "rollback" and each.order.sha == order.sha:
                return "joined", {"deployment": each.id, "by": each.order.asker.login}
    elif others and order.on_busy == "reject":
        return "busy", {"running": others[0].id, "by": others[0].order.asker.login}
    elif len(slot.queue) > QUEUE_MAX:
        return "queue_full", {"waiting": len(slot.queue) - 1}
    return None


def _answered_before(slot: Slot, order: Order, others: list[Deployment]) -> tuple[str, dict[str, Any]] | None:
    """Look again at the question that was open when its answer was given: people may answer at once."""
    prompt = slot.prompt(order.of or "")
    if prompt is not None and prompt.answer is not None:
        by = prompt.answered_by
        values = {"deployment": prompt.led_to, "answer": prompt.answer}
        return "already_answered", values | {"by": (by.login or by.slack) if by else None}
    for each in others:
        if each.order.answers and each.order.of == order.of:
            return "already_answered", {"deployment": each.id, "by": each.order.asker.login}
    newest = newest_attempt(slot)
    if newest is not None and newest.id != order.of:
        return "prompt_outdated", {"deployment": newest.id, "by": newest.order.asker.login}
    return None


def _in_the_way(values: dict[str, Any]) -> str | None:
    """Name the deployment or decision that is in the way, and whose it is."""
    other = values.get("running") or values.get("deployment") or values.get("answer")
    return f"{other} by {values.get('by') or 'automation'}" if other else None


def _answer_prompt(story: Story, order: Order) -> None:
    prompt = story.slot.prompt(order.of) if order.of else None
    if prompt is None or prompt.answer is not None:
        return
    story.record(
        PromptAnswered(
            deployment=prompt.deployment,
            answer="rollback" if order.action == "rollback" else "retry",
            person=order.asker,
            at=story.now,
            led_to=order.id,
        )
    )
    story.show(prompt.deployment)


def _leave_verification(story: Story, order: Order) -> None:
    """A rollback from what is being verified ends that: the slot is free for the way back."""
    current = story.slot.current
    if order.action == "rollback" and current is not None and current.state == "verifying":
        end(story, current, Ending("failed", "rolled_back_from", order.id))


def _supersede_waiting(story: Story, order: Order) -> None:
    """What waits makes room: for all where the environment says so, automation for automation always."""
    for waiting in story.slot.queue:
        if waiting.id != order.id and waiting.order.action == "deploy" and _gives_way(waiting.order, order):
            end(story, waiting, Ending("superseded", "newer_request"))


def _gives_way(waiting: Order, order: Order) -> bool:
    """Automation gives way to what surely came later; merges of one second are told apart at their turn."""
    if waiting.automatic and order.automatic:
        return _cause(order) > _cause(waiting)
    return order.on_busy == "supersede"


def _newer_automatic(slot: Slot, order: Order) -> Order | None:
    """What follows a later merge, tag or moment, and was heard of first: it stays, this one is too late."""
    if not order.automatic or order.action != "deploy":
        return None
    live = slot.find(slot.live.deployment) if slot.live.deployment and slot.live.known else None
    others = (
        each.order for each in (*slot.queue, slot.current, live) if each is not None and each.id != order.id
    )
    later = (each for each in others if each.automatic and _cause(each) > _cause(order))
    return max(later, key=_cause, default=None)


def _cause(order: Order) -> Seconds:
    return order.requested_at if order.cause_at is None else order.cause_at


def start(story: Story, chosen: Deployment) -> None:
    """Give the slot to a deployment and ask its deployer."""
    order = chosen.order
    previous = story.slot.live.sha
    deadline = story.now + order.start_timeout
    story.record(DeploymentStarted(deployment=order.id, at=story.now, previous_sha=previous))
    call = CallDeployer(order=order, action=order.action, previous_sha=previous, deadline=deadline)
    story.want(call, owner=story.key)
    record_on_github(story, chosen, "in_progress", "Started")
    story.later(TimerDue(name="start_timeout", deployment=order.id, attempt=order.attempt), deadline + 1.0)
    story.show(order.id)
    for waiting in story.slot.queue:
        story.show(waiting.id)


def prompt_answered(event: Event, slot: Slot, _facts: None, now: Seconds) -> Decision:
    """Somebody chose to keep what is there; the message says who."""
    data = data_of(event, PromptAnswered)
    story = Story(event, slot, now)
    current = slot.current
    if current is not None and current.id == data.deployment and current.state == "verifying":
        by = data.person.login or data.person.slack
        end(story, current, Ending("succeeded", "kept_by", by))
        return story.decide("acted", "kept_by", by=by)
    story.show(data.deployment)
    return story.decide("acted", "prompt_answered", answer=data.answer, by=data.person.login)


def end(story: Story, deployment: Deployment, ending: Ending) -> None:
    """Fix an outcome, show it, prompt if it went wrong, and call the next."""
    had_started = story.slot.current is not None and story.slot.current.id == deployment.id
    predecessor = story.slot.live.deployment
    story.record(
        DeploymentEnded(
            deployment=deployment.id,
            state=ending.state,
            at=story.now,
            reason=ending.reason,
            description=ending.description,
            log_url=ending.log_url,
            sequence=ending.sequence,
        )
    )
    if not had_started:
        never = replace(
            deployment,
            state=ending.state,
            ended_at=story.now,
            reason=ending.reason,
            description=ending.description,
        )
        story.show_this(never)
        story.tell_followers(never)
        return
    final = story.slot.find(deployment.id) or deployment
    said = ending.description or ending.reason.replace("_", " ")
    record_on_github(story, final, _GITHUB_STATES[ending.state], said)
    if ending.state == "succeeded":
        retire(story, predecessor, final.id)
    if ending.state in WENT_WRONG and final.order.rollback != "never" and ending.reason != "rolled_back_from":
        rollback.suggest(story, final, final.description or ending.reason.replace("_", " "))
    story.show(deployment.id)
    story.tell_followers(final)
    if story.slot.queue:
        story.later(TurnCame(), story.now)


def retire(story: Story, predecessor: str | None, successor: str) -> None:
    """Make our own predecessor inactive; GitHub is told not to do it (`auto_inactive: false`).

    What failed its verification was live, too, and keeps its failure.
    """
    old = story.slot.find(predecessor) if predecessor and predecessor != successor else None
    if old is not None and old.reason not in VERIFICATION_ENDS:
        record_on_github(story, old, "inactive", f"Replaced by {successor}")
