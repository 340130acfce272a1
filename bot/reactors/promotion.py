"""What follows a deployment's outcome: who waited for it is looked at, and a success goes on by itself.

`auto: {promote: …}` waits first; when its time has come it looks whether something newer succeeded meanwhile.
"""

from msgspec import Struct

from bot.commands.ordering import Commit
from bot.domain.automation_events import DeploymentSettled, PromotionDue
from bot.domain.deployment import Order
from bot.domain.errors import LastingFault, PassingFault
from bot.domain.events import Event, New, TurnCame, data_of
from bot.domain.policy import EnvironmentPolicy, RepositoryPolicy
from bot.domain.request import Request
from bot.domain.slot import Slot
from bot.domain.state import request_key, slot_key
from bot.domain.values import Seconds
from bot.ports import Decision, PolicyRead, Sources
from bot.reactors.automation import Cause, is_paused, request_events

READ_AGAIN_SECONDS: Seconds = 60.0
UNREADABLE_SECONDS_MAX: Seconds = 6 * 3600.0


class SettledFacts(Struct, frozen=True, kw_only=True):
    """The slots in which somebody waits who may go on now, and where a success goes on to, after how long.

    `unreadable` says why that could not be read.
    """

    waiting: tuple[str, ...] = ()
    promotions: dict[str, int] = {}
    unreadable: str | None = None


async def read(sources: Sources, event: Event) -> SettledFacts:
    """Find who waits for this deployment. A fault becomes a fact: it is read again, and holds nobody."""
    try:
        return await _read(sources, data_of(event, DeploymentSettled))
    except (PassingFault, LastingFault) as fault:
        return SettledFacts(unreadable=fault.reason)


async def _read(sources: Sources, data: DeploymentSettled) -> SettledFacts:
    order = data.order
    configuration = await sources.github.policy(order.repository)
    policy = configuration.policy
    followers = _followers(policy, order) if policy and data.state == "succeeded" else []
    keys = [_slot_of(order, each.name) for each in followers]
    request = await sources.ledger.state(request_key(order.request))
    if isinstance(request, Request):
        keys += [slot_key(part.deployment.order) for part in request.parts if not part.deployment.ended]
    waiting = [key for key in dict.fromkeys(keys) if _has_waiting(await sources.ledger.state(key))]
    promotions = {
        each.name: each.auto.promote_after or 0
        for each in followers
        if each.auto.on == "promote" and order.action == "deploy"
    }
    return SettledFacts(waiting=tuple(waiting), promotions=promotions)


def _followers(policy: RepositoryPolicy, order: Order) -> list[EnvironmentPolicy]:
    """The environments that come after this one; without `after`, a promotion follows the one before it."""
    names = [each.name for each in policy.environments]
    found = []
    for place, each in enumerate(policy.environments):
        before = each.after or ((names[place - 1],) if place > 0 and each.auto.on == "promote" else ())
        if order.environment in before:
            found.append(each)
    return found


def _slot_of(order: Order, environment: str) -> str:
    return f"slot:{order.repository.full_name}/{order.service}/{environment}"


def _has_waiting(state: object) -> bool:
    return isinstance(state, Slot) and any(each.state == "waiting" for each in state.queue)


def settled(event: Event, _state: object, facts: SettledFacts, now: Seconds) -> Decision:
    """Have the waiting looked at, and set the time of each promotion."""
    data = data_of(event, DeploymentSettled)
    if facts.unreadable is not None:
        return _read_again(event, data, facts.unreadable, now)
    looks = tuple(New(key=key, data=TurnCame(look=True)) for key in facts.waiting)
    due = tuple(
        New(key=event.key, data=PromotionDue(order=data.order, environment=name), due=now + after)
        for name, after in facts.promotions.items()
    )
    if not looks and not due:
        return Decision(outcome="ignored", reason="nobody_follows")
    values = {"waiting": list(facts.waiting), "promotions": facts.promotions}
    return Decision(outcome="acted", reason="followers_told", values=values, events=(*looks, *due))


def _read_again(event: Event, data: DeploymentSettled, reason: str, now: Seconds) -> Decision:
    """Look once more in a while; whoever waits is looked at by their own timers all the same."""
    if now - data.at > UNREADABLE_SECONDS_MAX:
        return Decision(outcome="ignored", reason="github_unreadable", values={"error": reason})
    again = New(key=event.key, data=data, due=now + READ_AGAIN_SECONDS)
    return Decision(outcome="deferred", reason="github_unreadable", values={"error": reason}, events=(again,))


class PromotionFacts(Struct, frozen=True, kw_only=True):
    """What is so when the time of a promotion has come."""

    configuration: PolicyRead
    live: str | None = None
    is_bad: bool = False
    is_there: bool = False
    paused: bool = False


async def read_due(sources: Sources, event: Event) -> PromotionFacts:
    """Read what is live before and behind, and whether automation goes on."""
    data = data_of(event, PromotionDue)
    configuration = await sources.github.policy(data.order.repository, fresh=True)
    before = await sources.ledger.state(slot_key(data.order))
    behind = await sources.ledger.state(_slot_of(data.order, data.environment))
    sha = data.order.sha
    live = before.live.sha if isinstance(before, Slot) and before.live.known else None
    bad = [each for slot in (before, behind) if isinstance(slot, Slot) for each in slot.bad]
    return PromotionFacts(
        configuration=configuration,
        live=live,
        is_bad=sha in bad,
        is_there=isinstance(behind, Slot) and behind.live.known and behind.live.sha == sha,
        paused=await is_paused(sources.ledger),
    )


def due(event: Event, _state: object, facts: PromotionFacts, now: Seconds) -> Decision:
    """Ask for the same commit in the next environment, if it is still what is live before it."""
    data = data_of(event, PromotionDue)
    order = data.order
    policy = facts.configuration.policy
    environment = policy.environment(data.environment) if policy else None
    reason = _not_promoted(order, environment, facts)
    if reason is not None or environment is None:
        return Decision(outcome="ignored", reason=reason or "configuration_off", values={"commit": order.sha})
    cause = Cause(
        event=event.id,
        at=event.time,
        key=event.key,
        repository=order.repository,
        person=order.asker,
        reason="auto_promote",
        because=f"it succeeded in {order.environment} ({order.id})",
    )
    commits = {order.service: Commit(order.sha, order.ref, order.pinned)}
    events = request_events(cause, facts.configuration, environment, commits, now)
    values = {"environment": environment.name, "commit": order.sha}
    return Decision(outcome="acted", reason="requested", values=values, events=events)


def _not_promoted(order: Order, environment: EnvironmentPolicy | None, facts: PromotionFacts) -> str | None:
    if environment is None or environment.auto.on != "promote":
        return "nothing_automatic"
    if facts.paused:
        return "automation_paused"
    if facts.is_bad:
        return "known_bad"
    if facts.live != order.sha:
        return "newer_succeeded"
    return "already_live" if facts.is_there else None
