"""Somebody's turn in a slot: the last look at the world before a deployment starts.

Everything that could have changed since it was asked for is read again: the head of the pull request,
what is live, and every gate, with the configuration as it is now. Who waits for a gate is looked at again
until it opens or its time is over, and holds nobody up meanwhile. What cannot be read is asked again for a
while, then the deployment is refused: unknown is never green.
"""

from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from bot.domain.deployment import Deployment
from bot.domain.errors import LastingFault, PassingFault
from bot.domain.events import DeploymentQueued, DeploymentWaiting, Event, TurnCame, data_of
from bot.domain.slot import Slot, next_in_line, to_be_looked_at
from bot.domain.values import Seconds
from bot.domain.verdict import Verdict, failed_of, waiting_of
from bot.gates.gate import Question, about
from bot.gates.gathering import Gathered, gather, judge
from bot.messages.gates import compared
from bot.ports import Decision, PullRequest, Sources
from bot.reactors.slot import end, start
from bot.reactors.story import Ending, Story

LOOK_AGAIN_SECONDS = 10.0
UNREADABLE_SECONDS_MAX = 300.0
GATES_AGAIN_SECONDS_MIN = 15.0
GATES_AGAIN_SECONDS_MAX = 120.0
"""How often the gates of who waits are asked: often at first, later less; news asks them at once."""


class StartFacts(Struct, frozen=True, kw_only=True):
    """What was read for the deployment that was looked at. `question` None = there was nothing to ask."""

    candidate: str | None = None
    unreadable: str | None = None
    configuration: Literal["off", "invalid", "valid"] = "valid"
    question: Question | None = None
    gathered: Gathered = Gathered()
    against_live: Literal["ahead", "behind", "identical", "diverged", "unrelated"] | None = None


async def read(sources: Sources, event: Event, slot: Slot) -> StartFacts:
    """Read what the decision needs. A fault becomes a fact, so that the slot is neither held nor stuck."""
    now = sources.clock.now()
    chosen = to_be_looked_at(slot, now, _news_at(event, now))
    if chosen is None:
        return StartFacts()
    try:
        return await _read(sources, slot, chosen)
    except (PassingFault, LastingFault) as fault:
        return StartFacts(candidate=chosen.id, unreadable=fault.reason)


def _news_at(event: Event, now: Seconds) -> Seconds | None:
    """When the news came for which who waits is looked at; never later than now, or that would not end."""
    return min(event.recorded_time, now) if data_of(event, TurnCame).look else None


async def _read(sources: Sources, slot: Slot, chosen: Deployment) -> StartFacts:
    order = chosen.order
    configuration = await sources.github.policy(order.repository, fresh=True)
    policy = configuration.policy
    environment = policy.environment(order.environment) if policy else None
    if policy is None or environment is None:
        status = configuration.status if policy is None else "off"
        return StartFacts(candidate=chosen.id, configuration=status)
    change = None
    if order.action == "deploy" and order.pinned == "head" and order.number is not None:
        change = await sources.github.pull_request(order.repository, order.number)
    question = about(chosen, policy, environment, change)
    if _left_behind(chosen, change) is not None:  # whatever the gates say, it does not start
        return StartFacts(candidate=chosen.id, question=question.as_it_counts)
    return StartFacts(
        candidate=chosen.id,
        configuration=configuration.status,
        question=question.as_it_counts,
        gathered=await gather(sources, [question]),
        against_live=await _against_live(sources, slot, chosen),
    )


async def _against_live(
    sources: Sources, slot: Slot, chosen: Deployment
) -> Literal["ahead", "behind", "identical", "diverged", "unrelated"] | None:
    """How the commit stands to what is live; only asked for commits of the default branch."""
    order = chosen.order
    if order.action == "rollback" or order.pinned not in ("default_branch", "merge"):
        return None
    if slot.live.sha is None or not slot.live.known:
        return None
    compared = await sources.github.compare(order.repository, slot.live.sha, order.sha)
    return compared.status if compared else "unrelated"


def decide(event: Event, slot: Slot, facts: StartFacts, now: Seconds) -> Decision:
    """Start who is first in line, have them wait, or send them away with the rule that says so."""
    story = Story(event, slot, now)
    chosen = next((each for each in slot.queue if each.id == facts.candidate), None)
    if chosen is None:
        return story.decide("ignored", "slot_busy" if slot.current else "nobody_waits")
    if facts.unreadable is not None and now - chosen.order.requested_at < UNREADABLE_SECONDS_MAX:
        story.later(TurnCame(), now + LOOK_AGAIN_SECONDS)
        return story.decide("deferred", "github_unreadable", error=facts.unreadable)
    verdicts: tuple[Verdict, ...] = ()
    ending = _ending(chosen, slot, facts)
    if ending is None and facts.question is not None:
        verdicts = judge(facts.question, facts.gathered, now)
        ending = _refused_by(verdicts) or _waited_too_long(chosen, verdicts, facts.question, now)
    if ending is not None:
        end(story, replace(chosen, verdicts=verdicts), ending)
        _go_on(story, event)
        return story.decide("acted", ending.reason, deployment=chosen.id, description=ending.description)
    if waiting_of(verdicts) and facts.question is not None:
        _wait(story, chosen, verdicts, _wait_ends(chosen, facts.question))
        _go_on(story, event)
        gates = {each.gate: each.reason for each in waiting_of(verdicts)}
        return story.decide("acted", "waits_for_gates", deployment=chosen.id, gates=gates)
    return _start_or_queue(story, event, chosen, verdicts)


