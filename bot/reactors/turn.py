"""Somebody's turn in a slot: the last look at the world before a deployment starts.

Everything that could have changed since it was asked for is read again: the head of the pull request,
what is live, the rights of who asked, the configuration's gates. What cannot be read is asked again
for a while, then the deployment is refused: unknown is never green.
"""

from typing import Literal

from msgspec import Struct

from bot.commands.rights import Right, right_to_deploy
from bot.domain.deployment import Deployment
from bot.domain.errors import LastingFault, PassingFault
from bot.domain.events import Event, TurnCame
from bot.domain.policy import inactive_gates
from bot.domain.slot import Slot, next_in_line
from bot.domain.values import Seconds
from bot.ports import Decision, Sources
from bot.reactors.slot import Ending, Story, end, start

LOOK_AGAIN_SECONDS = 10.0
UNREADABLE_SECONDS_MAX = 300.0


class StartFacts(Struct, frozen=True, kw_only=True):
    """What was read for the deployment that is first in line."""

    candidate: str | None = None
    unreadable: str | None = None
    configuration: Literal["off", "invalid", "valid"] = "valid"
    gates: tuple[str, ...] = ()
    right: Right | None = None
    head_sha: str | None = None
    change_state: Literal["open", "closed", "merged"] | None = None
    against_live: Literal["ahead", "behind", "identical", "diverged", "unrelated"] | None = None


async def read(sources: Sources, slot: Slot) -> StartFacts:
    """Read what the decision needs. A fault becomes a fact, so that the slot is neither held nor stuck."""
    chosen = next_in_line(slot)
    if chosen is None or slot.current is not None:
        return StartFacts()
    try:
        return await _read(sources, slot, chosen)
    except (PassingFault, LastingFault) as fault:
        return StartFacts(candidate=chosen.id, unreadable=fault.reason)


async def _read(sources: Sources, slot: Slot, chosen: Deployment) -> StartFacts:
    order = chosen.order
    configuration = await sources.github.policy(order.repository, fresh=True)
    environment = configuration.policy.environment(order.environment) if configuration.policy else None
    if configuration.policy is None or environment is None:
        status = configuration.status if configuration.policy is None else "off"
        return StartFacts(candidate=chosen.id, configuration=status)
    right = None
    if order.asker.login is not None and not order.automatic:
        right = await right_to_deploy(
            sources.github, order.repository, order.asker.login, environment, fresh=True
        )
    gates: tuple[str, ...] = ()
    if order.action == "deploy":
        service = configuration.policy.service(order.service)
        gates = inactive_gates(environment, service, (order.service,)).blocking
    change = None
    if order.action == "deploy" and order.pinned == "head" and order.number is not None:
        change = await sources.github.pull_request(order.repository, order.number)
    return StartFacts(
        candidate=chosen.id,
        configuration=configuration.status,
        gates=gates,
        right=right,
        head_sha=change.head_sha if change else None,
        change_state=change.state if change else None,
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
    """Start who is first in line, or send them away with the rule that says so."""
    story = Story(event, slot, now)
    chosen = next_in_line(slot)
    if slot.current is not None or chosen is None:
        return story.decide("ignored", "slot_busy" if slot.current else "nobody_waits")
    if facts.candidate != chosen.id:
        story.later(TurnCame(), now)
        return story.decide("deferred", "another_is_first", first=chosen.id)
    if facts.unreadable is not None and now - chosen.order.requested_at < UNREADABLE_SECONDS_MAX:
        story.later(TurnCame(), now + LOOK_AGAIN_SECONDS)
        return story.decide("deferred", "github_unreadable", error=facts.unreadable)
    verdict = _verdict(chosen, slot, facts)
    if verdict is None:
        start(story, chosen)
        return story.decide("acted", "started", deployment=chosen.id, sha=chosen.order.sha)
    end(story, chosen, verdict)
    if story.slot.queue:
        story.later(TurnCame(), now)
    return story.decide("acted", verdict.reason, deployment=chosen.id, description=verdict.description)


def _verdict(chosen: Deployment, slot: Slot, facts: StartFacts) -> Ending | None:
    """Name what stands in the way, with the values that were compared."""
    if facts.unreadable is not None:
        return Ending("refused", "github_unreadable", facts.unreadable)
    if facts.configuration != "valid":
        is_invalid = facts.configuration == "invalid"
        return Ending("refused", "configuration_invalid" if is_invalid else "configuration_off", None)
    if facts.right is not None and not facts.right.allowed:
        return Ending("refused", "not_allowed", ", ".join(facts.right.deployers) or facts.right.permission)
    if facts.gates:
        return Ending("refused", "gate_not_active", ", ".join(facts.gates))
    return _outdated(chosen, slot, facts)


def _outdated(chosen: Deployment, slot: Slot, facts: StartFacts) -> Ending | None:
    order = chosen.order
    if facts.change_state == "closed":
        return Ending("refused", "change_closed", None)
    if facts.change_state == "open" and facts.head_sha != order.sha:
        return Ending("superseded", "head_moved", facts.head_sha)
    if facts.against_live == "behind":
        return Ending("superseded", "newer_is_live", slot.live.sha)
    if order.automatic and order.sha in slot.bad:
        return Ending("refused", "known_bad", order.sha)
    return None
