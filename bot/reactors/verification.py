"""After a deployer said "done": probes are taken, and what they show ends the deployment or asks people.

The slot stays taken meanwhile. A failed verification is a failure with its evidence, and marks the commit
bad; one that tells nothing asks a person, and is never counted as success.
"""

from bot.domain.alerts import AlertSeen, firing
from bot.domain.deployment import Deployment
from bot.domain.effects import TakeProbe
from bot.domain.events import Event, data_of
from bot.domain.slot import Slot
from bot.domain.values import Report, Seconds
from bot.domain.verification import Verification, Watch, judge
from bot.domain.verification_events import ProbeDue, ProbeTaken, VerificationBegun, VerificationInconclusive
from bot.ports import Decision
from bot.reactors import rollback
from bot.reactors.slot import end, retire
from bot.reactors.story import Ending, Story, record_on_github

GRACE_SECONDS: Seconds = 15.0
"""So long after its time a verification is judged although a sample is still on its way."""


def begin(story: Story, current: Deployment, report: Report) -> Decision:
    """The deployer is done: take every probe at once, then each in its own time."""
    verify = current.order.verify
    if verify is None:
        raise ValueError("there is nothing to verify")
    predecessor = story.slot.live.deployment
    story.record(VerificationBegun(deployment=current.id, report=report, at=story.now))
    attempt = current.order.attempt
    for place in range(len(verify.probes)):
        story.later(ProbeDue(deployment=current.id, attempt=attempt, place=place), story.now)
    ends = ProbeDue(deployment=current.id, attempt=attempt)
    story.later(ends, story.now + verify.duration + GRACE_SECONDS)
    record_on_github(story, current, "in_progress", "Deployed, and being verified")
    retire(story, predecessor, current.id)
    seen = firing(current.alerts) if verify.alerts else ()
    if seen:  # while its deployer was at work
        return alerted(story, story.slot.current or current, seen)
    story.show(current.id)
    return story.decide("acted", "being_verified", probes=len(verify.probes), seconds=verify.duration)


def due(event: Event, slot: Slot, _facts: None, now: Seconds) -> Decision:
    """A probe is to be taken, or the time is over."""
    data = data_of(event, ProbeDue)
    story = Story(event, slot, now)
    found = _watched(slot, data.deployment, data.attempt)
    if found is None:
        return story.decide("ignored", "not_verified", deployment=data.deployment)
    current, verify, watch = found
    if data.place is None:
        decision = _judged(story, current, verify, watch)
        if decision.reason == "goes_on_verifying":  # whatever became of the samples, it comes to an end
            story.later(data, now + GRACE_SECONDS)
        return story.decide(decision.outcome, decision.reason, **decision.values)
    probe = TakeProbe(order=current.order, place=data.place, since=current.started_at or now, asked=event.id)
    story.want(probe, target=f"probe:{current.id}:{data.place}", owner=story.key)
    return story.decide("acted", "probe_wanted", place=data.place)


def taken(event: Event, slot: Slot, _facts: None, now: Seconds) -> Decision:
    """A sample has come: it ends the verification, or the next one is due in its time."""
    data = data_of(event, ProbeTaken)
    story = Story(event, slot, now)
    found = _watched(slot, data.deployment, data.attempt)
    if found is None:
        return story.decide("ignored", "not_verified", deployment=data.deployment)
    current, verify, watch = found
    decision = _judged(story, current, verify, watch)
    still = story.slot.current
    if still is not None and still.id == current.id and still.watch and still.watch.inconclusive is None:
        again = ProbeDue(deployment=current.id, attempt=data.attempt, place=data.place)
        story.later(again, now + verify.probes[data.place].every)
        if _is_telling(watch, data):
            story.show(current.id)
    return story.decide("acted", decision.reason, **decision.values, said=data.said)


def _watched(slot: Slot, deployment: str, attempt: int) -> tuple[Deployment, Verification, Watch] | None:
    current = slot.current
    if current is None or (current.id, current.order.attempt) != (deployment, attempt):
        return None
    if current.state != "verifying" or current.order.verify is None or current.watch is None:
        return None
    return None if current.watch.inconclusive else (current, current.order.verify, current.watch)


def _is_telling(watch: Watch, data: ProbeTaken) -> bool:
    """Whether people want to see this sample: it is bad, or something else than the one before."""
    course = watch.courses[data.place]
    return data.good is False or 1 in (course.good_in_a_row, course.unknown_in_a_row)


def _judged(story: Story, current: Deployment, verify: Verification, watch: Watch) -> Decision:
    seen = firing(current.alerts) if verify.alerts else ()
    if seen:
        return alerted(story, current, seen)
    result, why = judge(verify, watch, story.now)
    if result == "passed":
        end(story, current, Ending("succeeded", "verified"))
        return story.decide("acted", "verified", deployment=current.id)
    if result == "failed":
        end(story, current, Ending("failed", "verification_failed", why))
        return story.decide("acted", "verification_failed", evidence=why)
    if result == "inconclusive":
        return _ask(story, current, why)
    return story.decide("acted", "goes_on_verifying")


def alerted(story: Story, current: Deployment, seen: tuple[AlertSeen, ...]) -> Decision:
    """An alert is a failed probe; one of a sender that does not sign has people asked."""
    signed = [each for each in seen if each.may_act]
    if signed:
        end(story, current, Ending("failed", "alert_raised", signed[0].title))
        return story.decide("acted", "alert_raised", deployment=current.id, alert=signed[0].title)
    return _ask(story, current, seen[0].title)


def _ask(story: Story, current: Deployment, because: str) -> Decision:
    """A person has to decide; nothing happens by itself."""
    story.record(VerificationInconclusive(deployment=current.id, because=because, at=story.now))
    rollback.suggest(story, story.slot.current or current, because, by_itself=False)
    story.show(current.id)
    return story.decide("acted", "verification_inconclusive", because=because)
