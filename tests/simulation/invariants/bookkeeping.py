"""What must hold of the bot's own books: deliveries, events, outcomes, states, effects, leases."""

from collections.abc import Iterator
from functools import reduce

from bot.domain.effects import FillForm, OpenForm, ShowHome, TellPerson
from bot.domain.events import DeploymentProgressed, Event, TimerDue, TurnCame
from bot.domain.state import apply
from tests.simulation.aftermath import Aftermath
from tests.simulation.memory_ledger import rows

MAY_BE_GIVEN_UP = frozenset({OpenForm.KIND, FillForm.KIND, ShowHome.KIND, TellPerson.KIND})
"""What only one person sees, for a moment: the table in docs/reliability.md says what remains of it."""


def everything_settles(after: Aftermath) -> Iterator[str]:
    """After the faults have ended, nothing waits for ever."""
    if after.settled:
        return
    yield from (
        f"{what}: {row}"
        for what, statement in (
            (
                "untranslated",
                "SELECT id, event FROM deliveries WHERE state = 'received' AND translated_at IS NULL",
            ),
            ("work", "SELECT key, event, reactor, state, due, attempts, last_reason FROM work"),
            ("effect", "SELECT key, state, waiting, not_before, reason FROM effects WHERE state != 'done'"),
            ("queue", "SELECT key, visible_at, token FROM queues"),
        )
        for row in rows(after.database, statement)[:3]
    )
    for key, slot in after.slots.items():
        if slot.current or slot.queue:
            yield f"{key} has {slot.current and slot.current.id} and {[each.id for each in slot.queue]}"
    stored = {row.id for row in after.deliveries}
    for entry in after.stage.github.deliveries.entries.values():
        if entry.webhook.guid not in stored:
            yield f"not stored: {entry.webhook.event} {entry.webhook.guid} {entry.status}"
    yield "it was not quiet after all that time"


def nothing_that_was_acknowledged_is_lost(after: Aftermath) -> Iterator[str]:
    """P1: a 2xx means stored."""
    stored = {row.id for row in after.deliveries}
    for entry in after.stage.github.deliveries.entries.values():
        if entry.status == "OK" and entry.webhook.guid not in stored:
            yield f"{entry.webhook.event} {entry.webhook.guid} was acknowledged and is not stored"
    for sent in after.stage.slack.space.outbox.sent:
        sent_id = after.slack_id(sent)
        if sent.state == "done" and sent_id is not None and sent_id not in stored:
            yield f"Slack's {sent.kind} {sent.number} ({sent_id}) was acknowledged and is not stored"


def everything_that_github_sent_arrives(after: Aftermath) -> Iterator[str]:
    """P2: what did not arrive was asked for again, three times at most."""
    stored = {row.id for row in after.deliveries}
    for entry in after.stage.github.deliveries.entries.values():
        guid = entry.webhook.guid
        if guid not in stored and guid not in after.never_came:
            yield f"{entry.webhook.event} {guid} never arrived, and nobody says so"


def every_delivery_has_its_outcome(after: Aftermath) -> Iterator[str]:
    """P13: what each delivery meant is said."""
    given_up = {
        event.delivery
        for event in after.events
        for outcome in after.outcomes[event.id]
        if outcome.outcome == "failed" and after.is_excused(event, outcome)
    }
    for row in after.deliveries:
        if row.state == "failed" and row.reason == "gave_up" and row.id in given_up:
            continue
        if row.state != "done" or row.outcome is None:
            yield f"{row.source} {row.event} {row.id} is {row.state} ({row.outcome}, {row.reason})"


def every_event_has_one_outcome_of_each_reactor(after: Aftermath) -> Iterator[str]:
    """P13: every reactor that subscribed said what it made of it."""
    waiting = {id for (id,) in rows(after.database, "SELECT event FROM work WHERE timer")}
    for event in after.events:
        if event.id in waiting:
            continue
        expected = sorted(after.reactors[event.data.TYPE])
        found = sorted(outcome.reactor for outcome in after.outcomes[event.id])
        if found != expected and not (found == [] and _is_own(after, event)):
            yield f"{event.data.TYPE} {event.id} of {event.key}: {found}, not {expected}"


