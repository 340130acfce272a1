"""One deployment: one service, one environment, one SHA, as a pure state machine.

`apply` is the only way in which a deployment changes. It must never make an ended deployment run
again: a report that comes after the end corrects what is live (see `slot`), not the outcome.
"""

from typing import Any, Literal

from msgspec import Struct
from msgspec.structs import replace

from bot.domain import verification
from bot.domain.alerts import AlertSeen
from bot.domain.values import DeployerState, Person, Report, Repository, Seconds
from bot.domain.verdict import Verdict
from bot.domain.verification import Verification, Watch
from bot.domain.workflow_runs import REPORTED_BY, dispatch_name

Action = Literal["deploy", "rollback"]
Pinned = Literal["head", "merge", "default_branch", "ref", "recorded"]
State = Literal[
    "requested",
    "waiting",
    "queued",
    "starting",
    "running",
    "paused",
    "verifying",
    "succeeded",
    "failed",
    "timed_out",
    "cancelled",
    "refused",
    "superseded",
    "unknown",
]
EndState = Literal["succeeded", "failed", "timed_out", "cancelled", "refused", "superseded", "unknown"]
ENDED: frozenset[State] = frozenset(
    {"succeeded", "failed", "timed_out", "cancelled", "refused", "superseded", "unknown"}
)
# After these something of the new version may be running: people are asked whether to roll back.
WENT_WRONG: frozenset[State] = frozenset({"failed", "timed_out", "unknown"})


class DriverCall(Struct, frozen=True):
    """Which driver ships it and with which settings, pinned when it was requested.

    `reports` is who may report on it (see `DriverRule.reports`), `records` says that the driver makes the
    GitHub Deployment itself.
    """

    driver: str
    settings: dict[str, Any] = {}
    reports: str = "callback"
    records: bool = False


class Order(Struct, frozen=True):
    """Everything that was fixed when a deployment was asked for; nothing of it changes later.

    `target` is the recorded deployment that a rollback returns to; `of` the one that it leaves. `answers`
    says that it is an answer to what went wrong with `of`: it counts while nobody else answered. `prefix`
    stands before a command's word where bare ones do not count (`pointsman `). `pinned` says where the SHA
    came from, since each is looked at differently before the start. `gated` = gates stood in its way when it
    was asked for: it is looked at before its turn too. `emergency` = it passes those gates that yield to one.
    `cause_at` is when the merge, tag or moment came that an automatic one follows. `verify` is what is
    watched after the deployer is done, `rollback_after` how long after it went wrong it is rolled back by
    itself (0 = at once, None = never). `alert_labels` are those that an alert about it has
    (None = `service` and `environment` with their names).
    `start_timeout` and `timeout` are seconds; the latter counts from the deployer's acceptance.
    """

    id: str
    request: str
    action: Action
    repository: Repository
    service: str
    environment: str
    sha: str
    ref: str
    call: DriverCall
    asker: Person
    requested_at: Seconds
    attempt: int = 1
    params: dict[str, Any] = {}
    because: str | None = None
    automatic: bool = False
    number: int | None = None
    target: str | None = None
    of: str | None = None
    answers: bool = False
    on_busy: Literal["queue", "supersede", "reject"] = "queue"
    start_timeout: Seconds = 300.0
    timeout: Seconds = 1800.0
    github_environment: str = ""
    github_deployments: bool = True
    url: str | None = None
    channel: str | None = None
    rollback: Literal["prompt", "auto", "never"] = "prompt"
    pinned: Pinned = "head"
    configuration: str | None = None
    prefix: str = ""
    gated: bool = False
    emergency: bool = False
    cause_at: Seconds | None = None
    verify: Verification | None = None
    rollback_after: Seconds | None = None
    alert_labels: dict[str, str] | None = None

    @property
    def alerted_by(self) -> dict[str, str]:
        """The labels that an alert about it has."""
        if self.alert_labels is not None:
            return self.alert_labels
        return {"service": self.service, "environment": self.environment}