def _start_or_queue(
    story: Story, event: Event, chosen: Deployment, verdicts: tuple[Verdict, ...]
) -> Decision:
    if chosen.order.gated or chosen.state == "waiting":
        story.record(DeploymentQueued(deployment=chosen.id, verdicts=verdicts, at=story.now))
    first = next_in_line(story.slot)
    if story.slot.current is None and first is not None and first.id == chosen.id:
        start(story, first)
        _go_on(story, event)
        return story.decide("acted", "started", deployment=chosen.id, sha=chosen.order.sha)
    story.show(chosen.id)
    _go_on(story, event)
    position = story.slot.position(chosen.id)
    return story.decide("acted", "gates_open", deployment=chosen.id, position=position)


def _wait(story: Story, chosen: Deployment, verdicts: tuple[Verdict, ...], wait_ends: Seconds) -> None:
    """Keep it aside until a gate opens; nobody behind it is held up."""
    waited = story.now - chosen.order.requested_at
    pause = min(max(waited / 10.0, GATES_AGAIN_SECONDS_MIN), GATES_AGAIN_SECONDS_MAX)
    half = (chosen.order.requested_at + wait_ends) / 2.0
    look_at = min(story.now + pause, wait_ends)
    story.record(
        DeploymentWaiting(
            deployment=chosen.id, verdicts=verdicts, at=story.now, look_at=look_at, wait_ends=wait_ends
        )
    )
    story.later(TurnCame(), look_at)
    is_half_over = (chosen.looked_at or 0.0) < half <= story.now
    if chosen.state != "waiting" or verdicts != chosen.verdicts or is_half_over:
        story.show(chosen.id)


def _go_on(story: Story, event: Event) -> None:
    """Look at whoever is next to be looked at: one decision, one deployment."""
    if to_be_looked_at(story.slot, story.now, _news_at(event, story.now)) is not None:
        story.later(TurnCame(look=data_of(event, TurnCame).look), story.now)


def _ending(chosen: Deployment, slot: Slot, facts: StartFacts) -> Ending | None:
    """Name what stands in the way whatever the gates say, with the values that were compared."""
    if facts.unreadable is not None:
        return Ending("refused", "github_unreadable", facts.unreadable)
    if facts.configuration != "valid":
        is_invalid = facts.configuration == "invalid"
        return Ending("refused", "configuration_invalid" if is_invalid else "configuration_off", None)
    return _outdated(chosen, slot, facts)


def _outdated(chosen: Deployment, slot: Slot, facts: StartFacts) -> Ending | None:
    order = chosen.order
    left_behind = _left_behind(chosen, facts.question.change if facts.question else None)
    if left_behind is not None:
        return left_behind
    if facts.against_live == "behind":
        return Ending("superseded", "newer_is_live", slot.live.sha)
    if order.automatic and order.sha in slot.bad:
        return Ending("refused", "known_bad", order.sha)
    live = slot.find(slot.live.deployment or "")
    if order.automatic and order.action == "deploy" and live is not None and live.order.action == "rollback":
        return Ending("refused", "held_after_rollback", live.id)
    return None


def _left_behind(chosen: Deployment, change: PullRequest | None) -> Ending | None:
    """Whether its pull request was closed, or has moved on to another commit."""
    if change is not None and change.state == "closed":
        return Ending("refused", "change_closed", None)
    if change is not None and change.state == "open" and change.head_sha != chosen.order.sha:
        return Ending("superseded", "head_moved", change.head_sha)
    return None


def _refused_by(verdicts: tuple[Verdict, ...]) -> Ending | None:
    """The first gate that says no; the others stand in the deployment's verdicts."""
    failed = failed_of(verdicts)
    return Ending("refused", failed[0].reason, compared(failed[0])) if failed else None


def _wait_ends(chosen: Deployment, question: Question) -> Seconds:
    return chosen.order.requested_at + question.requires.wait


def _waited_too_long(
    chosen: Deployment, verdicts: tuple[Verdict, ...], question: Question, now: Seconds
) -> Ending | None:
    waiting = waiting_of(verdicts)
    if not waiting or now < _wait_ends(chosen, question):
        return None
    return Ending("refused", "waited_too_long", ", ".join(each.gate for each in waiting))
