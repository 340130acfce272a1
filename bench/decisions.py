"""How long a decision takes: gates for many services, environments and checks, and the grammar on long texts.

Reading is not in it: it is the network's. What is measured is what holds up the event loop.
"""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

from msgspec.structs import replace

from bot.checks import plan
from bot.checks.check import CheckFacts, Subject
from bot.commands import deploy, status
from bot.commands.asked import Asked
from bot.commands.comment import first_command_line
from bot.commands.deploy import Chosen, DeployFacts
from bot.commands.grammar import parse
from bot.commands.ordering import Commit
from bot.commands.status import StatusFacts
from bot.domain.commit_facts import CheckSeen, CommitChecks
from bot.domain.deployment import DriverCall
from bot.domain.policy import EnvironmentPolicy, RepositoryPolicy, Requirements, ServicePolicy
from bot.domain.slot import Slot
from bot.domain.speech import Deploy, Status, Vocabulary
from bot.domain.values import Person, PullRequestPlace, Repository
from bot.gates import TABLE
from bot.gates.checks import ChecksFacts
from bot.gates.gathering import Gathered
from bot.gates.rights import Right
from bot.ports import ChangedFiles, PolicyRead, PullRequest

SERVICES, ENVIRONMENTS, CHECKS = 50, 10, 500
TEXT_CHARS = 64 * 1024
ROUNDS = 30
NOW = 1_800_000_000.0
SHA = "c0ffee" + "1" * 34
SHOP = Repository("acme", "shop", 1, 7)


@dataclass(frozen=True)
class Measured:
    """Milliseconds: what was measured, the median and the worst."""

    name: str
    median: float
    worst: float


def measure() -> list[Measured]:
    """Measure all of it."""
    asked, facts = _asked(), _facts()
    change = facts.change
    files = ChangedFiles(tuple(f"services/s{n}/app.py" for n in range(SERVICES)), truncated=False)
    read = PolicyRead(status="valid", policy=asked.policy, blob="b")
    checked = CheckFacts(current=read, proposed=read, files=files, change=change, gathered=facts.gathered)
    slots = tuple(
        (service.name, environment.name, Slot())
        for environment in asked.policy.environments
        for service in asked.policy.services
    )
    standing = StatusFacts(slots, facts.gathered, change)
    subject = Subject(SHOP, SHA, 1)
    return [
        _timed("/deploy all, 50 services", lambda: deploy.decide(asked, facts, NOW)),
        _timed("plan of a change, 200 gates asked", lambda: plan.CHECK.judge(subject, checked, {}, NOW)),
        _timed("/status, 500 slots", lambda: status.decide(replace(asked, command=Status()), standing, NOW)),
        *_grammar(asked.policy),
    ]


def _grammar(policy: RepositoryPolicy) -> list[Measured]:
    names = Vocabulary(
        services=tuple(each.name for each in policy.services),
        environments=tuple(each.name for each in policy.environments),
    )
    texts = {
        "slashes": "/" * TEXT_CHARS,
        "backquotes": "`" * TEXT_CHARS,
        "quotes": "> " * (TEXT_CHARS // 2),
        "comments": "<!--" * (TEXT_CHARS // 4),
        "words": "deploy " + "x" * 30 + " y" * (TEXT_CHARS // 2),
        "one word": "deploy " + "x" * TEXT_CHARS,
        "parameters": "deploy " + "x=1 " * (TEXT_CHARS // 4),
    }

    def understood(text: str) -> Callable[[], object]:
        return lambda: (first_command_line(text, prefix_only=False), parse(text, names))

    timed = [_timed(f"64 KB of {name}", understood(text)) for name, text in texts.items()]
    return [max(timed, key=lambda each: each.median)]


def _timed(name: str, work: Callable[[], object]) -> Measured:
    work()
    took = []
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        work()
        took.append((time.perf_counter() - begun) * 1000.0)
    return Measured(name, statistics.median(took), max(took))


def _policy() -> RepositoryPolicy:
    services = tuple(
        ServicePolicy(name=f"s{n}", deploy=DriverCall("http"), paths=(f"services/s{n}/**", "libs/**"))
        for n in range(SERVICES)
    )
    environments = tuple(
        EnvironmentPolicy(
            name=f"e{n}",
            deployers=("acme/sre", "ada"),
            requires=Requirements(up_to_date=False),
        )
        for n in range(ENVIRONMENTS)
    )
    return RepositoryPolicy(services=services, environments=environments)


def _asked() -> Asked:
    policy = _policy()
    return Asked(
        event="e-1",
        key="pr:acme/shop#1",
        place=PullRequestPlace(SHOP, 1, 99),
        login="ada",
        person=Person("ada"),
        given_at=NOW,
        button=False,
        repository=SHOP,
        policy=policy,
        configuration="blob",
        command=Deploy(environment="e0", all_services=True),
    )


def _facts() -> DeployFacts:
    change = PullRequest(
        number=1,
        state="open",
        title="A change",
        author="grace",
        head_sha=SHA,
        head_ref="change",
        head_repository="acme/shop",
        base_ref="main",
        merge_sha=None,
        default_branch="main",
    )
    chosen = tuple(Chosen(f"s{n}", "change", Commit(SHA, "change", "head")) for n in range(SERVICES))
    facts = DeployFacts(right=Right(True, "deployers", "write"), change=change, chosen=chosen)
    return replace(facts, gathered=_gathered(facts))


def _gathered(facts: DeployFacts) -> Gathered:
    """What was read for every environment: all checks green, everything else as good as empty."""
    checks = tuple(
        CheckSeen(name=f"check {n}", app="github-actions", state="success", at=NOW) for n in range(CHECKS)
    )
    known: dict[type, object] = {
        ChecksFacts: ChecksFacts(CommitChecks(checks=checks)),
        Right: Right(True, "deployers", "write"),
    }
    asked = _asked()
    found: dict[str, object] = {}
    for environment in asked.policy.environments:
        command = Deploy(environment=environment.name, all_services=True)
        for question in deploy.questions(replace(asked, command=command), facts):
            for gate in TABLE.values():
                if gate.concerns(question):
                    found[gate.key(question)] = known.get(gate.facts) or gate.facts()
    return Gathered(facts=found)