def _is_own(after: Aftermath, event: Event) -> bool:
    """Whether a decision recorded it as a part of itself, in its own key: then nobody decides about it."""
    if event.causation is None or isinstance(event.data, TurnCame | TimerDue):
        return False
    cause = next(each for each in after.events if each.id == event.causation)
    decided = {outcome.decided_at for outcome in after.outcomes[cause.id]}
    return cause.key == event.key and event.recorded_time in decided


def no_decision_was_given_up(after: Aftermath) -> Iterator[str]:
    """P9, P10: nothing is parked of which nobody outside is the cause."""
    for event in after.events:
        for outcome in after.outcomes[event.id]:
            if outcome.outcome == "failed" and not after.is_excused(event, outcome):
                why = f"{outcome.reason} {outcome.values}"
                yield f"{outcome.reactor} gave up {event.data.TYPE} of {event.key}: {why}"


def no_effect_was_given_up(after: Aftermath) -> Iterator[str]:
    """P9: all that people are to see in the end is done, since its target is well in the end."""
    for effect in after.effects:
        if effect.state == "done" or (effect.state == "parked" and effect.kind in MAY_BE_GIVEN_UP):
            continue
        if effect.state == "parked" and after.was_told(effect):
            continue
        how = f"{effect.state} after {effect.attempts} attempts"
        yield f"{effect.kind} {effect.key} is {how}: {effect.reason}"


def the_state_follows_from_the_events(after: Aftermath) -> Iterator[str]:
    """P12: state is only what `apply` makes of the events."""
    for key, stored in after.states.items():
        try:
            state = reduce(lambda state, event: apply(key, state, event.data), after.histories[key], None)
        except ValueError as error:
            yield f"{key}: its events do not follow from each other: {error}"
            continue
        if state != stored:
            yield f"{key}: stored {stored}, made of its events {state}"


def old_news_decides_nothing(after: Aftermath) -> Iterator[str]:
    """P7: what a deployer said earlier does not count after what it said later."""
    for key, history in after.histories.items():
        newest: dict[str, int] = {}
        for event in history:
            data = event.data
            if not isinstance(data, DeploymentProgressed) or data.report.sequence is None:
                continue
            before = newest.get(data.deployment, -1)
            newest[data.deployment] = data.report.sequence
            if data.report.sequence < before:
                yield f"{key}: {data.deployment} went back from {before} to {data.report.sequence}"


def nobody_holds_a_lease_for_ever(after: Aftermath) -> Iterator[str]:
    """P5: what a dead bot held is free."""
    for key, token in rows(after.database, "SELECT key, token FROM queues WHERE token IS NOT NULL"):
        yield f"{key} is leased by {token}"


def nobody_is_asked_too_early_or_in_a_wrong_way(after: Aftermath) -> Iterator[str]:
    """Others' rules are kept: limits, pauses, shapes, endpoints."""
    yield from after.manners.broken
    for where, world in (("GitHub", after.stage.github), ("Slack", after.stage.slack)):
        yield from (f"{where}: {each}" for each in (*world.violations, *world.unknown_requests))
    yield from (f"the deployer: {each}" for each in after.stage.deployer.violations)


ALL = (
    everything_settles,
    nothing_that_was_acknowledged_is_lost,
    everything_that_github_sent_arrives,
    every_delivery_has_its_outcome,
    every_event_has_one_outcome_of_each_reactor,
    no_decision_was_given_up,
    no_effect_was_given_up,
    the_state_follows_from_the_events,
    old_news_decides_nothing,
    nobody_holds_a_lease_for_ever,
    nobody_is_asked_too_early_or_in_a_wrong_way,
)
