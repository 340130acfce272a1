"""What each event leads to: the table from event types to reactors.

Every type stands here. One that only changes its key's state has the row `recorded`.
"""

from collections.abc import Mapping
from functools import partial
from typing import Any

from bot.checks.check import CheckFacts
from bot.domain.alert_events import AlertHeard, AlertRaised
from bot.domain.approval_events import ApprovalGiven, ApprovalWithdrawn, RequestRejected
from bot.domain.automation import Automation
from bot.domain.automation_events import (
    AccessChanged,
    CommitReported,
    DeploymentSettled,
    PromotionDue,
    ReleasePublished,
    ScheduleDue,
    TagPushed,
)
from bot.domain.event_types import ALL_TYPES
from bot.domain.events import (
    CancellationAnswered,
    CancellationRequested,
    ChangeClosed,
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
from bot.domain.hold_events import (
    FreezeBegun,
    FreezeEnded,
    HoldDue,
    HolderAsked,
    LockAsked,
    LockReleaseAsked,
)
from bot.domain.holds import Holds
from bot.domain.slack_events import (
    FormAsked,
    FormMissed,
    FormRepositoryChosen,
    FormSubmitted,
    HomeOpened,
)
from bot.domain.values import Seconds
from bot.domain.verification_events import ProbeDue, ProbeTaken, RollbackDue
from bot.domain.who_may import ConfigurationSeen
from bot.ports import Decision, Reactor, Sources
from bot.reactors import (
    alert,
    approval,
    automatic,
    check,
    command,
    deployer,
    form,
    holds,
    home,
    news,
    occasions,
    parked,
    promotion,
    request,
    rights,
    rollback,
    slot,
    turn,
    verification,
)
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
    approved = partial(Row, read=_event_only(approval.read, sources), facts=approval.ApprovalFacts)
    locks = _locks_of_change(sources)
    moved = Row(
        name="news.change",
        decide=news.looked_at,
        read=partial(news.read_of_change, sources),
        facts=news.WaitingFacts,
    )
    rows: dict[type[EventData], tuple[Row, ...]] = {
        ChangeOpened: (checks,),
        ChangeUpdated: (checks, moved),
        ChecksRequested: (checks,),
        ChangeMerged: (
            Row(
                name="automatic",
                decide=automatic.decide,
                read=_event_only(automatic.read, sources),
                facts=automatic.MergeFacts,
            ),
            locks,
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
        ApprovalGiven: (approved(name="request.approved", decide=approval.given),),
        ApprovalWithdrawn: (approved(name="request.withdrawn", decide=approval.withdrawn),),
        RequestRejected: (approved(name="request.rejected", decide=approval.rejected),),
        DeploymentRequested: (Row(name="slot.requested", decide=slot.requested),),
        TurnCame: (
            Row(
                name="slot.turn",
                decide=turn.decide,
                read=partial(turn.read, sources),
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
        **_of_aftermath(sources),
        **_of_holds(locks, moved),
        **_of_automation(sources),
        **_in_slack(sources),
    }
    return {kind.TYPE: rows.get(kind, (RECORDED,)) for kind in ALL_TYPES}


def _of_aftermath(sources: Sources) -> dict[type[EventData], tuple[Row, ...]]:
    """What follows when a deployer is done: verification, alerts, the way back."""
    return {
        ProbeDue: (Row(name="slot.probe", decide=verification.due),),
        ProbeTaken: (Row(name="slot.sample", decide=verification.taken),),
        AlertHeard: (
            Row(
                name="alert.heard",
                decide=alert.heard,
                read=_event_only(alert.read, sources),
                facts=alert.ConcernedFacts,
            ),
        ),
        AlertRaised: (Row(name="slot.alert", decide=alert.raised),),
        RollbackDue: (
            Row(
                name="slot.rollback",
                decide=rollback.due,
                read=_event_only(rollback.read, sources),
                facts=Automation,
            ),
        ),
    }


def _of_automation(sources: Sources) -> dict[type[EventData], tuple[Row, ...]]:
    """What starts by itself, and news for those who wait."""
    occasion = Row(
        name="automatic.occasion",
        decide=occasions.decide,
        read=_event_only(occasions.read, sources),
        facts=occasions.OccasionFacts,
    )
    return {
        ConfigurationSeen: (
            Row(
                name="rights",
                decide=rights.decide,
                read=partial(rights.read, sources),
                facts=rights.RightsFacts,
            ),
        ),
        TagPushed: (occasion,),
        ReleasePublished: (occasion,),
        ScheduleDue: (occasion,),
        DeploymentSettled: (
            Row(
                name="promotion.settled",
                decide=promotion.settled,
                read=_event_only(promotion.read, sources),
                facts=promotion.SettledFacts,
            ),
        ),
        PromotionDue: (
            Row(
                name="promotion.due",
                decide=promotion.due,
                read=_event_only(promotion.read_due, sources),
                facts=promotion.PromotionFacts,
            ),
        ),
        CommitReported: (
            Row(
                name="news.commit",
                decide=news.looked_at,
                read=_event_only(news.read_of_commit, sources),
                facts=news.WaitingFacts,
            ),
        ),
        AccessChanged: (
            Row(
                name="news.access",
                decide=news.access_changed,
                read=_event_only(news.read_of_access, sources),
                facts=news.WaitingFacts,
            ),
        ),
    }


def _of_holds(locks: Row, moved: Row) -> dict[type[EventData], tuple[Row, ...]]:
    """Locks and freezes."""
    return {
        LockAsked: (Row(name="holds.asked", decide=holds.asked),),
        HolderAsked: (Row(name="holds.holder", decide=holds.holder_asked),),
        LockReleaseAsked: (Row(name="holds.release", decide=holds.release_asked),),
        HoldDue: (Row(name="holds.due", decide=holds.due),),
        FreezeBegun: (Row(name="holds.freeze", decide=holds.freeze_begun),),
        FreezeEnded: (Row(name="holds.unfreeze", decide=holds.freeze_ended),),
        ChangeClosed: (locks, moved),
    }


def _locks_of_change(sources: Sources) -> Row:
    return Row(
        name="holds.change",
        decide=holds.change_ended,
        read=_event_only(holds.read_of_change, sources),
        facts=Holds,
    )


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
