"""Commands as somebody whom we know gave them, and a GitHub and a ledger that know what a test says."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from bot.commands.asked import Asked
from bot.domain.commit_facts import (
    CommitChecks,
    ConfigurationGuard,
    EnvironmentProtection,
    RequiredContext,
    Reviews,
)
from bot.domain.errors import LastingFault, PassingFault
from bot.domain.instance import InstancePolicy
from bot.domain.policy import RepositoryPolicy
from bot.domain.speech import Help, Parsed
from bot.domain.values import PullRequestPlace, Repository, Seconds, SlackPlace
from bot.gates.rights import Permission, Right
from bot.ports import (
    ChangedFiles,
    Compared,
    Decision,
    GitHub,
    Ledger,
    PolicyRead,
    PullRequest,
    ResolvedRef,
    Sources,
)
from tests.unit.doors import StoppedClock
from tests.unit.reactors.stories import ADA, AT, NEW, POLICY, PULL, SHOP

ON_PULL = PullRequestPlace(SHOP, 12, 99)
IN_SLACK = SlackPlace("T0", "C0DEPLOYS", "deploys")
YES = Right(True, "write_access", "write")
NO = Right(False, "deployers", "write", ("acme/sre",))
API_FILES = ChangedFiles(("api/app.py",), False)
MAIN = ResolvedRef(sha="d" * 40, ref="main", via="default_branch")


def asked(command: Parsed | None = None, **changes: Any) -> Asked:
    made = Asked(
        event="e-1",
        key=PULL,
        place=ON_PULL,
        login="ada",
        person=ADA,
        given_at=AT,
        button=False,
        repository=SHOP,
        policy=POLICY,
        configuration="blob",
        command=command or Help(),
    )
    return replace(made, **changes)


def pull_request(**changes: Any) -> PullRequest:
    made = PullRequest(
        number=12,
        state="open",
        title="Faster checkout",
        author="ada",
        head_sha=NEW,
        head_ref="feature/x",
        head_repository="acme/shop",
        base_ref="main",
        merge_sha=None,
        default_branch="main",
    )
    return replace(made, **changes)


@dataclass
class KnownGitHub:
    """What GitHub would say; `asked_for` is what was asked."""

    served: tuple[Repository, ...] = (SHOP,)
    policies: dict[str, RepositoryPolicy] = field(default_factory=lambda: {"acme/shop": POLICY})
    permissions: dict[str, Permission] = field(default_factory=lambda: {"ada": "write"})
    teams: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    change: PullRequest = field(default_factory=pull_request)
    files: ChangedFiles = API_FILES
    refs: dict[str, ResolvedRef] = field(default_factory=dict)
    moved_at: Seconds | None = None
    compared: Compared | None = None
    fault: Exception | None = None
    unreadable: frozenset[str] = frozenset()
    broken: frozenset[str] = frozenset()
    checks: CommitChecks = field(default_factory=CommitChecks)
    required: tuple[RequiredContext, ...] = ()
    reviewed: Reviews = field(default_factory=Reviews)
    merged: PullRequest | None = None
    trees: Mapping[str, str] = field(default_factory=dict)
    protected: EnvironmentProtection | None = None
    guard: ConfigurationGuard = field(default_factory=lambda: ConfigurationGuard(True, True))
    accounts: Mapping[str, int] = field(default_factory=dict)
    forgotten: list[str] = field(default_factory=list)
    asked_for: list[str] = field(default_factory=list)

    def _asked(self, what: str) -> None:
        self.asked_for.append(what)
        if self.fault is not None:
            raise self.fault
        if what in self.broken:
            raise PassingFault("down")

    async def policy(self, repository: Repository, *, fresh: bool = False) -> PolicyRead:
        self._asked("policy, fresh" if fresh else "policy")
        if repository.full_name in self.unreadable:
            raise LastingFault("not installed")
        policy = self.policies.get(repository.full_name)
        return PolicyRead(status="valid" if policy else "off", policy=policy, blob="blob")

    async def policy_at(self, repository: Repository, sha: str) -> PolicyRead:
        self._asked(f"policy at {sha}")
        return PolicyRead(status="valid", policy=POLICY, blob="proposed")

    async def pull_request(self, repository: Repository, number: int) -> PullRequest:
        self._asked("pull request")
        return self.change

    async def changed_files(self, repository: Repository, number: int) -> ChangedFiles:
        self._asked("files")
        return self.files

    async def pull_requests_of(self, repository: Repository, sha: str) -> tuple[int, ...]:
        self._asked("pull requests of a commit")
        return (12,) if sha == self.change.head_sha else ()

    async def permission(self, repository: Repository, login: str, *, fresh: bool = False) -> Permission:
        self._asked("permission, fresh" if fresh else "permission")
        return self.permissions.get(login, "none")

    async def in_team(
        self, organisation: str, team: str, login: str, repository: Repository, *, fresh: bool = False
    ) -> bool:
        self._asked(f"team {organisation}/{team}")
        return login in self.teams.get(f"{organisation}/{team}", ())

    async def head_moved_at(self, repository: Repository, ref: str, since: Seconds) -> Seconds | None:
        self._asked("activity")
        return self.moved_at

    async def resolve(self, repository: Repository, ref: str) -> ResolvedRef | None:
        self._asked(f"ref {ref}")
        return self.refs.get(ref)

    async def default_head(self, repository: Repository) -> ResolvedRef:
        self._asked("default branch")
        return MAIN

    async def compare(self, repository: Repository, base: str, head: str) -> Compared | None:
        self._asked(f"compare {base[:7]} {head[:7]}")
        return self.compared

    async def repositories(self) -> tuple[Repository, ...]:
        self._asked("repositories")
        return self.served

    async def commit_checks(self, repository: Repository, sha: str) -> CommitChecks:
        self._asked(f"checks of {sha[:7]}")
        return self.checks

    async def required_contexts(self, repository: Repository, branch: str) -> tuple[RequiredContext, ...]:
        self._asked(f"required contexts of {branch}")
        return self.required

    async def reviews(self, repository: Repository, number: int) -> Reviews:
        self._asked(f"reviews of #{number}")
        return self.reviewed

    async def merged_as(self, repository: Repository, sha: str) -> PullRequest | None:
        self._asked(f"merged as {sha[:7]}")
        return self.merged

    async def tree(self, repository: Repository, sha: str) -> str:
        self._asked(f"tree of {sha[:7]}")
        return self.trees.get(sha, f"tree of {sha}")

    async def protection(self, repository: Repository, environment: str) -> EnvironmentProtection | None:
        self._asked(f"protection of {environment}")
        return self.protected

    async def configuration_guard(self, repository: Repository) -> ConfigurationGuard:
        self._asked("configuration guard")
        return self.guard

    async def account_id(self, repository: Repository, login: str) -> int | None:
        self._asked(f"account {login}")
        return self.accounts.get(login)

    async def team_id(self, repository: Repository, organisation: str, team: str) -> int | None:
        self._asked(f"team id {organisation}/{team}")
        return self.accounts.get(f"{organisation}/{team}")

    def forget_rights(self, owner: str) -> None:
        self.forgotten.append(owner)


@dataclass
class KnownLedger:
    """The states that a ledger would hold, and what its aliases lead to."""

    known: dict[str, Struct] = field(default_factory=dict)
    aliases: dict[str, tuple[str, ...]] = field(default_factory=dict)

    async def state(self, key: str) -> Any:
        return self.known.get(key)

    async def states(self, prefix: str) -> Mapping[str, Any]:
        return {key: state for key, state in self.known.items() if key.startswith(prefix)}

    async def locate(self, alias: str) -> tuple[str, ...]:
        return self.aliases.get(alias, ())


def sources(
    github: KnownGitHub | None = None,
    ledger: KnownLedger | None = None,
    people: dict[str, str] | None = None,
) -> Sources:
    port: GitHub = github or KnownGitHub()
    memory: Ledger = ledger or KnownLedger()  # type: ignore[assignment]  # only what commands read
    return Sources(
        github=port,
        ledger=memory,
        instance=InstancePolicy(people=people or {}),
        clock=StoppedClock(AT),
        web_url="https://github.example",
    )


def reason_and_values(decision: Decision) -> tuple[str, dict[str, Any]]:
    return decision.reason, dict(decision.values)
