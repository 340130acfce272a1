"""What deployers say of a slot's deployments: their answers, reports, silence, and what we see when we look.

Old news decides nothing, and nor does who is not this deployment's deployer. A report after the end corrects
what is live, never the outcome.
"""

from msgspec.structs import replace

from bot.domain.deployment import Deployment, is_old_news
from bot.domain.effects import CallDeployer, CancelDeployer, LookAtDeployer
from bot.domain.events import (
    CancellationAnswered,
    CancellationRequested,
    DeployerAnswered,
    DeployerLooked,
    DeployerReported,
    DeploymentCorrected,
    DeploymentProgressed,
    EffectParked,
    Event,
    TimerDue,
    data_of,
)
from bot.domain.slot import Slot
from bot.domain.values import Report, Seconds
from bot.ports import Decision
from bot.reactors import verification
from bot.reactors.slot import end, retire
from bot.reactors.story import Ending, Story, record_on_github

LOOK_AGAIN_SECONDS: Seconds = 60.0
"""After a look that failed for good; the next one may be luckier, and the deployment's timeout ends it."""
AWAY_SECONDS: Seconds = 60.0
"""A timeout that is decided so much too late says more about us than about the deployer."""
CATCH_UP_SECONDS: Seconds = 120.0
"""So long deliveries that came while we were away are swept and looks are taken; then a timeout counts."""
_ENDED = {
    "succeeded": "deployer_succeeded",
    "failed": "deployer_failed",
    "cancelled": "deployer_cancelled",
}


def answered(event: Event, slot: Slot, _facts: None, now: Seconds) -> Decision:
    """The deployer answered our request."""
    data = data_of(event, DeployerAnswered)
    story = Story(event, slot, now)
    current = _running(slot, data.deployment, data.attempt)
    if current is None:
        return story.decide("ignored", "not_running", deployment=data.deployment)
    if not data.accepted and current.accepted_at is not None:
        # Its reports say that it had taken it: an earlier request, whose reply was lost.
        return story.decide("ignored", "taken_before", description=data.description)
    if not data.accepted and current.cancel is not None:
        by = current.cancel.login or current.cancel.slack
        end(story, current, Ending("cancelled", "cancelled_by", by))
        return story.decide("acted", "cancelled_by", by=by)
    if not data.accepted:
        end(story, current, Ending("failed", "deployer_refused", data.description))
        return story.decide("acted", "deployer_refused", description=data.description)
    if data.awaits_deployer and data.report is None:
        _look_later(story, current, data.look_after)
        return story.decide("acted", "handed_over", deployment=current.id)
    report = _news(current, data.report)
    if report is None:
        report = Report(deployment=current.id, state="accepted", description=data.description)
    decision = _take(story, current, report)
    if story.slot.current is None:
        return decision
    _look_later(story, current, data.look_after)
    if current.accepted_at is not None:  # it reported before it answered: by now we know its name for it
        _ask_to_stop(story, current)
    return story.decide("acted", decision.reason, **decision.values)


def reported(event: Event, slot: Slot, _facts: None, now: Seconds) -> Decision:
    """The deployer reported: progress, an end, or old news."""
    data = data_of(event, DeployerReported)
    story = Story(event, slot, now)
    meant = slot.named(data.report.deployment)
    if meant is None:
        return story.decide("ignored", "unknown_deployment", deployment=data.report.deployment)
    expected = meant.order.call.reports
    if data.by != expected:
        return story.decide("ignored", "other_reporter", by=data.by, expected=expected)
    return _heard(story, meant, replace(data.report, deployment=meant.id))


def looked(event: Event, slot: Slot, _facts: None, now: Seconds) -> Decision:
    """We looked at the deployer: what it says counts like a report."""
    data = data_of(event, DeployerLooked)
    story = Story(event, slot, now)
    meant, current = slot.find(data.deployment), _running(slot, data.deployment, data.attempt)
    if current is not None and data.lost is not None:
        end(story, current, Ending("unknown", "deployer_lost", data.lost))
        return story.decide("acted", "deployer_lost", why=data.lost)
    if meant is None or (data.report is None and current is None):
        return story.decide("ignored", "not_running", deployment=data.deployment)
    decision = story.decide("ignored", "nothing_new", deployment=data.deployment)
    if data.report is not None and not _is_known(meant, data.report):
        decision = _heard(story, meant, data.report)
    if story.slot.current is not None and current is not None:
        _look_later(story, current, data.look_after)
    return story.decide(decision.outcome, decision.reason, **decision.values)


