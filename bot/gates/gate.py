"""What a gate is: what it reads through ports, and a pure function from that to its verdict.

One file for each gate, one row in the table. A gate is asked the same question wherever it matters: when a
command is given, before the start, for the plan of a change and for `/status`. Must never do anything.
"""

from collections.abc import Awaitable, Callable
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from bot.domain.deployment import Action, Deployment, Pinned
from bot.domain.policy import EnvironmentPolicy, RepositoryPolicy, Requirements, ServicePolicy
from bot.domain.values import Person, Repository, Seconds
from bot.domain.verdict import Verdict, VerdictState
from bot.ports import PullRequest, Sources

NO_REQUIREMENTS = Requirements(checks=())


class Question(Struct, frozen=True, kw_only=True):
    """May this service go to this environment at this commit?

    `asker` None = nobody asked yet (a plan), `request` None = no request was made yet. `change` is the pull
    request that it comes from, read afresh, `since` when it was asked for. `fresh` = whether what was kept
    for a minute must be read again, as before a start.
    """

    repository: Repository
    policy: RepositoryPolicy
    environment: EnvironmentPolicy
    service: str
    sha: str
    ref: str
    pinned: Pinned
    action: Action = "deploy"
    asker: Person | None = None
    automatic: bool = False
    emergency: bool = False
    request: str | None = None
    number: int | None = None
    change: PullRequest | None = None
    since: Seconds = 0.0
    fresh: bool = False

    @property
    def requires(self) -> Requirements:
        """What the environment requires; nothing where it says nothing."""
        return self.environment.requires or NO_REQUIREMENTS

    @property
    def service_policy(self) -> ServicePolicy | None:
        """What the configuration says of the service."""
        return self.policy.service(self.service)

    @property
    def as_it_counts(self) -> "Question":
        """The question with what a recorded decision needs of the configuration: its own service."""
        own = tuple(each for each in self.policy.services if each.name == self.service)
        policy = RepositoryPolicy(services=own, environments=(self.environment,))
        return replace(self, policy=policy)

    @property
    def from_default_branch(self) -> bool:
        """Whether the commit is one of the default branch."""
        return self.pinned in ("default_branch", "merge")


def about(
    deployment: Deployment,
    policy: RepositoryPolicy,
    environment: EnvironmentPolicy,
    change: PullRequest | None,
) -> Question:
    """What the gates are asked before a deployment starts; everything is read afresh for it."""
    order = deployment.order
    return Question(
        repository=order.repository,
        policy=policy,
        environment=environment,
        service=order.service,
        sha=order.sha,
        ref=order.ref,
        pinned=order.pinned,
        action=order.action,
        asker=order.asker,
        automatic=order.automatic,
        emergency=order.emergency,
        request=order.request,
        number=order.number,
        change=change,
        since=order.requested_at,
        fresh=True,
    )


class Gate(Struct, frozen=True, kw_only=True):
    """A gate as the table lists it.

    `applies` says whether it stands in a question's way at all; `key` names what is read, so that questions
    which share it read once; `facts` is the type of what is read. `yields` = `--emergency` passes it.
    `holds_rollbacks` = it is asked about rollbacks too.
    """

    name: str
    summary: str
    applies: Callable[[Question], bool]
    key: Callable[[Question], str]
    read: Callable[[Sources, Question], Awaitable[Any]]
    judge: Callable[[Question, Any, Seconds], Verdict]
    facts: Any
    yields: bool = False
    holds_rollbacks: bool = False

    def concerns(self, question: Question) -> bool:
        """Whether this gate is asked this question."""
        return (question.action == "deploy" or self.holds_rollbacks) and self.applies(question)


def passed(gate: str, reason: str, **values: Any) -> Verdict:
    """Nothing stands in the way here."""
    return _verdict(gate, "passed", reason, values)


def failed(gate: str, reason: str, **values: Any) -> Verdict:
    """No, and waiting will not change that."""
    return _verdict(gate, "failed", reason, values)


def waiting(gate: str, reason: str, **values: Any) -> Verdict:
    """Not yet, or not known."""
    return _verdict(gate, "waiting", reason, values)


def _verdict(gate: str, state: VerdictState, reason: str, values: dict[str, Any]) -> Verdict:
    return Verdict(gate=gate, state=state, reason=reason, values=values)
