"""What the core needs from the outside, as Protocols: ledger, GitHub, chat, drivers, clock.

Adapters in `github/`, `slack/`, `drivers/`, `ledger/` and `runtime/` fulfil them; `app` puts them
together. A port speaks the domain's words: no JSON of a vendor passes through here.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Literal, Protocol

from msgspec import Struct

from bot.domain.effects import CallDeployer, Effect, Wanted
from bot.domain.events import Event, EventData, New
from bot.domain.instance import InstancePolicy
from bot.domain.policy import RepositoryPolicy
from bot.domain.values import Report, Repository, Seconds

OutcomeName = Literal["acted", "ignored", "deferred", "superseded", "failed"]


class Clock(Protocol):
    """Time, so that tests and the simulation own it."""

    def now(self) -> Seconds:
        """Give the time in epoch seconds."""
        ...

    async def sleep(self, seconds: Seconds) -> None:
        """Wait."""
        ...


# --- what comes in ----------------------------------------------------------------------------------


class Incoming(Struct, frozen=True, kw_only=True):
    """A verified request, to be stored before it is acknowledged.

    `id` is the sender's id (X-GitHub-Delivery, Slack's event_id or trigger_id, a webhook-id), unique
    for its `source`. `headers` are only those that translation needs, lower case.
    """

    source: Literal["github", "slack", "deployer"]
    id: str
    event: str
    action: str | None = None
    headers: Mapping[str, str] = {}
    body: bytes
    received_at: Seconds


class Accepted(Struct, frozen=True):
    """What storing found: new, a duplicate (nothing changed), or a repair of one that had failed."""

    state: Literal["new", "duplicate", "revived"]
    conflict: bool = False  # the same id came with another body: kept as it was, and logged


class Translated(Struct, frozen=True, kw_only=True):
    """What a delivery means: events with the ids that the sender's facts give them, or why nothing.

    `natural` ids (a comment's id) make an event count once even when it arrives under another
    delivery id.
    """

    events: tuple["Meant", ...] = ()
    reason: str = ""
    action: str | None = None
    subject: str | None = None


class Meant(Struct, frozen=True, kw_only=True):
    """One event that a delivery means. `natural` None = derive the id from the delivery."""

    key: str
    time: Seconds
    data: EventData
    natural: str | None = None


# --- what a reactor decides ------------------------------------------------------------------------


class Decision(Struct, frozen=True, kw_only=True):
    """What a reactor makes of an event: an outcome with its reason, new events, effects.

    `values` are what was compared, for `why`. `facts` is what was read for it.
    """

    outcome: OutcomeName
    reason: str
    values: Mapping[str, Any] = {}
    events: tuple[New, ...] = ()
    effects: tuple[Wanted, ...] = ()


class Reactor(Protocol):
    """Turns one kind of event into a decision: reads first, then decides purely.

    `facts` is whatever msgspec can store; a dry replay hands the stored ones to `decide`.
    """

    @property
    def name(self) -> str:
        """The name under which its outcomes are recorded; stable."""
        ...

    def read(self, event: Event, state: Any, /) -> Awaitable[Any]:
        """Read the facts through ports. `state` is the key's, with the event already applied."""
        ...

    def decide(self, event: Event, state: Any, facts: Any, now: Seconds, /) -> Decision:
        """Decide, without reading or doing anything."""
        ...

    def give_up(self, event: Event, reason: str, /) -> tuple[Wanted, ...]:
        """What to tell whom when the event is parked; often nothing."""
        ...


class Work(Struct, frozen=True, kw_only=True):
    """One event for one reactor, leased with its key's state."""

    id: int
    event: Event
    reactor: str
    attempts: int
    first_failed_at: Seconds | None
    applied: bool


class Lease(Struct, frozen=True, kw_only=True):
    """A leased key: its state as stored (None = nothing yet), the state's version, and what is due."""

    key: str
    token: str
    state: Any
    version: int
    work: tuple[Work, ...]


class Recorded(Struct, frozen=True, kw_only=True):
    """A decision as it is committed: one transaction, or nothing.

    `own` are the emitted events of the same key, already applied to `state`. `applied` says that
    `state` contains the work's event too: False where applying it failed.
    """

    lease: Lease
    work: Work
    state: Any
    decision: Decision
    facts: Any
    own: tuple[New, ...]
    others: tuple[New, ...]
    reactors: Mapping[str, tuple[str, ...]]
    decided_at: Seconds
    applied: bool = True


class Performed(Struct, frozen=True, kw_only=True):
    """An effect's success: what the target called it, and what follows for its owner."""

    handle: Mapping[str, Any] | None = None
    events: tuple[New, ...] = ()
    note: str = ""


class Performer(Protocol):
    """Performs one kind of effect. Raises PassingFault or LastingFault."""

    async def __call__(self, effect: Effect, /) -> Performed:
        """Perform it; with `effect.uncertain` look for it first."""
        ...


# --- GitHub ---------------------------------------------------------------------------------------


class PolicyRead(Struct, frozen=True, kw_only=True):
    """A repository's configuration as it stands: `off` (no file of its own), `invalid`, or `valid`.

    `blob` is the SHA of its file, the version that decisions record.
    """

    status: Literal["off", "invalid", "valid"]
    policy: RepositoryPolicy | None = None
    blob: str | None = None
    problems: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    read_at: Seconds = 0.0


class PullRequest(Struct, frozen=True, kw_only=True):
    """A pull request, read afresh."""

    number: int
    state: Literal["open", "closed", "merged"]
    title: str
    author: str
    head_sha: str
    head_ref: str
    head_repository: str | None
    base_ref: str
    merge_sha: str | None
    default_branch: str


class ChangedFiles(Struct, frozen=True):
    """The paths that a change touches; `truncated` = GitHub did not list all."""

    paths: tuple[str, ...]
    truncated: bool


class Compared(Struct, frozen=True, kw_only=True):
    """How `head` relates to `base`; `commits` are (sha, first line, author), the newest last."""

    status: Literal["ahead", "behind", "identical", "diverged"]
    ahead_by: int
    commits: tuple[tuple[str, str, str], ...]
    url: str
    files: ChangedFiles


class ResolvedRef(Struct, frozen=True, kw_only=True):
    """A ref that was named, as a commit, and through what it is reachable in this repository.

    `via` None = it is in no branch, tag or own pull request that we could find: refused.
    """

    sha: str
    ref: str
    via: Literal["default_branch", "branch", "tag", "pull_request"] | None


class GitHub(Protocol):
    """What reactors read. Raises PassingFault where GitHub cannot answer, LastingFault where it refuses."""

    async def policy(self, repository: Repository, *, fresh: bool = False) -> PolicyRead:
        """Read the configuration on the default branch, merged; at most 15 s old, or `fresh`."""
        ...

    async def policy_at(self, repository: Repository, sha: str) -> PolicyRead:
        """Read the configuration as a commit would have it (for the check of a change)."""
        ...

    async def pull_request(self, repository: Repository, number: int) -> PullRequest:
        """Read a pull request."""
        ...

    async def changed_files(self, repository: Repository, number: int) -> ChangedFiles:
        """List the files of a pull request."""
        ...

    async def pull_requests_of(self, repository: Repository, sha: str) -> tuple[int, ...]:
        """Find the open pull requests of this repository whose head is `sha`."""
        ...

    async def permission(
        self, repository: Repository, login: str, *, fresh: bool = False
    ) -> Literal["admin", "write", "read", "none"]:
        """Read somebody's permission (maintain counts as write, triage as read); ≤ 60 s old, or `fresh`."""
        ...

    async def in_team(
        self, organisation: str, team: str, login: str, repository: Repository, *, fresh: bool = False
    ) -> bool:
        """Whether somebody is an active member of a team of the owner; at most 60 s old, or `fresh`."""
        ...

    async def head_moved_at(self, repository: Repository, ref: str, since: Seconds) -> Seconds | None:
        """When the branch was last pushed to after `since`, by GitHub's own record; None = it was not."""
        ...

    async def resolve(self, repository: Repository, ref: str) -> ResolvedRef | None:
        """Find the commit that a branch, tag or SHA names; None = there is none."""
        ...

    async def default_head(self, repository: Repository) -> ResolvedRef:
        """Read the default branch's head."""
        ...

    async def compare(self, repository: Repository, base: str, head: str) -> Compared | None:
        """Compare two commits; None = GitHub knows no common history or one of them is gone."""
        ...

    async def repositories(self) -> tuple[Repository, ...]:
        """List the repositories of all installations that are served; at most 60 s old."""
        ...


class Sent(Struct, frozen=True):
    """One attempt of a sender to deliver; `delivery` stays the same over attempts."""

    attempt: int
    delivery: str
    at: Seconds
    arrived: bool


class SentLog(Protocol):
    """What a sender says it sent us. Raises PassingFault, LastingFault."""

    async def sent_since(self, since: Seconds) -> Sequence[Sent]:
        """List the attempts since then, the newest first."""
        ...

    async def send_again(self, attempt: int) -> None:
        """Ask for one more attempt of a delivery."""
        ...


# --- drivers --------------------------------------------------------------------------------------


class DeployerReply(Struct, frozen=True, kw_only=True):
    """What a deployer said to our request."""

    accepted: bool
    description: str | None = None
    report: Report | None = None


class Driver(Protocol):
    """Ships software. One file in `drivers/` for each way."""

    name: str

    async def call(self, call: CallDeployer, effect: Effect) -> DeployerReply:
        """Ask the deployer. Raises PassingFault or LastingFault."""
        ...


# --- the ledger -----------------------------------------------------------------------------------


class DeliveryRow(Struct, frozen=True, kw_only=True):
    """A stored delivery as people see it."""

    id: str
    source: str
    event: str
    action: str | None
    received_at: Seconds
    state: Literal["received", "done", "failed"]
    outcome: str | None
    reason: str | None
    subject: str | None = None


class OutcomeRow(Struct, frozen=True, kw_only=True):
    """What one reactor made of one event."""

    event: str
    reactor: str
    outcome: str
    reason: str
    values: dict[str, Any]
    facts: Any
    decided_at: Seconds


class EffectRow(Struct, frozen=True, kw_only=True):
    """An effect as people see it."""

    key: str
    kind: str
    state: Literal["pending", "leased", "done", "parked"]
    attempts: int
    version: int
    done_version: int
    not_before: Seconds
    reason: str | None
    hint: str | None
    causation: str | None
    correlation: str
    handle: dict[str, Any] | None
    updated_at: Seconds


class Ledger(Protocol):
    """Durable memory. Every writing method is one transaction. Raises StoreUnavailable, LeaseLost."""

    async def accept(self, incoming: Incoming) -> Accepted:
        """Store a delivery; returns after its commit. Many waiting callers share one commit."""
        ...

    async def untranslated(self, limit: int) -> Sequence[Incoming]:
        """Give the oldest deliveries that were not translated yet, in the order of their arrival."""
        ...

    async def record_translations(
        self,
        translations: Sequence[tuple[Incoming, Translated | str]],
        reactors: Mapping[str, tuple[str, ...]],
        now: Seconds,
    ) -> None:
        """Store what deliveries mean, in one transaction.

        A `str` instead of a translation is the reason why it could not be translated: the delivery is
        failed with it. `reactors` maps an event type to the names of its reactors.
        """
        ...

    async def lease(
        self, limit: int, now: Seconds, duration: Seconds, busy: frozenset[str]
    ) -> Sequence[Lease]:
        """Lease up to `limit` keys that have due work and are not leased, the oldest work first."""
        ...

    async def record(self, recorded: Recorded, *, release: bool = False) -> int:
        """Commit a decision; gives the state's version after it.

        Raises LeaseLost if the lease's token or version are no longer those that are stored. With `release`
        the lease is given back in the same transaction. The outcome `failed` parks the work: it stays
        visible and can be retried, and the key goes on.
        """
        ...

    async def release(self, lease: Lease) -> None:
        """Give a lease back."""
        ...

    async def postpone(self, lease: Lease, work: Work, until: Seconds, reason: str, now: Seconds) -> None:
        """Hold the key until then, count an attempt, and release the lease."""
        ...

    async def lease_effects(
        self,
        limit: int,
        now: Seconds,
        duration: Seconds,
        busy_lanes: Mapping[str, int],
        lane_limit: Callable[[str], int],
    ) -> Sequence[Effect]:
        """Lease due effects whose parent has its handle, at most `lane_limit(lane)` a lane."""
        ...

    async def finish_effect(
        self, effect: Effect, performed: Performed, reactors: Mapping[str, tuple[str, ...]], now: Seconds
    ) -> None:
        """Record an effect's success with the events that follow. Raises LeaseLost."""
        ...

    async def retry_effect(
        self, effect: Effect, until: Seconds, reason: str, uncertain: bool, now: Seconds
    ) -> None:
        """Try an effect again later."""
        ...

    async def park_effect(
        self, effect: Effect, reason: str, hint: str, reactors: Mapping[str, tuple[str, ...]], now: Seconds
    ) -> None:
        """Give up on an effect (and on those that wait for it) and tell its owner by EffectParked."""
        ...

    async def next_due(self, now: Seconds) -> Seconds | None:
        """When the next key can be leased or the next effect falls due; None = nothing waits for a time.

        An effect that is due already is not counted: it waits for room in its lane.
        """
        ...

    async def recover(self, now: Seconds) -> int:
        """At the start of the only process: take back every lease; effects under way are uncertain."""
        ...

    async def state(self, key: str) -> Any:
        """Read a key's state (a fact for reactors of other keys); None = nothing yet."""
        ...

    async def states(self, prefix: str) -> Mapping[str, Any]:
        """Read the states whose key begins so."""
        ...

    async def locate(self, alias: str) -> Sequence[str]:
        """Find the keys that an alias leads to (`r-…`, `d-…`, a SHA or its first 7 characters or more)."""
        ...

    async def deliveries(self, limit: int) -> Sequence[DeliveryRow]:
        """List deliveries, the newest first; 0 = all."""
        ...

    async def delivery(self, id: str) -> tuple[DeliveryRow, Incoming] | None:
        """Read one delivery with its body."""
        ...

    async def events(
        self,
        *,
        limit: int = 0,
        key: str | None = None,
        correlation: str | None = None,
        delivery: str | None = None,
    ) -> Sequence[Event]:
        """List events in their order; the newest `limit` of them, 0 = all."""
        ...

    async def event(self, id: str) -> Event | None:
        """Read one event."""
        ...

    async def history(self, key: str) -> Sequence[Event]:
        """List the events that made a key's state, in the order in which they were applied."""
        ...

    async def outcomes(self, event: str) -> Sequence[OutcomeRow]:
        """List what the reactors made of an event."""
        ...

    async def effects(
        self, *, causation: str | None = None, correlation: str | None = None, state: str | None = None
    ) -> Sequence[EffectRow]:
        """List effects."""
        ...

    async def backlog(self) -> Mapping[str, int]:
        """Count what waits: deliveries, work, timers, effects, and what was parked."""
        ...

    async def ping(self) -> None:
        """Whether the ledger can store now; raises StoreUnavailable."""
        ...

    async def close(self) -> None:
        """End threads and connections."""
        ...


class Sources(Struct, frozen=True, kw_only=True):
    """Where reactors, commands and checks read their facts. `web_url` is GitHub's address for people."""

    github: GitHub
    ledger: Ledger
    instance: InstancePolicy
    clock: Clock
    web_url: str = "https://github.com"
    public_url: str = "http://localhost:8080"
    slack: bool = False