def _is_known(deployment: Deployment, report: Report) -> bool:
    """Whether a look shows only what was shown before."""
    shown = (deployment.description, deployment.percent, deployment.log_url)
    seen = (
        report.description or deployment.description,
        deployment.percent if report.percent is None else report.percent,
        report.log_url or deployment.log_url,
    )
    return deployment.state == "running" and report.state in ("accepted", "in_progress") and shown == seen


def _heard(story: Story, meant: Deployment, report: Report) -> Decision:
    old = is_old_news(meant, report)
    if old:
        return story.decide("superseded", old, sequence=report.sequence, known=meant.sequence)
    current = story.slot.current
    if current is not None and current.id == meant.id:
        return _take(story, current, report)
    return _late(story, meant, report)


def _take(story: Story, current: Deployment, report: Report) -> Decision:
    if current.state == "verifying" and report.state != "failed":
        return story.decide("ignored", "being_verified", state=report.state)
    if report.state == "succeeded" and current.order.verify is not None:
        return verification.begin(story, current, report)
    if report.state in ("succeeded", "failed", "cancelled"):
        reason = _ENDED[report.state]
        said = report.description or current.description
        end(story, current, Ending(report.state, reason, said, report.log_url, report.sequence))
        return story.decide("acted", reason, description=said)
    story.record(DeploymentProgressed(deployment=current.id, report=report, at=story.now))
    if current.accepted_at is None:
        overdue = TimerDue(name="timeout", deployment=current.id, attempt=current.order.attempt)
        story.later(overdue, story.now + current.order.timeout)
        _ask_to_stop(story, current)
    story.show(current.id)
    return story.decide("acted", "progressed", state=report.state, percent=report.percent)


def _late(story: Story, ended: Deployment, report: Report) -> Decision:
    """A report after the end corrects what is live and the message, never the outcome."""
    waiting = any(each.id == ended.id for each in story.slot.queue)
    if report.again and not waiting:
        return _started_again(story, ended, report)
    # Newer than its success by its own count: what is live is not what was thought. Others may be late.
    takes_back = ended.state == "succeeded" and report.state == "failed" and report.sequence is not None
    is_settled = ended.state in ("succeeded", report.state) and not takes_back
    if waiting or is_settled or report.state in ("accepted", "in_progress"):
        return story.decide("ignored", "already_ended", state=ended.state)
    return _correct(story, ended, report, "corrected")


def _started_again(story: Story, ended: Deployment, report: Report) -> Decision:
    """Somebody pressed "re-run" at the deployer: nobody asked us, and yet it changes what is live."""
    live = story.slot.live
    is_live = live.known and live.deployment == ended.id
    if report.state in ("accepted", "in_progress") and not live.known:
        return story.decide("ignored", "started_again_elsewhere", state=report.state)
    if report.state == "succeeded" and is_live:
        return story.decide("ignored", "already_live", deployment=ended.id)
    return _correct(story, ended, report, "started_again_elsewhere")


def _correct(story: Story, ended: Deployment, report: Report, reason: str) -> Decision:
    before = story.slot.live
    story.record(DeploymentCorrected(deployment=ended.id, report=report, at=story.now))
    live = story.slot.live
    if live != before and (live.deployment == ended.id or report.state != "succeeded"):
        _correct_on_github(story, ended, report, before.deployment)
    story.show(ended.id)
    return story.decide("acted", reason, state=report.state)


def _correct_on_github(story: Story, ended: Deployment, report: Report, predecessor: str | None) -> None:
    """GitHub's page of the environment says what is live, so it has to hear of it as well."""
    corrected = story.slot.find(ended.id) or ended
    if report.state == "succeeded":
        record_on_github(story, corrected, "success", report.description or "Succeeded after all")
        retire(story, predecessor, ended.id)
    else:
        record_on_github(story, corrected, "failure", report.description or "Failed after all")


def timer(event: Event, slot: Slot, _facts: None, now: Seconds) -> Decision:
    """A deployment may have taken too long, or is to be looked at."""
    data = data_of(event, TimerDue)
    story = Story(event, slot, now)
    current = _running(slot, data.deployment, data.attempt)
    if current is None:
        return story.decide("ignored", "not_running", deployment=data.deployment)
    if data.name == "look":
        asked = LookAtDeployer(order=current.order, deployment_handle=current.handle, asked=event.id)
        story.want(asked, target=f"look:{current.id}", owner=story.key)
        return story.decide("acted", "look", deployment=current.id)
    if current.state == "verifying":
        return story.decide("ignored", "being_verified", deployment=data.deployment)
    if data.name == "start_timeout" and current.accepted_at is not None:
        return story.decide("ignored", "was_accepted", deployment=data.deployment)
    late = now - event.time
    if late > AWAY_SECONDS:  # we were away, or the machine slept: its end may be on its way to us
        story.later(data, now + CATCH_UP_SECONDS)
        return story.decide("deferred", "was_away", late_seconds=round(late))
    end(story, current, Ending("timed_out", data.name))
    return story.decide("acted", data.name, deployment=data.deployment)


