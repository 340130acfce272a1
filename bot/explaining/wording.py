"""Every event in one sentence, and in words what a decision's reason and an effect's kind mean.

Sentences are plain text; pages make them inert. What has no words here is named by its code, so that
something new is shown before somebody words it. Must never say more than is recorded.
"""

from collections.abc import Callable, Mapping
from typing import Any

from bot.domain import (
    alert_events,
    approval_events,
    automation_events,
    events,
    hold_events,
    people,
    slack_events,
    verification_events,
    who_may,
)
from bot.domain.alerts import Alert
from bot.domain.deployment import Deployment, Order
from bot.domain.events import EventData
from bot.domain.values import Change, Person, PullRequestPlace, Report
from bot.domain.verdict import waiting_of
from bot.messages.escaping import plain
from bot.messages.states import WORDS
from bot.ports import DeliveryRow

Who = Callable[[Person], str]
SAID_CHARS_MAX = 160
_SHORT_SHA = 7

EFFECTS: Mapping[str, str] = {
    "github.reaction": "reaction on the comment",
    "github.comment": "comment on the pull request",
    "github.check": "check on the pull request",
    "github.deployment": "GitHub Deployment and its status",
    "deployer.call": "asks the deployer",
    "deployer.look": "looks how the deployer stands",
    "deployer.cancel": "asks the deployer to stop",
    "verification.probe": "takes a probe of the verification",
    "slack.message": "Slack message",
    "slack.thread": "reply in the Slack thread",
    "slack.ephemeral": "Slack message that only one person sees",
    "slack.form": "opens the form in Slack",
    "slack.form_filled": "fills in the form in Slack",
    "slack.home": "Home tab in Slack",
}
_KEYS: Mapping[str, str] = {"slack:prompt:": "question in the Slack thread: what shall be done"}
SENDERS: Mapping[str, str] = {
    "github": "GitHub",
    "slack": "Slack",
    "deployer": "The deployer",
    "alerts": "An alert",
    "reconciler": "A comparison with GitHub",
    "pointsman": "Pointsman itself",
}
_SENT: Mapping[str, str] = {
    "comparison": "what we had not heard of:",
    "command": "a command,",
    "block_actions": "a press of the button",
    "app_mention": "a mention",
    "report": "a report",
}
_REPORTS: Mapping[str, str] = {
    "accepted": "accepted, not begun yet",
    "in_progress": "in progress",
    "succeeded": "succeeded",
    "failed": "failed",
    "cancelled": "cancelled",
}
_CHOICES: Mapping[str, str] = {"rollback": "roll back", "retry": "retry", "keep": "keep it as it is"}
_TIMERS: Mapping[str, str] = {
    "start_timeout": "The deployer should have accepted {} by now",
    "timeout": "{} should have ended by now",
    "look": "It is time to look at {}",
}


def sentence(data: EventData, who: Who) -> str:
    """Say in one sentence what happened."""
    write = _SENTENCES.get(type(data))
    if write is not None:
        return write(data, who)
    person = getattr(data, "person", None)
    return f"{who(person)}: {words(data.TYPE)}" if isinstance(person, Person) else words(data.TYPE)


def delivery(row: DeliveryRow) -> str:
    """Say in one sentence what was sent."""
    if row.source == "github":
        what = f"{row.event}, {words(row.action)}" if row.action else row.event
    else:
        what = " ".join(filter(None, (_SENT.get(row.event, words(row.event)), row.action)))
    about = f", about {row.subject}" if row.subject else ""
    return plain(f"{SENDERS.get(row.source, row.source)} sent {what}{about}", SAID_CHARS_MAX)


def effect(kind: str, key: str = "") -> str:
    """Name an effect by its kind, or by what its key says of it."""
    named = (said for beginning, said in _KEYS.items() if key.startswith(beginning))
    return next(named, EFFECTS.get(kind, words(kind)))


def words(code: str) -> str:
    """Write a code as words."""
    return code.replace(".", " ").replace("_", " ")


def deployment_named(order: Order) -> str:
    """Name a deployment by what it ships where."""
    way = "back to" if order.action == "rollback" else "at"
    return f"{order.service} in {order.environment} {way} {order.sha[:_SHORT_SHA]}"


