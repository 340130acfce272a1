"""What GitHub itself protects: branches, environments, and the file that configures the bot.

Branch protection and rulesets are two ways to say the same ("About protected branches", "About rulesets"):
both are read. An environment that GitHub does not have protects nothing; one that cannot be read is a fault.
"""

import re
from base64 import b64decode
from typing import Any, TypeVar

from msgspec import Struct

from bot.domain.commit_facts import ConfigurationGuard, EnvironmentProtection, RequiredContext
from bot.domain.values import Repository, Seconds
from bot.github.addresses import many, one, paged, repository_path
from bot.github.answers import Content, read, read_all
from bot.github.caching import Facts
from bot.github.faults import NotThere
from bot.github.refs import Refs
from bot.github.tokens import GitHubApp

T = TypeVar("T")
KEPT_SECONDS: Seconds = 60.0
GUARD_KEPT_SECONDS: Seconds = 3_600.0
RULES_MAX = 500
CONFIGURATION_PATH = ".github/pointsman.yml"
OWNER_FILES = (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS")
"""Where GitHub looks, in this order ("About code owners")."""
OWNER_FILE_BYTES_MAX = 3 * 1024 * 1024


class CheckContext(Struct, frozen=True):
    """A required check, and the App that must report it; GitHub writes -1 for any."""

    context: str
    app_id: int | None = None


class StatusChecks(Struct, frozen=True):
    """What branch protection requires; older servers list `contexts` only."""

    contexts: list[str] = []
    checks: list[CheckContext] = []


class BranchProtection(Struct, frozen=True):
    """Branch protection as a branch's own answer has it."""

    enabled: bool = False
    required_status_checks: StatusChecks | None = None


class BranchShape(Struct, frozen=True):
    """A branch and whether it is protected."""

    protected: bool = False
    protection: BranchProtection | None = None


class RuleCheck(Struct, frozen=True):
    """A check that a ruleset requires."""

    context: str
    integration_id: int | None = None


class RuleParameters(Struct, frozen=True):
    """What a rule says, as far as it is read."""

    required_status_checks: list[RuleCheck] = []
    required_approving_review_count: int = 0


class Rule(Struct, frozen=True):
    """A rule that holds for a branch."""

    type: str
    parameters: RuleParameters | None = None


class Reviewer(Struct, frozen=True):
    """A person or a team that may let a job go on."""

    login: str | None = None
    slug: str | None = None


class ReviewerOf(Struct, frozen=True):
    """A reviewer and what kind it is."""

    type: str
    reviewer: Reviewer


class ProtectionRule(Struct, frozen=True):
    """One of an environment's rules."""

    type: str
    reviewers: list[ReviewerOf] = []
    prevent_self_review: bool = False


class BranchPolicy(Struct, frozen=True):
    """Which branches an environment takes: protected ones, or those of its own list."""

    protected_branches: bool
    custom_branch_policies: bool


class EnvironmentShape(Struct, frozen=True):
    """An environment."""

    name: str
    protection_rules: list[ProtectionRule] = []
    deployment_branch_policy: BranchPolicy | None = None


class PolicyName(Struct, frozen=True):
    """One pattern of an environment's list of branches."""

    name: str


class Protections:
    """Reads what is protected."""

    def __init__(self, app: GitHubApp, refs: Refs) -> None:
        self._app = app
        self._refs = refs
        self._required: Facts[tuple[int, str], tuple[RequiredContext, ...]] = Facts(app.clock, KEPT_SECONDS)
        self._environments: Facts[tuple[int, str], EnvironmentProtection | None] = Facts(
            app.clock, KEPT_SECONDS
        )
        self._guards: Facts[int, ConfigurationGuard] = Facts(app.clock, GUARD_KEPT_SECONDS)

    async def required_contexts(self, repository: Repository, branch: str) -> tuple[RequiredContext, ...]:
        """Read which contexts are required for a branch; at most a minute old."""
        return await self._required.get(
            (repository.id, branch), lambda: self._read_required(repository, branch)
        )

    async def environment(self, repository: Repository, name: str) -> EnvironmentProtection | None:
        """Read an environment's protection; at most a minute old; None = there is no such environment."""
        return await self._environments.get(
            (repository.id, name), lambda: self._read_environment(repository, name)
        )

    async def guard(self, repository: Repository) -> ConfigurationGuard:
        """Read who guards the configuration file; at most an hour old."""
        return await self._guards.get(repository.id, lambda: self._read_guard(repository))

    async def _read_required(self, repository: Repository, branch: str) -> tuple[RequiredContext, ...]:
        found: dict[tuple[str, int | None], RequiredContext] = {}
        shape = await self._branch(repository, branch)
        checks = shape.protection.required_status_checks if shape.protection else None
        if shape.protected and checks is not None:
            named = checks.checks or [CheckContext(each) for each in checks.contexts]
            for each in named:
                found[each.context, _app(each.app_id)] = RequiredContext(each.context, _app(each.app_id))
        for rule in await self._rules(repository, branch):
            for one_check in rule.parameters.required_status_checks if rule.parameters else ():
                app = _app(one_check.integration_id)
                found[one_check.context, app] = RequiredContext(one_check.context, app)
        return tuple(found.values())

    async def _branch(self, repository: Repository, branch: str) -> BranchShape:
        path = f"{repository_path(repository)}/branches/{many(branch)}"
        return read(BranchShape, await self._get(repository, path))

    async def _rules(self, repository: Repository, branch: str) -> list[Rule]:
        """The rules of all rulesets that hold for a branch; servers without rulesets have none."""
        path = paged(f"{repository_path(repository)}/rules/branches/{many(branch)}")
        client = self._app.installation(repository.installation)
        try:
            return read_all(Rule, await client.collect(path, items_max=RULES_MAX))
        except NotThere:
            return []

    async def _read_environment(self, repository: Repository, name: str) -> EnvironmentProtection | None:
        path = f"{repository_path(repository)}/environments/{one(name)}"
        try:
            shape = read(EnvironmentShape, await self._get(repository, path))
        except NotThere:
            return None
        rules = [rule for rule in shape.protection_rules if rule.type == "required_reviewers"]
        policy = shape.deployment_branch_policy
        branches = None
        if policy is not None and policy.custom_branch_policies:
            client = self._app.installation(repository.installation)
            listed = await client.collect(paged(f"{path}/deployment-branch-policies"), key="branch_policies")
            branches = tuple(each.name for each in read_all(PolicyName, listed))
        return EnvironmentProtection(
            reviewers=tuple(
                named for rule in rules for each in rule.reviewers if (named := _name(each, repository.owner))
            ),
            prevent_self_review=any(rule.prevent_self_review for rule in rules),
            protected_only=policy is not None and policy.protected_branches,
            branches=branches,
        )

    async def _read_guard(self, repository: Repository) -> ConfigurationGuard:
        branch = (await self._refs.default_head(repository)).ref
        shape = await self._branch(repository, branch)
        rules = await self._rules(repository, branch)
        by_rule = any(rule.type == "pull_request" for rule in rules)
        owners = await self._code_owners(repository)
        return ConfigurationGuard(
            code_owner=owners is not None and is_owned(owners, CONFIGURATION_PATH),
            protected=shape.protected or by_rule,
        )

    async def _code_owners(self, repository: Repository) -> str | None:
        for path in OWNER_FILES:
            address = f"{repository_path(repository)}/contents/{path}"
            try:
                content = read(Content, await self._get(repository, address))
            except NotThere:
                continue
            if content.type == "file" and content.size <= OWNER_FILE_BYTES_MAX:
                return b64decode(content.content).decode(errors="replace")
        return None

    async def _get(self, repository: Repository, path: str) -> Any:
        return await self._app.installation(repository.installation).getitem(path)


def _app(id: int | None) -> int | None:
    return None if id is None or id < 0 else id


def _name(found: ReviewerOf, owner: str) -> str | None:
    if found.type == "Team" and found.reviewer.slug:
        return f"{owner}/{found.reviewer.slug}"
    return found.reviewer.login


def is_owned(text: str, path: str) -> bool:
    """Whether CODEOWNERS names an owner of a path: the last line whose pattern matches decides.

    A pattern without owners takes the path out ("About code owners: CODEOWNERS syntax").
    """
    owned = False
    for line in text.splitlines():
        words = line.split("#", 1)[0].split()
        if words and _matches(words[0], path):
            owned = len(words) > 1
    return owned


def _matches(pattern: str, path: str) -> bool:
    """Match as `.gitignore` does, as far as CODEOWNERS allows it: no `!`, no ranges."""
    anchored = "/" in pattern.rstrip("/")
    words = pattern.strip("/").split("/")
    expression = "" if anchored else "(?:.*/)?"
    for place, word in enumerate(words):
        is_last = place == len(words) - 1
        if word == "**":
            expression += ".*" if is_last else "(?:.*/)?"
        else:
            expression += _word(word) + ("" if is_last else "/")
    inside = "/.*" if pattern.endswith("/") else "" if words[-1] == "*" and anchored else "(?:/.*)?"
    return re.fullmatch(expression + inside, path) is not None


def _word(word: str) -> str:
    return "".join({"*": "[^/]*", "?": "[^/]"}.get(character, re.escape(character)) for character in word)