def cancelled(event: Event, slot: Slot, _facts: None, now: Seconds) -> Decision:
    """Somebody wants it stopped: at once where it waits, by its deployer where it runs."""
    data = data_of(event, CancellationRequested)
    story = Story(event, slot, now)
    by = data.person.login or data.person.slack
    waiting = next((each for each in slot.queue if each.id == data.deployment), None)
    if waiting is not None and data.rejected:
        said = f"{by}: {data.because}" if data.because else by
        end(story, waiting, Ending("refused", "rejected_by", said))
        return story.decide("acted", "rejected_by", by=by, because=data.because)
    if data.rejected:
        return story.decide("ignored", "started_before", deployment=data.deployment)
    if waiting is not None:
        end(story, waiting, Ending("cancelled", "cancelled_by", by))
        for behind in story.slot.queue:
            story.show(behind.id)
        return story.decide("acted", "cancelled_by", by=by)
    current = slot.current
    if current is None or current.id != data.deployment:
        return story.decide("ignored", "already_ended", deployment=data.deployment)
    if current.state == "verifying":
        return story.decide("ignored", "being_verified", deployment=data.deployment)
    if current.accepted_at is not None:
        _ask_to_stop(story, current)
    story.show(current.id)
    return story.decide("acted", "asked_to_stop", by=by, state=current.state)


def stopped(event: Event, slot: Slot, _facts: None, now: Seconds) -> Decision:
    """What the deployer made of our wish to stop."""
    data = data_of(event, CancellationAnswered)
    story = Story(event, slot, now)
    current = _running(slot, data.deployment, data.attempt)
    if current is None:
        return story.decide("ignored", "not_running", deployment=data.deployment)
    report = _news(current, data.report)
    if report is not None:
        return _take(story, current, report)
    if data.accepted:
        return story.decide("acted", "will_stop", deployment=current.id)
    said = f"it could not be stopped: {data.description or 'the deployer refused'}"
    return _take(story, current, Report(deployment=current.id, state="in_progress", description=said))


def parked(event: Event, slot: Slot | object, _facts: None, now: Seconds) -> Decision:
    """An effect was given up: without its deployer a deployment cannot go on, anything else stays parked."""
    data = data_of(event, EffectParked)
    if not isinstance(slot, Slot):
        return Decision(outcome="acted", reason="recorded", values={"effect": data.effect})
    story = Story(event, slot, now)
    current = slot.current
    if current is None or current.id != data.deployment:  # what was given up may be long over
        return story.decide("ignored", "not_running", effect=data.effect)
    if data.kind == LookAtDeployer.KIND:
        _look_later(story, current, LOOK_AGAIN_SECONDS)
        return story.decide("deferred", "look_failed", error=data.reason)
    if data.kind == CancelDeployer.KIND and current.cancel is not None:
        return _not_asked_to_stop(story, current, data)
    if data.kind != CallDeployer.KIND or current.state != "starting":
        return story.decide("ignored", "not_running", effect=data.effect)
    ending = Ending("unknown" if data.uncertain else "failed", "deployer_unreachable", data.reason)
    end(story, current, ending)
    return story.decide("acted", "deployer_unreachable", error=data.reason)


def _not_asked_to_stop(story: Story, current: Deployment, given_up: EffectParked) -> Decision:
    if given_up.uncertain:
        said = f"it is not known whether it will stop: {given_up.reason}"
    else:
        said = f"it could not be stopped: {given_up.reason}"
        attempt = current.order.attempt
        story.record(CancellationAnswered(deployment=current.id, attempt=attempt, accepted=False))
    return _take(story, current, Report(deployment=current.id, state="in_progress", description=said))


def _news(current: Deployment, report: Report | None) -> Report | None:
    """A report that came with an answer, unless something newer was heard meanwhile."""
    return None if report is None or is_old_news(current, report) else report


def _running(slot: Slot, deployment: str, attempt: int) -> Deployment | None:
    current = slot.current
    is_meant = current is not None and (current.id, current.order.attempt) == (deployment, attempt)
    return current if is_meant else None


def _look_later(story: Story, current: Deployment, after: Seconds | None) -> None:
    if after is not None:
        due = TimerDue(name="look", deployment=current.id, attempt=current.order.attempt)
        story.later(due, story.now + after)


def _ask_to_stop(story: Story, current: Deployment) -> None:
    if current.cancel is not None:
        asked = CancelDeployer(order=current.order, deployment_handle=current.handle, person=current.cancel)
        story.want(asked, owner=story.key)
