"""Everything that Pointsman reads from GitHub: the `GitHub` port.

What a decision hangs on is read afresh, by ETag, so that an unchanged answer costs no quota; what may be a
little old says how old. A list that GitHub cuts off is marked, never passed off as whole.
"""

from collections.abc import Callable

import structlog

from bot.domain.commit_facts import (
    CommitChecks,
    ConfigurationGuard,
    EnvironmentProtection,
    RequiredContext,
    Reviews,
)
from bot.domain.errors import LastingFault, PassingFault
from bot.domain.values import Repository, Seconds
from bot.github.addresses import PAGE_SIZE, many, paged, repository_path, with_query
from bot.github.answers import (
    Comparison,
    File,
    Installation,
    Pull,
    RepositoryShape,
    paths_of,
    read,
    read_all,
    to_commit,
    to_pull_request,
    to_repository,
)
from bot.github.caching import Facts
from bot.github.client import GitHubClient
from bot.github.commit_facts import CommitFacts
from bot.github.configuration import Configuration
from bot.github.faults import NotThere, Refused
from bot.github.people import People, Permission, Seat
from bot.github.protection import Protections
from bot.github.refs import Refs
from bot.github.tokens import GitHubApp
from bot.ports import ChangedFiles, Compared, PolicyRead, PullRequest, ResolvedRef

FILES_MAX = 3_000  # GitHub: "List pull requests files"
COMPARED_FILES_MAX = 300  # GitHub: "Compare two commits"
FILES_KEPT_SECONDS: Seconds = 3_600.0
FILES_KEPT_MAX = 100
REPOSITORIES_KEPT_SECONDS: Seconds = 60.0
PULLS_SEARCHED_MAX = 300

log = structlog.get_logger(__name__)