def report(said: Report) -> str:
    """What a deployer says of a deployment."""
    percent = f", {said.percent:.0f} %" if said.percent is not None else ""
    quoted = f": “{plain(said.description, SAID_CHARS_MAX)}”" if said.description else ""
    return f"{_REPORTS.get(said.state, words(said.state))}{percent}{quoted}"


def state(deployment: Deployment) -> str:
    """A deployment's state in words."""
    percent = deployment.percent
    return WORDS.get(deployment.state, words(deployment.state)) + (
        f", {percent:.0f} %" if deployment.state == "running" and percent is not None else ""
    )


def command_line(text: str) -> str:
    """The line of a comment that looks like a command, else its first one."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    slashed = (line for line in lines if line.startswith("/"))
    return plain(next(slashed, lines[0] if lines else ""), SAID_CHARS_MAX)


def _command_given(data: events.CommandGiven, who: Who) -> str:
    name = who(data.person)
    if isinstance(data.place, PullRequestPlace):
        where = f"{data.place.repository.full_name}#{data.place.number}"
        return f"{name} commented “{command_line(data.text)}” on {where}"
    where = f"#{data.place.channel_name}" if data.place.channel_name else data.place.channel
    said = plain(data.text, SAID_CHARS_MAX)
    if data.button:
        return f"{name} pressed a button in {where}: {said}"
    thread = "a thread of " if data.place.thread else ""
    return f"{name} wrote “/{said}” in {thread}{where}"


def _named(change: Change) -> str:
    return f"{change.repository.full_name}#{change.number} “{plain(change.title, 80)}”"


def _changed(verb: str) -> Callable[[Any, Who], str]:
    return lambda data, who: f"{who(Person(login=data.change.author))} {verb} {_named(data.change)}"


def _change_updated(data: events.ChangeUpdated, who: Who) -> str:
    change = data.change
    return f"{change.repository.full_name}#{change.number} moved on to {change.head_sha[:_SHORT_SHA]}"


def _request_made(data: events.RequestMade, who: Who) -> str:
    verb = "roll back" if data.action == "rollback" else "deploy"
    services = ", ".join(order.service for order in data.orders)
    sha = f" at {data.sha[:_SHORT_SHA]}" if data.sha else ""
    return f"Request {data.id}: {verb} {services} in {data.environment}{sha}, for {who(data.asker)}"


def _progressed(data: events.RequestProgressed, who: Who) -> str:
    order = data.deployment.order
    prompt = data.prompt
    if prompt is not None and prompt.answer is not None:
        by = f", by {who(prompt.answered_by)}" if prompt.answered_by is not None else ""
        choice = _CHOICES.get(prompt.answer, prompt.answer)
        asked = f"{order.id} ({deployment_named(order)}: {state(data.deployment)})"
        return f"The question what to do about {asked} is answered: {choice}{by}"
    place = f", place {data.position}" if data.position is not None else ""
    return f"{deployment_named(order)} ({order.id}): {state(data.deployment)}{place}"


def _alert(alert: Alert) -> str:
    over = "is over" if alert.state == "resolved" else "came"
    return f"“{plain(alert.title, SAID_CHARS_MAX)}” of {alert.source} {over}"


def _ended(data: events.DeploymentEnded, who: Who) -> str:
    quoted = f": “{plain(data.description, SAID_CHARS_MAX)}”" if data.description else ""
    return f"{data.deployment} ended: {WORDS.get(data.state, words(data.state))}{quoted}"


def _rollback_suggested(data: events.RollbackSuggested, who: Who) -> str:
    prompt = data.prompt
    way = f"back to {prompt.target_sha[:_SHORT_SHA]}" if prompt.target_sha else "nothing good to go back to"
    return f"People are asked what to do about {prompt.deployment}: {way}, retry, or keep"


def _answered(data: events.DeployerAnswered, who: Who) -> str:
    said = data.description or (data.report.description if data.report else None)
    quoted = f": “{plain(said, SAID_CHARS_MAX)}”" if said else ""
    return f"The deployer {'took' if data.accepted else 'refused'} {data.deployment}{quoted}"


def _looked(data: events.DeployerLooked, who: Who) -> str:
    seen = report(data.report) if data.report else data.lost or "nothing new"
    return f"A look at the deployer of {data.deployment}: {plain(seen, SAID_CHARS_MAX)}"


def _stopped(data: events.CancellationAnswered, who: Who) -> str:
    verb = "will stop" if data.accepted else "will not stop"
    quoted = f": “{plain(data.description, SAID_CHARS_MAX)}”" if data.description else ""
    return f"The deployer {verb} {data.deployment}{quoted}"


def _timer(data: events.TimerDue, who: Who) -> str:
    return _TIMERS.get(data.name, words(data.name) + " of {}").format(data.deployment)


_SENTENCES: dict[type[EventData], Callable[[Any, Who], str]] = {
    events.ChangeOpened: _changed("opened"),
    events.ChangeUpdated: _change_updated,
    events.ChangeMerged: lambda data, who: f"{who(data.merged_by)} merged {_named(data.change)}",
    events.ChangeClosed: lambda data, who: f"{_named(data.change)} was closed without a merge",
    events.ChecksRequested: lambda data, who: (
        f"{who(data.asker)} asked to run the checks of {data.head_sha[:_SHORT_SHA]} again"
    ),
    events.CommandGiven: _command_given,
    events.DeployerReported: lambda data, who: f"The deployer says: {report(data.report)}",
    events.CommandAnswered: lambda data, who: f"The command was {words(data.answer)}",
    events.RequestMade: _request_made,
    events.RequestProgressed: _progressed,
    events.DeploymentRequested: lambda data, who: f"{data.order.id} ordered: {deployment_named(data.order)}",
    events.DeploymentQueued: lambda data, who: f"{data.deployment} took its place in the queue",
    events.DeploymentWaiting: lambda data, who: (
        f"{data.deployment} waits: {', '.join(words(each.reason) for each in waiting_of(data.verdicts))}"
    ),
    approval_events.ApprovalGiven: lambda data, who: f"{who(data.person)} approved {data.request}",
    approval_events.ApprovalWithdrawn: lambda data, who: (
        f"{who(data.person)} took the approval of {data.request} back"
    ),
    approval_events.RequestRejected: lambda data, who: f"{who(data.person)} rejected {data.request}",
    hold_events.LockAsked: lambda data, who: f"{who(data.lock.person)} wants a lock",
    hold_events.LockTaken: lambda data, who: f"{who(data.lock.person)} has the lock {data.lock.id}",
    hold_events.LockWaited: lambda data, who: f"{who(data.waiter.person)} stands in line for a lock",
    hold_events.HolderAsked: lambda data, who: f"{who(data.waiter.person)} asks who holds the lock",
    hold_events.LockReleaseAsked: lambda data, who: f"The lock {data.lock} is to end",
    hold_events.LockReleased: lambda data, who: f"The lock {data.lock} ended: {words(data.ending)}",
    hold_events.LineLeft: lambda data, who: f"{who(data.person)} left the line",
    hold_events.FreezeBegun: lambda data, who: f"{who(data.freeze.person)} froze {data.freeze.environment}",
    hold_events.FreezeEnded: lambda data, who: f"{data.environment} is not frozen any more",
    hold_events.HoldDue: lambda data, who: f"The time of {data.hold} has come: {words(data.name)}",
    automation_events.CommitReported: lambda data, who: (
        f"GitHub has news of {data.sha[:_SHORT_SHA]}: {words(data.what)}"
    ),
    automation_events.AccessChanged: lambda data, who: f"Rights in {data.owner} changed",
    automation_events.DeploymentSettled: lambda data, who: f"{data.order.id} is settled: {words(data.state)}",
    automation_events.PromotionDue: lambda data, who: (
        f"The time has come for {data.order.id} to go on to {data.environment}"
    ),
    automation_events.TagPushed: lambda data, who: (
        f"{who(data.person)} pushed the tag {plain(data.tag, SAID_CHARS_MAX)}"
    ),
    automation_events.ReleasePublished: lambda data, who: (
        f"{who(data.person)} published the release {plain(data.tag, SAID_CHARS_MAX)}"
    ),
    automation_events.ScheduleSeen: lambda data, who: (
        f"The schedule of {data.environment} counts from now on"
    ),
    automation_events.ScheduleDue: lambda data, who: f"The schedule of {data.environment} is due",
    automation_events.AutomationPaused: lambda data, who: (
        f"{plain(data.by, SAID_CHARS_MAX)} paused automation"
    ),
    automation_events.AutomationResumed: lambda data, who: (
        f"{plain(data.by, SAID_CHARS_MAX)} let automation go on"
    ),
    who_may.ConfigurationSeen: lambda data, who: "The configuration was looked at",
    who_may.RightsChanged: lambda data, who: (
        f"Who may is noted: {', '.join(each.key for each in data.changes) or 'nobody else than before'}"
    ),
    who_may.NameAccepted: lambda data, who: (
        f"{plain(data.by, SAID_CHARS_MAX)} accepted the name {plain(data.name, SAID_CHARS_MAX)}"
    ),
    people.PersonLinked: lambda data, who: f"{plain(data.login, SAID_CHARS_MAX)} linked their Slack account",
    events.TurnCame: lambda data, who: "Whoever is next is looked at again, and what they wait for",
    events.DeploymentStarted: lambda data, who: f"{data.deployment} has the slot, its deployer is asked",
    events.DeploymentProgressed: lambda data, who: f"{data.deployment}: {report(data.report)}",
    alert_events.AlertHeard: lambda data, who: f"An alert {_alert(data.alert)}",
    alert_events.AlertRaised: lambda data, who: f"It concerns what runs here: the alert {_alert(data.alert)}",
    alert_events.AlertNoted: lambda data, who: (
        f"Noted with {data.deployment}: the alert {_alert(data.alert)}"
    ),
    verification_events.VerificationBegun: lambda data, who: (
        f"{data.deployment} is deployed, and being verified"
    ),
    verification_events.ProbeDue: lambda data, who: (
        "The time of the verification is over" if data.place is None else "A probe is to be taken"
    ),
    verification_events.ProbeTaken: lambda data, who: (
        f"A probe of {data.deployment}: {plain(data.said, SAID_CHARS_MAX)}"
    ),
    verification_events.VerificationInconclusive: lambda data, who: (
        f"The probes do not tell whether {data.deployment} is good: {plain(data.because, SAID_CHARS_MAX)}"
    ),
    verification_events.RollbackDue: lambda data, who: f"Nobody decided about {data.deployment} so far",
    events.DeploymentEnded: _ended,
    events.CancellationRequested: lambda data, who: f"{who(data.person)} wants {data.deployment} stopped",
    events.DeploymentCorrected: lambda data, who: (
        f"A late report of {data.deployment} corrects what is live: {report(data.report)}"
    ),
    events.RollbackSuggested: _rollback_suggested,
    events.PromptAnswered: lambda data, who: (
        f"{who(data.person)} chose to {_CHOICES.get(data.answer, data.answer)} ({data.deployment})"
    ),
    events.DeployerAnswered: _answered,
    events.DeployerLooked: _looked,
    events.CancellationAnswered: _stopped,
    events.MessagePosted: lambda data, who: "The Slack message stands, its thread is known",
    events.EffectParked: lambda data, who: (
        f"Given up: {effect(data.kind)}. {plain(data.reason, SAID_CHARS_MAX)}"
    ),
    events.TimerDue: _timer,
    slack_events.FormAsked: lambda data, who: f"{who(data.person)} asked for the form of /deploy in Slack",
    slack_events.FormRepositoryChosen: lambda data, who: (
        f"{who(data.person)} chose {plain(data.repository, SAID_CHARS_MAX)} in the form"
    ),
    slack_events.FormSubmitted: lambda data, who: (
        f"{who(data.person)} submitted the form: {plain(data.text, SAID_CHARS_MAX)}"
    ),
    slack_events.FormMissed: lambda data, who: f"The form for {who(data.person)} came too late for Slack",
    slack_events.HomeOpened: lambda data, who: f"{who(data.person)} opened the Home tab in Slack",
}
