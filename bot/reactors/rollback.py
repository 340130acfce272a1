"""The way back: people are asked with what is known, and where the configuration says so, not for ever.

Must never go back to anything but a recorded good deployment, and never twice for one failure.
"""

from msgspec.structs import replace

from bot.domain.automation import AUTOMATION_KEY, Automation
from bot.domain.deployment import Deployment, Order
from bot.domain.events import (
    Event,
    Prompt,
    RollbackSuggested,
    data_of,
)
from bot.domain.identity import derive
from bot.domain.slot import Slot, last_good, newest_attempt
from bot.domain.values import Person, Seconds
from bot.domain.verification_events import RollbackDue
from bot.ports import Decision, Sources
from bot.reactors.story import Story

AUTOMATION = Person(is_bot=True)
"""Who acts where nobody did."""


def suggest(story: Story, failed: Deployment, evidence: str, *, by_itself: bool = True) -> None:
    """Ask people what shall be done, with what is known; where the configuration says so, not for ever.

    `by_itself` False: whatever the configuration says, only people decide.
    """
    live = story.slot.live
    unchanged = live.known and live.deployment != failed.id
    good = None if unchanged else last_good(story.slot, failed.id)
    after = failed.order.rollback_after if good is not None and by_itself else None
    prompt = Prompt(
        deployment=failed.id,
        target=good.id if good else None,
        target_sha=good.order.sha if good else None,
        evidence=evidence,
        opened_at=story.now,
        unchanged=unchanged,
        auto_at=None if after is None else story.now + after,
    )
    story.record(RollbackSuggested(prompt=prompt))
    if prompt.auto_at is not None:
        story.later(RollbackDue(deployment=failed.id, at=prompt.auto_at), prompt.auto_at)


def only_people_decide(story: Story, prompt: Prompt) -> None:
    """Nothing happens by itself any more; the question stays."""
    story.record(RollbackSuggested(prompt=replace(prompt, auto_at=None)))
    story.show(prompt.deployment)


async def read(sources: Sources, _event: Event) -> Automation:
    """Read whether automation is paused."""
    state = await sources.ledger.state(AUTOMATION_KEY)
    return state if isinstance(state, Automation) else Automation()


def due(event: Event, slot: Slot, automation: Automation, now: Seconds) -> Decision:
    """Nobody decided in time, or nobody is to be asked: go back to what was good, as it ran then."""
    data = data_of(event, RollbackDue)
    story = Story(event, slot, now)
    prompt, left = slot.prompt(data.deployment), slot.find(data.deployment)
    newest = newest_attempt(slot)
    if prompt is None or left is None or prompt.answer is not None:
        return story.decide("ignored", "decided_before", deployment=data.deployment)
    if prompt.auto_at is None or data.at not in (None, prompt.auto_at):
        return story.decide("ignored", "only_people_decide", deployment=data.deployment)
    if newest is None or newest.id != left.id or any(each.order.of == left.id for each in slot.queue):
        return story.decide("ignored", "overtaken", newest=newest.id if newest else None)
    if automation.is_paused:
        only_people_decide(story, prompt)
        return story.decide("acted", "automation_paused", by=automation.by, because=automation.because)
    target = slot.find(prompt.target or "")
    if target is None:
        return story.decide("ignored", "target_not_recorded", target=prompt.target)
    order = _way_back(event, left.order, target.order, now)
    story.make(order, left.order)
    return story.decide("acted", "rolled_back_by_itself", deployment=left.id, to=target.id, order=order.id)


def _way_back(event: Event, left: Order, target: Order, now: Seconds) -> Order:
    """What ran then: its commit, parameters and driver, with the rules of what is left."""
    return replace(
        left,
        id=derive("d", event.id, left.service),
        request=derive("r", event.id),
        action="rollback",
        sha=target.sha,
        ref=target.ref,
        call=target.call,
        params=target.params,
        asker=AUTOMATION,
        automatic=True,
        requested_at=now,
        attempt=1,
        because=f"nobody decided about {left.id} in time" if left.rollback_after else f"{left.id} went wrong",
        target=target.id,
        of=left.id,
        answers=True,
        pinned="recorded",
        gated=False,
        emergency=False,
        cause_at=None,
        rollback_after=None,
    )
