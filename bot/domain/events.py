"""Everything that can happen, as typed events in CloudEvents' terms.

An event is a fact in the past tense, with one key: the state that it changes. Stored events are never
rewritten; a struct that must change gets a new `version` and an upcaster. Nothing here reads a clock.
"""

from typing import Any, Literal, TypeAlias, TypeVar

from msgspec import Struct, field

from bot.domain import event_data
from bot.domain.deployment import Deployment, EndState, Order
from bot.domain.values import Change, Person, Place, Report, Repository, Seconds
from bot.domain.verdict import Verdict

EventData: TypeAlias = event_data.EventData


class Event(Struct, frozen=True, kw_only=True):
    """The envelope: CloudEvents attributes with our extensions; times in epoch seconds.

    `time` is when it happened by the sender's word, `recorded_time` when we stored it, `delivery` the
    stored delivery that it was translated from. `sequence` is its place in the ledger.
    """

    id: str
    source: str
    time: Seconds
    recorded_time: Seconds
    key: str
    correlation: str
    causation: str | None
    data: EventData
    delivery: str | None = None
    traceparent: str | None = None
    sequence: int = 0


class New(Struct, frozen=True, kw_only=True):
    """An event to be recorded: its data, the key that it belongs to, and when it is due (None = now)."""

    key: str
    data: EventData
    due: Seconds | None = None


# --- what GitHub and Slack tell us -------------------------------------------------------------


class ChangeOpened(EventData, frozen=True, kw_only=True):
    """A pull request was opened or reopened."""

    TYPE = "change.opened"
    change: Change


class ChangeUpdated(EventData, frozen=True, kw_only=True):
    """A pull request's head moved from `before` to the change's head."""

    TYPE = "change.updated"
    change: Change
    before: str | None


class ChangeMerged(EventData, frozen=True, kw_only=True):
    """A pull request was merged; `merge_sha` is the commit on the base branch."""

    TYPE = "change.merged"
    change: Change
    merge_sha: str
    merged_by: Person
    default_branch: str


class ChangeClosed(EventData, frozen=True, kw_only=True):
    """A pull request was closed without a merge."""

    TYPE = "change.closed"
    change: Change


class ChecksRequested(EventData, frozen=True, kw_only=True):
    """Somebody asked to run our checks of a commit again (all, or one by name)."""

    TYPE = "checks.requested"
    repository: Repository
    head_sha: str
    name: str | None
    numbers: tuple[int, ...]
    asker: Person


class CommandGiven(EventData, frozen=True, kw_only=True):
    """Somebody gave a command, as one line of text without its slash: `deploy api production`.

    `given_at` is when it was written by the platform's clock. `confirmed` is the deployment or request
    that a button names. `to_us` says that it was addressed to us (`/pointsman …`, a mention, a button),
    so that even a misunderstanding is answered. `dashboard` = it was given on the dashboard.
    """

    TYPE = "command.given"
    text: str
    place: Place
    person: Person
    given_at: Seconds
    to_us: bool
    button: bool = False
    dashboard: bool = False


class DeployerReported(EventData, frozen=True, kw_only=True):
    """A deployer reported on a deployment. `by` is the way it came (see `DriverRule.reports`)."""

    TYPE = "deployer.reported"
    report: Report
    by: str = "callback"


# --- what we decided ------------------------------------------------------------------------------


class CommandAnswered(EventData, frozen=True, kw_only=True):
    """A command was decided. `answer` is `accepted`, `refused`, `answered` or `ignored`."""

    TYPE = "command.answered"
    command: str
    answer: Literal["accepted", "refused", "answered", "ignored"]
    reason: str
    values: dict[str, Any] = field(default_factory=dict)
    request: str | None = None


class RequestMade(EventData, frozen=True, kw_only=True):
    """Somebody's command, or automation, was accepted: one request, one deployment for each service."""

    TYPE = "request.made"
    id: str
    action: Literal["deploy", "rollback"]
    place: Place | None
    asker: Person
    automatic: bool
    repository: Repository
    number: int | None
    title: str | None
    environment: str
    sha: str
    ref: str
    orders: tuple[Order, ...]
    channel: str | None
    because: str | None = None
    thread_of: str | None = None
    requested_at: Seconds = 0.0
    url: str | None = None


class RequestProgressed(EventData, frozen=True, kw_only=True):
    """One deployment of a request changed: its newest picture, and the prompt if there is one."""

    TYPE = "request.progressed"
    deployment: Deployment
    position: int | None = None
    prompt: "Prompt | None" = None
    live: "Live | None" = None


class Live(Struct, frozen=True):
    """What is known to be live in a slot. `sha` None = unknown or nothing."""

    deployment: str | None
    sha: str | None
    known: bool


class Prompt(Struct, frozen=True):
    """A rollback prompt and, once somebody decided, who did and what."""

    deployment: str
    target: str | None
    target_sha: str | None
    evidence: str
    opened_at: Seconds
    answer: Literal["rollback", "retry", "keep"] | None = None
    answered_by: Person | None = None
    answered_at: Seconds | None = None
    led_to: str | None = None
    unchanged: bool = False  # nothing was started: what was live before still is
    auto_at: Seconds | None = None  # when it is rolled back by itself, if nobody decides


class DeploymentRequested(EventData, frozen=True, kw_only=True):
    """A deployment was ordered for a slot."""

    TYPE = "deployment.requested"
    order: Order


