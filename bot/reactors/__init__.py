"""What each event leads to: the table from event types to reactors.

Every type stands here. One that only changes its key's state has the row `recorded`.
"""

from collections.abc import Mapping
from functools import partial
from typing import Any

from bot.checks.check import CheckFacts
from bot.domain.events import (
    ALL_TYPES,
    CancellationAnswered,
    CancellationRequested,
    ChangeMerged,
    ChangeOpened,
    ChangeUpdated,
    ChecksRequested,
    CommandGiven,
    DeployerAnswered,
    DeployerLooked,
    DeployerReported,
    DeploymentRequested,
    EffectParked,
    Event,
    EventData,
    PromptAnswered,
    RequestMade,
    RequestProgressed,
    TimerDue,
    TurnCame,
)
from bot.domain.slack_events import (
    FormAsked,
    FormMissed,
    FormRepositoryChosen,
    FormSubmitted,
    HomeOpened,
)
from bot.domain.values import Seconds
from bot.ports import Decision, Reactor, Sources
from bot.reactors import automatic, check, command, deployer, form, home, parked, request, slot, turn
from bot.reactors.row import Row


def _recorded(_event: Event, _state: Any, _facts: None, _now: Seconds) -> Decision:
    return Decision(outcome="acted", reason="recorded")


RECORDED = Row(name="recorded", decide=_recorded)


def table(sources: Sources) -> Mapping[str, tuple[Reactor, ...]]:
    """Give the reactors of each event type; `sources` is where they read."""
    checks = Row(name="checks", decide=check.decide, read=_event_only(check.read, sources), facts=CheckFacts)
    shown = Row(
        name="request.progress",
        decide=request.progressed,
        read=_event_only(request.read, sources),
        facts=request.ProgressFacts,
    )
    rows: dict[type[EventData], tuple[Row, ...]] = {
        ChangeOpened: (checks,),
        ChangeUpdated: (checks,),
        ChecksRequested: (checks,),
        ChangeMerged: (
            Row(
                name="automatic",
                decide=automatic.decide,
                read=_event_only(automatic.read, sources),
                facts=automatic.MergeFacts,
            ),
        ),
        CommandGiven: (
            Row(
                name="command",
                decide=command.decide,
                read=partial(command.read, sources),
                give_up=command.give_up,
                facts=command.CommandFacts,
                complete=command.complete,
            ),
        ),
        RequestMade: (Row(name="request.made", decide=request.made),),
        RequestProgressed: (shown,),
        DeploymentRequested: (Row(name="slot.requested", decide=slot.requested),),
        TurnCame: (
            Row(
                name="slot.turn",
                decide=turn.decide,
                read=_state_only(turn.read, sources),
                facts=turn.StartFacts,
            ),
        ),
        DeployerAnswered: (Row(name="slot.answered", decide=deployer.answered),),
        DeployerReported: (Row(name="slot.reported", decide=deployer.reported),),
        DeployerLooked: (Row(name="slot.looked", decide=deployer.looked),),
        CancellationRequested: (Row(name="slot.cancelled", decide=deployer.cancelled),),
        CancellationAnswered: (Row(name="slot.stopped", decide=deployer.stopped),),
        TimerDue: (Row(name="slot.timer", decide=deployer.timer),),
        EffectParked: (Row(name="slot.parked", decide=parked.decide),),
        PromptAnswered: (Row(name="slot.prompt", decide=slot.prompt_answered),),
        **_in_slack(sources),
    }
    return {kind.TYPE: rows.get(kind, (RECORDED,)) for kind in ALL_TYPES}


def _in_slack(sources: Sources) -> dict[type[EventData], tuple[Row, ...]]:
    """Slack's forms and the Home tab."""
    filling = partial(
        Row,
        decide=form.filled,
        read=_event_only(form.read, sources),
        give_up=form.give_up,
        facts=form.FormFacts,
    )
    return {
        FormAsked: (
            Row(name="form.open", decide=form.opened),
            filling(name="form.fill"),
        ),
        FormRepositoryChosen: (filling(name="form.change"),),
        FormSubmitted: (
            Row(
                name="form.submit",
                decide=form.submitted,
                read=_event_only(form.read_submitted, sources),
                facts=form.SubmittedFacts,
            ),
        ),
        FormMissed: (Row(name="form.missed", decide=form.missed),),
        HomeOpened: (
            Row(name="home", decide=home.decide, read=_event_only(home.read, sources), facts=home.HomeFacts),
        ),
    }


def _event_only(read: Any, sources: Sources) -> Any:
    async def reading(event: Event, _state: Any) -> Any:
        return await read(sources, event)

    return reading


def _state_only(read: Any, sources: Sources) -> Any:
    async def reading(_event: Event, state: Any) -> Any:
        return await read(sources, state)

    return reading