class Deployment(Struct, frozen=True):
    """An order and how far it has come.

    `handle` is what the deployer called it when it took it, for its driver; `names` are those under which its
    reports come (see `known_as` for all). `cancel` is who asked to stop it. `again` is what the deployer said
    last of a run that somebody started once more there, after the end. `verdicts` are what its gates said
    when they were asked last, at `looked_at`; while it waits they are asked again at `look_at`, and no longer
    than until `wait_ends`. `watch` is its verification, `alerts` are those that
    came in since it began.
    """

    order: Order
    state: State = "requested"
    started_at: Seconds | None = None
    accepted_at: Seconds | None = None
    ended_at: Seconds | None = None
    previous_sha: str | None = None
    sequence: int = -1
    percent: float | None = None
    description: str | None = None
    log_url: str | None = None
    reason: str | None = None
    handle: dict[str, Any] = {}
    names: tuple[str, ...] = ()
    cancel: Person | None = None
    again: DeployerState | None = None
    verdicts: tuple[Verdict, ...] = ()
    looked_at: Seconds | None = None
    look_at: Seconds | None = None
    wait_ends: Seconds | None = None
    watch: Watch | None = None
    alerts: tuple[AlertSeen, ...] = ()

    @property
    def id(self) -> str:
        """The deployment's id, `d-…`."""
        return self.order.id

    @property
    def known_as(self) -> tuple[str, ...]:
        """The names under which reports of it come."""
        return (self.id, *foreseen_names(self.order), *self.names)

    @property
    def ended(self) -> bool:
        """Whether its outcome is fixed."""
        return self.state in ENDED


def foreseen_names(order: Order) -> tuple[str, ...]:
    """The names under which reports come before its deployer answered us, or although it never did."""
    return (dispatch_name(order.repository, order.id),) if order.call.reports == REPORTED_BY else ()


def started(deployment: Deployment, at: Seconds, previous_sha: str | None) -> Deployment:
    """The slot was free and the deployer is being asked."""
    return replace(deployment, state="starting", started_at=at, previous_sha=previous_sha)


def ended(deployment: Deployment, state: State, at: Seconds, reason: str | None) -> Deployment:
    """Fix the outcome. An outcome that is already fixed stays."""
    if deployment.ended:
        return deployment
    percent = 100.0 if state == "succeeded" else deployment.percent
    return replace(deployment, state=state, ended_at=at, reason=reason, percent=percent)


def progressed(deployment: Deployment, report: Report, at: Seconds) -> Deployment:
    """Take what the deployer reported while it runs."""
    if deployment.ended or deployment.state == "verifying":
        return deployment
    return replace(
        deployment,
        state="running",
        accepted_at=deployment.accepted_at if deployment.accepted_at is not None else at,
        sequence=report.sequence if report.sequence is not None else deployment.sequence,
        percent=report.percent if report.percent is not None else deployment.percent,
        description=report.description or deployment.description,
        log_url=report.log_url or deployment.log_url,
    )


def verifying(deployment: Deployment, report: Report, at: Seconds) -> Deployment:
    """The deployer is done, and its work is watched."""
    heard = progressed(deployment, report, at)
    verify = heard.order.verify
    if verify is None or heard.ended:
        return heard
    return replace(heard, state="verifying", percent=100.0, watch=verification.begin(verify, at))


def sampled(deployment: Deployment, place: int, good: bool | None, said: str) -> Deployment:
    """Add a sample of a probe."""
    if deployment.watch is None or deployment.ended:
        return deployment
    return replace(deployment, watch=verification.taken(deployment.watch, place, good, said))


def undecided(deployment: Deployment, because: str) -> Deployment:
    """The verification told nothing: it stays so until a person decides."""
    if deployment.watch is None or deployment.ended:
        return deployment
    return replace(deployment, watch=replace(deployment.watch, inconclusive=because))


def taken(deployment: Deployment, handle: dict[str, Any], names: tuple[str, ...]) -> Deployment:
    """Keep what the deployer calls it."""
    return replace(deployment, handle=handle, names=names)


def is_old_news(deployment: Deployment, report: Report) -> str | None:
    """Name why a report decides nothing: another attempt, another step, or a lower sequence."""
    if report.attempt is not None and report.attempt != deployment.order.attempt:
        return "other_attempt"
    if report.step is not None and report.step != 0:
        return "other_step"
    if report.sequence is not None and report.sequence <= deployment.sequence:
        return "old_sequence"
    return None
