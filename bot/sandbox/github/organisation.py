"""What owners and other programs do: members, teams, installations, other Apps' checks, statuses, re-runs.

It must never act for the App itself.
"""

from collections.abc import Sequence
from typing import Any, Literal

from bot.sandbox.github.acts import checks, installations, rights
from bot.sandbox.github.emission import HOOK_ID, queue
from bot.sandbox.github.people import People
from bot.sandbox.github.records import (
    Account,
    BranchRules,
    CheckRun,
    CheckSuite,
    CommitStatus,
    Environment,
    Installation,
    Permission,
    Repository,
    Team,
    iso,
)

CI_APP = "github-actions"


class Organisation(People):
    """The acts of owners and of other programs."""

    def add_organization(self, login: str, owner: str) -> Account:
        """An organisation with its first owner."""
        organization = self.add_account(login, "Organization")
        self.memberships[login.lower()][self.account(owner).login] = "admin"
        return organization

    def add_member(self, organization: str, login: str, role: Literal["member", "admin"] = "member") -> None:
        """Makes somebody a member of an organisation."""
        self.memberships[organization.lower()][self.account(login).login] = role

    def add_team(self, organization: str, slug: str) -> Team:
        """A team without members."""
        owner = self.account(organization)
        team = Team(self.new_id(), owner, slug, slug.capitalize(), self.clock())
        self.teams[organization.lower(), slug.lower()] = team
        return team

    def add_team_member(self, organization: str, slug: str, login: str) -> None:
        """Adds somebody to a team, and to its organisation where they are not yet in it."""
        account = self.account(login)
        self.team(organization, slug).members[account.login] = "member"
        self.memberships[organization.lower()].setdefault(account.login, "member")
        rights.membership(self, "added", self.team(organization, slug), account)

    def remove_team_member(self, organization: str, slug: str, login: str) -> None:
        """Takes somebody out of a team."""
        account, team = self.account(login), self.team(organization, slug)
        if team.members.pop(account.login, None) is not None:
            rights.membership(self, "removed", team, account)

    def set_team_permission(self, repository: str, slug: str, permission: Permission) -> None:
        """What a team may do in a repository of its organisation."""
        self.repository(repository).team_permissions[slug] = permission

    def install(self, owner: str, repositories: list[str] | None, sender: str) -> Installation:
        """Installs the App for some or (None) all repositories of an account."""
        chosen = None if repositories is None else [self.repository(name) for name in repositories]
        return installations.install(self, self.account(owner), chosen, self.account(sender))

    def add_to_installation(self, installation_id: int, repository: str, sender: str) -> None:
        """Gives the App one more repository."""
        installation, where = self.installations[installation_id], self.repository(repository)
        installations.change_repositories(self, installation, [where], [], self.account(sender))

    def remove_from_installation(self, installation_id: int, repository: str, sender: str) -> None:
        """Takes a repository away from the App."""
        installation, where = self.installations[installation_id], self.repository(repository)
        installations.change_repositories(self, installation, [], [where], self.account(sender))

    def suspend_installation(self, installation_id: int, sender: str) -> None:
        """Suspends an installation."""
        installations.suspend(self, self.installations[installation_id], self.account(sender))

    def unsuspend_installation(self, installation_id: int, sender: str) -> None:
        """Ends a suspension."""
        installations.unsuspend(self, self.installations[installation_id], self.account(sender))

    def accept_permissions(self, installation_id: int, sender: str) -> None:
        """An owner accepts what the App asks for by now; until then an installation keeps what it had."""
        installations.accept_permissions(self, self.installations[installation_id], self.account(sender))

    def rerequest_check(self, actor: str, check_run_id: int) -> CheckRun:
        """Presses "Re-run" on a check (needs write access)."""
        where = next(r for r in self.repositories.values() if check_run_id in r.check_runs)
        account, _ = self._allowed(actor, where.full_name, "write", "re-run a check")
        run = where.check_runs[check_run_id]
        checks.rerequest_run(self, where, run, account)
        return run

    def rerequest_suite(self, actor: str, check_suite_id: int) -> CheckSuite:
        """Presses "Re-run all checks" (needs write access)."""
        where = next(r for r in self.repositories.values() if check_suite_id in r.check_suites)
        account, _ = self._allowed(actor, where.full_name, "write", "re-run checks")
        suite = where.check_suites[check_suite_id]
        checks.rerequest_suite(self, where, suite, account)
        return suite

    def post_check_run(self, app_slug: str, repository: str, sha: str, name: str, **fields: Any) -> CheckRun:
        """Another App reports a check; `fields` as in the API (`status`, `conclusion`, `output`, …)."""
        where, app = self.repository(repository), self.check_app(app_slug)
        given = {"name": name, "head_sha": sha, **fields}
        return checks.create_run(self, where, app, given, self.bot_of(app_slug))

    def finish_check_run(self, repository: str, check_run_id: int, conclusion: str) -> CheckRun:
        """Another App completes a check that it had begun."""
        where = self.repository(repository)
        run = where.check_runs[check_run_id]
        return checks.update_run(
            self, where, run, {"conclusion": conclusion}, self.bot_of(run.suite.app.slug)
        )

    def run_ci(
        self, repository: str, sha: str, conclusion: str = "success", name: str = "ci/test"
    ) -> CheckRun:
        """GitHub Actions begins and finishes a check on a commit."""
        run = self.post_check_run(CI_APP, repository, sha, name, status="in_progress")
        return self.finish_check_run(repository, run.id, conclusion)

    def post_status(  # noqa: PLR0913 - reads like the API's own call
        self, actor: str, repository: str, sha: str, context: str, state: str, description: str | None = None
    ) -> CommitStatus:
        """Somebody or some program sets a commit status (needs write access)."""
        account, where = self._allowed(actor, repository, "write", "set a commit status")
        status = CommitStatus(self.new_id(), sha, context, state, description, None, account, self.clock())
        checks.add_status(self, where, status)
        return status

    def protect_branch(self, repository: str, branch: str, rules: BranchRules | None) -> None:
        """Protects a branch, or (None) no longer."""
        where = self.repository(repository)
        if rules is None:
            where.branch_rules.pop(branch, None)
        else:
            where.branch_rules[branch] = rules

    def protect_environment(
        self,
        repository: str,
        name: str,
        reviewers: Sequence[str] = (),
        branches: list[str] | None = None,
        *,
        protected_branches: bool = False,
    ) -> Environment:
        """An environment with protection; `reviewers` are logins and `organisation/team`."""
        where = self.repository(repository)
        found = [self.team(*each.split("/", 1)) if "/" in each else self.account(each) for each in reviewers]
        made = Environment(
            self.new_id(),
            name,
            self.clock(),
            found,
            branches=branches,
            protected_branches=protected_branches,
        )
        where.environments[name] = made
        return made

    def ping(self) -> None:
        """What GitHub sends when the webhook is set up."""
        now = iso(self.clock())
        hook = {
            "type": "App",
            "id": HOOK_ID,
            "name": "web",
            "active": True,
            "events": list(self.app.events),
            "config": {"content_type": "json", "insecure_ssl": "0", "secret": "********"},
            "updated_at": now,
            "created_at": now,
            "app_id": self.app.app_id,
            "deliveries_url": f"{self.api_url}/app/hook/deliveries",
        }
        zen = "Practicality beats purity."
        queue(self, "ping", {"zen": zen, "hook_id": HOOK_ID, "hook": hook}, None)

    def installed(self, installation_id: int) -> list[Repository]:
        """The repositories of an installation."""
        return installations.included(self, self.installations[installation_id])