class DeploymentQueued(EventData, frozen=True, kw_only=True):
    """It waits its turn: nothing stands in its way, or nobody looked yet (`at` = when gates were asked)."""

    TYPE = "deployment.queued"
    deployment: str
    verdicts: tuple[Verdict, ...] = ()
    at: Seconds | None = None


class DeploymentWaiting(EventData, frozen=True, kw_only=True):
    """Gates stand in its way that may still open; they are asked again at `look_at`, or when news comes."""

    TYPE = "deployment.waiting"
    deployment: str
    verdicts: tuple[Verdict, ...]
    at: Seconds
    look_at: Seconds
    wait_ends: Seconds


class TurnCame(EventData, frozen=True, kw_only=True):
    """The slot is free: whoever is first in line is looked at again, and started or sent away.

    `look` = something changed in the world: whoever waits for gates is looked at too.
    """

    TYPE = "slot.turned"
    look: bool = False


class DeploymentStarted(EventData, frozen=True, kw_only=True):
    """The deployment has the slot and its deployer is being asked."""

    TYPE = "deployment.started"
    deployment: str
    at: Seconds
    previous_sha: str | None


class DeploymentProgressed(EventData, frozen=True, kw_only=True):
    """The deployer accepted, or reported progress."""

    TYPE = "deployment.progressed"
    deployment: str
    report: Report
    at: Seconds


class DeploymentEnded(EventData, frozen=True, kw_only=True):
    """The deployment's outcome. `reason` is the code, `description` the deployer's own words."""

    TYPE = "deployment.ended"
    deployment: str
    state: EndState
    at: Seconds
    reason: str
    description: str | None = None
    log_url: str | None = None
    sequence: int | None = None


class CancellationRequested(EventData, frozen=True, kw_only=True):
    """Somebody wants a deployment stopped that waits or runs; `rejected` = only if it has not started."""

    TYPE = "cancellation.requested"
    deployment: str
    person: Person
    at: Seconds
    rejected: bool = False
    because: str | None = None


class DeploymentCorrected(EventData, frozen=True, kw_only=True):
    """A report after the end: what is live is now known; the outcome stays as it was."""

    TYPE = "deployment.corrected"
    deployment: str
    report: Report
    at: Seconds


class RollbackSuggested(EventData, frozen=True, kw_only=True):
    """A deployment went wrong and people are asked what to do."""

    TYPE = "rollback.suggested"
    prompt: Prompt


class PromptAnswered(EventData, frozen=True, kw_only=True):
    """Somebody answered a rollback prompt (`led_to`: the deployment that follows, if any)."""

    TYPE = "prompt.answered"
    deployment: str
    answer: Literal["rollback", "retry", "keep"]
    person: Person
    at: Seconds
    led_to: str | None = None


# --- what our effects and timers bring back -----------------------------------------------------


class DeployerAnswered(EventData, frozen=True, kw_only=True):
    """The deployer's answer to our request: accepted or refused, and a first report if it gave one.

    `awaits_deployer` says that it does not know of it yet: its first report accepts.
    `handle` and `names` are what it calls the deployment; `look_after` is in how many seconds it is to be
    looked at, for those that may forget to report.
    """

    TYPE = "deployer.answered"
    deployment: str
    attempt: int
    accepted: bool
    description: str | None = None
    report: Report | None = None
    handle: dict[str, Any] = field(default_factory=dict)
    names: tuple[str, ...] = ()
    look_after: Seconds | None = None
    awaits_deployer: bool = False


class DeployerLooked(EventData, frozen=True, kw_only=True):
    """We looked at the deployer. `report` None = nothing is known; `lost` says why nothing ever will be."""

    TYPE = "deployer.looked"
    deployment: str
    attempt: int
    report: Report | None = None
    lost: str | None = None
    look_after: Seconds | None = None


class CancellationAnswered(EventData, frozen=True, kw_only=True):
    """What the deployer made of our wish to stop: `accepted`, or why it goes on."""

    TYPE = "cancellation.answered"
    deployment: str
    attempt: int
    accepted: bool
    description: str | None = None
    report: Report | None = None


class MessagePosted(EventData, frozen=True, kw_only=True):
    """A request's message now stands in Slack; its thread is how people speak of the request there."""

    TYPE = "message.posted"
    channel: str
    ts: str


class EffectParked(EventData, frozen=True, kw_only=True):
    """An effect was given up after its retries; `hint` says what a person can do.

    `deployment` is the one that its deployer was asked about: by then its slot may have another one.
    """

    TYPE = "effect.parked"
    effect: str
    kind: str
    reason: str
    hint: str
    uncertain: bool = False
    deployment: str | None = None


class TimerDue(EventData, frozen=True, kw_only=True):
    """A point in time that a state waited for: a deployment's `start_timeout`, `timeout`, or next `look`."""

    TYPE = "timer.due"
    name: Literal["start_timeout", "timeout", "look"]
    deployment: str
    attempt: int


_Data = TypeVar("_Data", bound=EventData)


def data_of(event: Event, kind: type[_Data]) -> _Data:
    """Give an event's data as the type that a reactor is for. Raises TypeError if the table is wrong."""
    if not isinstance(event.data, kind):
        raise TypeError(f"{event.data.TYPE} is not {kind.TYPE}")
    return event.data
