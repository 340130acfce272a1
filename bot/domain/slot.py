"""One service in one environment: what is live, what runs, who waits, what was good last.

A slot runs one deployment at a time. `apply` is the only way in which it changes. What is live is
`known` only when a deployer said so: after a failure or a timeout it is not, until a report corrects it.
"""

from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from bot.domain import alerts
from bot.domain import deployment as deployments
from bot.domain.alert_events import AlertNoted
from bot.domain.deployment import Deployment
from bot.domain.events import (
    CancellationAnswered,
    CancellationRequested,
    DeployerAnswered,
    DeploymentCorrected,
    DeploymentEnded,
    DeploymentProgressed,
    DeploymentQueued,
    DeploymentRequested,
    DeploymentStarted,
    DeploymentWaiting,
    EventData,
    Live,
    Prompt,
    PromptAnswered,
    RollbackSuggested,
)
from bot.domain.values import Report, Seconds
from bot.domain.verification_events import ProbeTaken, VerificationBegun, VerificationInconclusive

HISTORY_KEPT = 50
QUEUE_MAX = 50
"""More than that wait for nothing that people still want: what comes then is refused."""
BAD_KEPT = 100
PROMPTS_KEPT = 20
NOTHING_BEGAN = frozenset({"deployer_refused", "deployer_unreachable"})
"""Reasons of a failure before which no deployer began; where that is in doubt, the outcome is unknown."""
VERIFICATION_ENDS = frozenset({"verification_failed", "alert_raised", "rolled_back_from"})
"""Reasons of a failure after the deployer was done: what is live is known, and not good."""
NOTHING_LIVE = Live(deployment=None, sha=None, known=False)


class Slot(Struct, frozen=True):
    """`history` are ended deployments that had been started, the newest last; `bad` are bad SHAs."""

    current: Deployment | None = None
    queue: tuple[Deployment, ...] = ()
    history: tuple[Deployment, ...] = ()
    live: Live = NOTHING_LIVE
    bad: tuple[str, ...] = ()
    prompts: tuple[Prompt, ...] = ()

    def find(self, deployment_id: str) -> Deployment | None:
        """Find a deployment that runs, waits, or is remembered."""
        return next((each for each in self._known if each.id == deployment_id), None)

    def named(self, name: str) -> Deployment | None:
        """Find a deployment by its id, or by a name that its deployer gave it."""
        return next((each for each in self._known if name in each.known_as), None)

    @property
    def _known(self) -> tuple[Deployment, ...]:
        running = (self.current,) if self.current else ()
        return (*running, *self.queue, *self.history)

    def prompt(self, deployment_id: str) -> Prompt | None:
        """Find the rollback prompt of a deployment."""
        return next((each for each in self.prompts if each.deployment == deployment_id), None)

    def position(self, deployment_id: str) -> int | None:
        """Give the place in the queue, from 1; None = not in it."""
        in_line = (each for each in self.queue if each.state != "waiting")
        places = (place for place, each in enumerate(in_line, 1) if each.id == deployment_id)
        return next(places, None)


def next_in_line(slot: Slot) -> Deployment | None:
    """Who is first: a rollback, then first in, first out. Who waits for gates is not in line."""
    in_line = [each for each in slot.queue if each.state != "waiting"]
    rollbacks = [each for each in in_line if each.order.action == "rollback"]
    return next(iter(rollbacks or in_line), None)


def to_be_looked_at(slot: Slot, now: Seconds, news_at: Seconds | None = None) -> Deployment | None:
    """Whose gates are asked next: the first in line of a free slot, whom nobody looked at yet, or who is due.

    `news_at` = when something changed in the world: who was not looked at since then is due.
    """
    first = next_in_line(slot)
    if slot.current is None and first is not None:
        return first
    new = (each for each in slot.queue if each.order.gated and each.looked_at is None)
    due = (each for each in slot.queue if each.state == "waiting" and _is_due(each, now, news_at))
    return next(new, None) or min(due, key=lambda each: each.looked_at or 0.0, default=None)


def _is_due(deployment: Deployment, now: Seconds, news_at: Seconds | None) -> bool:
    looked_at = deployment.looked_at
    if deployment.look_at is None or looked_at is None or now >= deployment.look_at:
        return True
    return news_at is not None and looked_at < news_at


def newest_attempt(slot: Slot) -> Deployment | None:
    """The deployment that was started last, running or ended: what a rollback leaves."""
    return slot.current or (slot.history[-1] if slot.history else None)