class GitHubReading:
    """Fulfils the `GitHub` port. `serves` says whose installations this instance is for."""

    def __init__(self, app: GitHubApp, configuration: Configuration, serves: Callable[[str], bool]) -> None:
        self._app = app
        self._configuration = configuration
        self._serves = serves
        self._people = People(app)
        self._refs = Refs(app)
        self._commits = CommitFacts(app, self._people)
        self._protections = Protections(app, self._refs)
        self._files: Facts[tuple[int, int, str, str], ChangedFiles] = Facts(
            app.clock, FILES_KEPT_SECONDS, FILES_KEPT_MAX
        )
        self._repositories: Facts[str, tuple[Repository, ...]] = Facts(app.clock, REPOSITORIES_KEPT_SECONDS)
        self._last_listed: dict[int, tuple[Repository, ...]] = {}

    async def policy(self, repository: Repository, *, fresh: bool = False) -> PolicyRead:
        """Read the configuration on the default branch, merged; at most 15 s old, or `fresh`."""
        return await self._configuration.policy(repository, fresh=fresh)

    async def policy_at(self, repository: Repository, sha: str) -> PolicyRead:
        """Read the configuration as a commit would have it."""
        return await self._configuration.policy_at(repository, sha)

    async def permission(self, repository: Repository, login: str, *, fresh: bool = False) -> Permission:
        """Read somebody's permission; at most a minute old, or `fresh`."""
        return await self._people.permission(repository, login, fresh=fresh)

    async def in_team(
        self, organisation: str, team: str, login: str, repository: Repository, *, fresh: bool = False
    ) -> bool:
        """Whether somebody is an active member of a team; at most a minute old, or `fresh`."""
        membership = Seat(organisation, team, login)
        return await self._people.in_team(membership, repository, fresh=fresh)

    async def head_moved_at(self, repository: Repository, ref: str, since: Seconds) -> Seconds | None:
        """When the branch was last moved after `since`; None = it was not, as far as GitHub tells."""
        return await self._refs.head_moved_at(repository, ref, since)

    async def resolve(self, repository: Repository, ref: str) -> ResolvedRef | None:
        """Find the commit that a branch, tag or SHA names, and how it is reachable."""
        return await self._refs.resolve(repository, ref)

    async def default_head(self, repository: Repository) -> ResolvedRef:
        """Read the default branch's head."""
        return await self._refs.default_head(repository)

    async def pull_request(self, repository: Repository, number: int) -> PullRequest:
        """Read a pull request. Raises NotThere, which may pass where an event just named it."""
        return to_pull_request(await self._pull(repository, number))

    async def changed_files(self, repository: Repository, number: int) -> ChangedFiles:
        """List the files of a pull request, both names of a renamed one."""
        pull = await self._pull(repository, number)
        key = (repository.id, number, pull.head.sha, pull.base.sha)
        return await self._files.get(key, lambda: self._list_files(repository, pull))

    async def pull_requests_of(self, repository: Repository, sha: str) -> tuple[int, ...]:
        """Find the open pull requests whose head is `sha`.

        GitHub's list by commit leaves out those that come from forks, so the open ones are searched too, the
        most recently changed first.
        """
        client = self._client(repository)
        path = repository_path(repository)
        for listed in (
            paged(f"{path}/commits/{many(sha)}/pulls"),
            paged(f"{path}/pulls", state="open", sort="updated", direction="desc"),
        ):
            try:
                pulls = read_all(Pull, await client.collect(listed, items_max=PULLS_SEARCHED_MAX))
            except Refused as fault:
                if fault.status != 422:  # 422: this repository has no such commit
                    raise
                continue
            found = tuple(pull.number for pull in pulls if pull.state == "open" and pull.head.sha == sha)
            if found:
                return found
        return ()

    async def compare(self, repository: Repository, base: str, head: str) -> Compared | None:
        """Compare two commits; None = no common history, or one of them is gone.

        `commits` has at most a hundred, the newest ones; `ahead_by` counts all.
        """
        path = f"{repository_path(repository)}/compare/{many(base)}...{many(head)}"
        try:
            first = await self._compared(repository, path, 1)
            pages = -(-first.total_commits // PAGE_SIZE)
            newest = first if pages <= 1 else await self._compared(repository, path, pages)
        except NotThere:
            return None
        return Compared(
            status=first.status,
            ahead_by=first.ahead_by,
            commits=tuple(to_commit(commit) for commit in newest.commits),
            url=first.html_url,
            files=ChangedFiles(paths_of(first.files), truncated=len(first.files) >= COMPARED_FILES_MAX),
        )

    async def repositories(self) -> tuple[Repository, ...]:
        """List the repositories of all installations that are served; at most 60 s old."""
        return await self._repositories.get("all", self._list_repositories)

    async def commit_checks(self, repository: Repository, sha: str) -> CommitChecks:
        """Read all check runs and statuses of a commit, the latest attempt of each context."""
        return await self._commits.checks(repository, sha)

    async def required_contexts(self, repository: Repository, branch: str) -> tuple[RequiredContext, ...]:
        """Read which contexts branch protection and rulesets require for a branch."""
        return await self._protections.required_contexts(repository, branch)

    async def reviews(self, repository: Repository, number: int) -> Reviews:
        """Read the newest verdict of each reviewer of a pull request."""
        return await self._commits.reviews(repository, number)

    async def merged_as(self, repository: Repository, sha: str) -> PullRequest | None:
        """Find the pull request that was merged as this commit; None = there is none."""
        return await self._commits.merged_as(repository, sha)

    async def tree(self, repository: Repository, sha: str) -> str:
        """Read the SHA of a commit's tree."""
        return await self._commits.tree(repository, sha)

    async def protection(self, repository: Repository, environment: str) -> EnvironmentProtection | None:
        """Read GitHub's own protection of an environment."""
        return await self._protections.environment(repository, environment)

    async def configuration_guard(self, repository: Repository) -> ConfigurationGuard:
        """Read who guards the configuration file."""
        return await self._protections.guard(repository)

    async def account_id(self, repository: Repository, login: str) -> int | None:
        """Read the numeric id behind a login; None = nobody has that name."""
        return await self._people.account_id(repository, login)

    async def team_id(self, repository: Repository, organisation: str, team: str) -> int | None:
        """Read the numeric id behind a team's slug; None = there is none."""
        return await self._people.team_id(repository, organisation, team)

    def forget_rights(self, owner: str) -> None:
        """Drop what was kept of people's rights: somebody of this owner has others now."""
        self._people.forget()

    def _client(self, repository: Repository) -> GitHubClient:
        return self._app.installation(repository.installation)

    async def _pull(self, repository: Repository, number: int) -> Pull:
        path = f"{repository_path(repository)}/pulls/{number}"
        return read(Pull, await self._client(repository).getitem(path))

    async def _list_files(self, repository: Repository, pull: Pull) -> ChangedFiles:
        path = paged(f"{repository_path(repository)}/pulls/{pull.number}/files")
        files = read_all(File, await self._client(repository).collect(path, items_max=FILES_MAX))
        is_truncated = len(files) >= FILES_MAX or len(files) < pull.changed_files
        return ChangedFiles(paths_of(files), truncated=is_truncated)

    async def _compared(self, repository: Repository, path: str, page: int) -> Comparison:
        query = with_query(path, per_page=PAGE_SIZE, page=page)
        return read(Comparison, await self._client(repository).getitem(query))

    async def _list_repositories(self) -> tuple[Repository, ...]:
        installations = read_all(Installation, await self._app.client.collect(paged("/app/installations")))
        listed: list[Repository] = []
        for each in installations:
            if each.suspended_at is None and each.account is not None and self._serves(each.account.login):
                listed += await self._repositories_of(each.id)
        return tuple(listed)

    async def _repositories_of(self, installation: int) -> tuple[Repository, ...]:
        """One installation that fails must not hide the others: its last list stands, or it has none."""
        path = paged("/installation/repositories")
        try:
            answers = await self._app.installation(installation).collect(path, key="repositories")
        except PassingFault as fault:
            if installation not in self._last_listed:
                raise
            log.warning("github.repositories_not_listed", installation=installation, reason=fault.reason)
            return self._last_listed[installation]
        except LastingFault as fault:
            log.warning("github.repositories_not_listed", installation=installation, reason=fault.reason)
            return ()
        repositories = tuple(
            to_repository(shape, installation) for shape in read_all(RepositoryShape, answers)
        )
        self._last_listed[installation] = repositories
        return repositories
