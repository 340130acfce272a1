"""Alerts: which deployments one concerns, and what follows for each.

While a deployment is verified with `alerts: true`, an alert is a failed probe. Later it has people asked
whether to go back, once for each deployment, however many alerts come. Who only has a bearer token can have
people asked, never have something done. Must never hold a deployment responsible for what began before it.
"""

from msgspec import Struct
from msgspec.structs import replace

from bot.domain import alerts
from bot.domain.addresses import names_repository
from bot.domain.alert_events import AlertHeard, AlertNoted, AlertRaised
from bot.domain.alerts import Alert
from bot.domain.deployment import Deployment
from bot.domain.events import Event, New, data_of
from bot.domain.slot import Slot, last_good
from bot.domain.values import Seconds
from bot.ports import Decision, Sources
from bot.reactors import rollback, verification
from bot.reactors.story import Story

ASKED_WITHIN: Seconds = 86_400.0
"""An alert so long after a deployment has nobody asked whether to go back from it."""
SLOTS = "slot:"


class ConcernedFacts(Struct, frozen=True):
    """The slots that an alert concerns, and whether they are all of one repository."""

    keys: tuple[str, ...] = ()
    alone: bool = True


async def read(sources: Sources, event: Event) -> ConcernedFacts:
    """Compare its labels with those of what runs, in the repositories that its sender is bound to."""
    alert = data_of(event, AlertHeard).alert
    source = sources.instance.alerts.get(alert.source)
    if source is None:
        return ConcernedFacts()
    found, repositories = [], set()
    for key, slot in (await sources.ledger.states(SLOTS)).items():
        newest = _newest(slot)
        if newest is None:
            continue
        name = newest.order.repository.full_name
        is_bound = any(names_repository(pattern, name) for pattern in source.repositories)
        if is_bound and alerts.concerns(alert, newest.order.alerted_by, name):
            found.append(key)
            repositories.add(name)
    return ConcernedFacts(tuple(sorted(found)), len(repositories) <= 1)


def heard(event: Event, _state: None, facts: ConcernedFacts, now: Seconds) -> Decision:
    """Hand it to the slots that it concerns."""
    alert = data_of(event, AlertHeard).alert
    if not facts.keys:
        return Decision(outcome="ignored", reason="alert_concerns_nothing", values={"labels": alert.labels})
    raised = AlertRaised(alert=alert, at=now, alone=facts.alone)
    news = tuple(New(key=key, data=raised) for key in facts.keys)
    return Decision(outcome="acted", reason="alert_handed_on", values={"slots": len(news)}, events=news)


def raised(event: Event, slot: Slot, _facts: None, now: Seconds) -> Decision:
    """Say what an alert means for what runs here."""
    data = data_of(event, AlertRaised)
    alert, story = data.alert, Story(event, slot, now)
    if alert.state == "resolved":
        return _over(story, data)
    meant = _newest(slot)
    if meant is None:
        return story.decide("ignored", "nothing_live")
    began = alert.began_at if alert.began_at is not None else data.at
    if meant.started_at is not None and began < meant.started_at:
        return story.decide("ignored", "alert_was_before", deployment=meant.id, began_at=began)
    may_act = alert.may_act and data.alone
    story.record(AlertNoted(deployment=meant.id, alert=replace(alert, may_act=may_act), at=data.at))
    story.show(meant.id)
    if meant.state == "verifying":
        return _while_verified(story, meant)
    if meant.state != "succeeded":
        return story.decide("acted", "alert_noted", deployment=meant.id)
    return _later(story, meant, alert, may_act=may_act)


def _newest(slot: Slot) -> Deployment | None:
    """What the deployer works at or worked at last; what went wrong has been asked about already."""
    if slot.current is not None:
        return slot.current
    return slot.find(slot.live.deployment) if slot.live.deployment and slot.live.known else None


def _over(story: Story, data: AlertRaised) -> Decision:
    """An alert that ends by itself is noted with every deployment that it was noted with."""
    slot, name = story.slot, (data.alert.source, data.alert.id)
    known = [each for each in (slot.current, *slot.history) if each is not None]
    meant = [each for each in known if name in {(one.source, one.id) for one in alerts.firing(each.alerts)}]
    for each in meant:
        story.record(AlertNoted(deployment=each.id, alert=data.alert, at=data.at))
        _have_people_decide(story, each.id)
        story.show(each.id)
    return story.decide(
        "acted" if meant else "ignored", "alert_over", deployments=[each.id for each in meant]
    )


def _have_people_decide(story: Story, deployment_id: str) -> None:
    """Once all alerts are over, nothing is rolled back without a person."""
    prompt, noted = story.slot.prompt(deployment_id), story.slot.find(deployment_id)
    if prompt is None or prompt.answer is not None or prompt.auto_at is None or noted is None:
        return
    if noted.state == "succeeded" and not alerts.firing(noted.alerts):
        rollback.only_people_decide(story, prompt)


def _while_verified(story: Story, meant: Deployment) -> Decision:
    verify, watch = meant.order.verify, meant.watch
    if verify is None or not verify.alerts or watch is None or watch.inconclusive is not None:
        return story.decide("acted", "alert_noted", deployment=meant.id)
    current = story.slot.current or meant
    return verification.alerted(story, current, alerts.firing(current.alerts))


def _later(story: Story, meant: Deployment, alert: Alert, *, may_act: bool) -> Decision:
    """Ask once for each deployment, and only where there is something to go back to."""
    if meant.order.rollback == "never":
        return story.decide("acted", "alert_noted", deployment=meant.id)
    if meant.ended_at is not None and story.now - meant.ended_at > ASKED_WITHIN:
        return story.decide("acted", "deployed_long_ago", deployment=meant.id, ended_at=meant.ended_at)
    by_itself = may_act and meant.order.rollback_after is not None
    prompt = story.slot.prompt(meant.id)
    if prompt is not None and (prompt.answer is not None or prompt.auto_at is not None or not by_itself):
        return story.decide("acted", "alert_noted", deployment=meant.id)
    if last_good(story.slot, meant.id) is None:
        return story.decide("acted", "nothing_to_go_back_to", deployment=meant.id)
    rollback.suggest(story, story.slot.find(meant.id) or meant, alert.title, by_itself=may_act)
    story.show(meant.id)
    return story.decide("acted", "asked_because_of_alert", deployment=meant.id, alert=alert.title)