def last_good(slot: Slot, leaving: str | None = None) -> Deployment | None:
    """The newest deployment before `leaving` (default: the newest) that succeeded and is not bad.

    Where the one that is left had succeeded, its own SHA is no way back.
    """
    left = slot.find(leaving) if leaving else newest_attempt(slot)
    earlier = slot.history
    if left and any(each.id == left.id for each in slot.history):
        earlier = slot.history[: [each.id for each in slot.history].index(left.id)]
    avoided = set(slot.bad) | ({left.order.sha} if left and left.state == "succeeded" else set())
    good = (each for each in reversed(earlier) if each.state == "succeeded" and each.order.sha not in avoided)
    return next(good, None)


def apply(slot: Slot | None, data: EventData) -> Slot:
    """Give the slot after an event."""
    change = _CHANGES.get(type(data))
    return (slot or Slot()) if change is None else change(slot or Slot(), data)


def _requested(slot: Slot, data: DeploymentRequested) -> Slot:
    return replace(slot, queue=(*slot.queue, Deployment(order=data.order)))


def _queued(slot: Slot, data: DeploymentQueued) -> Slot:
    """Who waited for gates goes to the end of the line; who stands in it keeps the place."""
    chosen = _in_queue(slot, data.deployment)
    if chosen is None:
        return slot
    queued = replace(chosen, state="queued", verdicts=data.verdicts, looked_at=data.at, look_at=None)
    if chosen.state == "waiting":
        return replace(slot, queue=(*(each for each in slot.queue if each.id != chosen.id), queued))
    return _with_queued(slot, queued)


def _waiting(slot: Slot, data: DeploymentWaiting) -> Slot:
    chosen = _in_queue(slot, data.deployment)
    if chosen is None:
        return slot
    waits = replace(
        chosen,
        state="waiting",
        verdicts=data.verdicts,
        looked_at=data.at,
        look_at=data.look_at,
        wait_ends=data.wait_ends,
    )
    return _with_queued(slot, waits)


def _in_queue(slot: Slot, deployment_id: str) -> Deployment | None:
    return next((each for each in slot.queue if each.id == deployment_id), None)


def _with_queued(slot: Slot, newest: Deployment) -> Slot:
    return replace(slot, queue=tuple(newest if each.id == newest.id else each for each in slot.queue))


def _progressed(slot: Slot, data: DeploymentProgressed) -> Slot:
    if not _is_current(slot, data.deployment):
        return slot
    return replace(slot, current=deployments.progressed(_current(slot), data.report, data.at))


def _taken(slot: Slot, data: DeployerAnswered) -> Slot:
    """An answer that came after the end counts too: reports that correct it come under these names."""

    def noted(each: Deployment) -> Deployment:
        is_meant = (each.id, each.order.attempt) == (data.deployment, data.attempt)
        return deployments.taken(each, data.handle, data.names) if is_meant else each

    current = None if slot.current is None else noted(slot.current)
    return replace(slot, current=current, history=tuple(map(noted, slot.history)))


def _to_be_stopped(slot: Slot, data: CancellationRequested) -> Slot:
    if data.rejected or not _is_current(slot, data.deployment):
        return slot
    return replace(slot, current=replace(_current(slot), cancel=data.person))


def _not_stopped(slot: Slot, data: CancellationAnswered) -> Slot:
    """A deployer that goes on is not to be stopped any more: nobody waits for it to stop."""
    if data.accepted or not _is_current(slot, data.deployment):
        return slot
    return replace(slot, current=replace(_current(slot), cancel=None))


def _suggested(slot: Slot, data: RollbackSuggested) -> Slot:
    """A deployment has one prompt: what is said of it newly takes the place of what was."""
    others = tuple(each for each in slot.prompts if each.deployment != data.prompt.deployment)
    return replace(slot, prompts=(*others, data.prompt)[-PROMPTS_KEPT:])


def _current(slot: Slot) -> Deployment:
    if slot.current is None:
        raise ValueError("the slot runs nothing")
    return slot.current


def _is_current(slot: Slot, deployment_id: str) -> bool:
    return slot.current is not None and slot.current.id == deployment_id


def _started(slot: Slot, data: DeploymentStarted) -> Slot:
    chosen = next((each for each in slot.queue if each.id == data.deployment), None)
    if chosen is None:
        raise ValueError(f"{data.deployment} does not wait in this slot")
    left = slot.find(chosen.order.of) if chosen.order.of else None
    bad = slot.bad
    if chosen.order.action == "rollback" and left and left.order.sha != chosen.order.sha:
        bad = (*slot.bad, left.order.sha)[-BAD_KEPT:]
    return replace(
        slot,
        current=deployments.started(chosen, data.at, data.previous_sha),
        queue=tuple(each for each in slot.queue if each.id != data.deployment),
        bad=bad,
    )


def _ended(slot: Slot, data: DeploymentEnded) -> Slot:
    if not _is_current(slot, data.deployment):
        return replace(slot, queue=tuple(each for each in slot.queue if each.id != data.deployment))
    current = _current(slot)
    final = deployments.ended(current, data.state, data.at, data.reason)
    final = replace(
        final,
        description=data.description or final.description,
        log_url=data.log_url or final.log_url,
        sequence=final.sequence if data.sequence is None else data.sequence,
    )
    live = slot.live if _nothing_began(data) else replace(slot.live, known=False)
    if data.state == "succeeded" or data.reason in VERIFICATION_ENDS:
        live = Live(deployment=final.id, sha=final.order.sha, known=True)
    bad = slot.bad
    if data.reason in VERIFICATION_ENDS and final.order.sha not in bad:
        bad = (*bad, final.order.sha)[-BAD_KEPT:]
    return replace(slot, current=None, history=(*slot.history, final)[-HISTORY_KEPT:], live=live, bad=bad)


def _nothing_began(data: DeploymentEnded) -> bool:
    """Whether the deployer certainly never took it: then what was live before still is."""
    withdrawn = data.state == "cancelled" and data.reason == "cancelled_by"
    return withdrawn or (data.state == "failed" and data.reason in NOTHING_BEGAN)


def _corrected(slot: Slot, data: DeploymentCorrected) -> Slot:
    """Whoever started it once more at the deployer changes what is live, also with an old deployment.

    One that was given up and succeeds after a later one may have been done before or after that: nobody can
    tell what is live.
    """
    late, newest, report = slot.find(data.deployment), newest_attempt(slot), data.report
    if late is None or newest is None:
        return slot
    slot = _heard_late(slot, late, report)
    if slot.current is not None:
        return slot
    is_overtaken = newest.id != late.id and not report.again
    if is_overtaken and report.state != "succeeded":
        return slot
    if report.state == "succeeded" and not is_overtaken:
        return replace(slot, live=Live(deployment=late.id, sha=late.order.sha, known=True))
    return replace(slot, live=replace(slot.live, known=False))


def _heard_late(slot: Slot, late: Deployment, report: Report) -> Slot:
    heard = replace(
        late,
        sequence=late.sequence if report.sequence is None else report.sequence,
        again=report.state if report.again else late.again,
    )
    return replace(slot, history=tuple(heard if each.id == late.id else each for each in slot.history))


def _verification_begun(slot: Slot, data: VerificationBegun) -> Slot:
    if not _is_current(slot, data.deployment):
        return slot
    current = deployments.verifying(_current(slot), data.report, data.at)
    return replace(slot, current=current, live=Live(deployment=current.id, sha=current.order.sha, known=True))


def _sampled(slot: Slot, data: ProbeTaken) -> Slot:
    if not _is_current(slot, data.deployment) or _current(slot).watch is None:
        return slot
    current = _current(slot)
    return replace(slot, current=deployments.sampled(current, data.place, data.good, data.said))


def _undecided(slot: Slot, data: VerificationInconclusive) -> Slot:
    if not _is_current(slot, data.deployment):
        return slot
    return replace(slot, current=deployments.undecided(_current(slot), data.because))


def _alert_noted(slot: Slot, data: AlertNoted) -> Slot:
    def with_it(each: Deployment) -> Deployment:
        if each.id != data.deployment:
            return each
        return replace(each, alerts=alerts.noted(each.alerts, data.alert, data.at))

    current = None if slot.current is None else with_it(slot.current)
    return replace(slot, current=current, history=tuple(map(with_it, slot.history)))


def _answered(slot: Slot, data: PromptAnswered) -> Slot:
    prompts = (
        replace(each, answer=data.answer, answered_by=data.person, answered_at=data.at, led_to=data.led_to)
        if each.deployment == data.deployment and each.answer is None
        else each
        for each in slot.prompts
    )
    return replace(slot, prompts=tuple(prompts))


_CHANGES: Mapping[type[EventData], Callable[[Slot, Any], Slot]] = {
    DeploymentRequested: _requested,
    DeploymentQueued: _queued,
    DeploymentWaiting: _waiting,
    DeploymentStarted: _started,
    DeployerAnswered: _taken,
    DeploymentProgressed: _progressed,
    CancellationRequested: _to_be_stopped,
    CancellationAnswered: _not_stopped,
    DeploymentEnded: _ended,
    DeploymentCorrected: _corrected,
    RollbackSuggested: _suggested,
    PromptAnswered: _answered,
    VerificationBegun: _verification_begun,
    ProbeTaken: _sampled,
    VerificationInconclusive: _undecided,
    AlertNoted: _alert_noted,
}
