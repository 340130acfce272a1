"""What people do on GitHub, as a person would: open, push, comment, review, merge, re-run, invite.

Each act checks what GitHub would let this person do (NotAllowed otherwise), changes the state and queues the
webhooks.
It must never do what only an App may do: that goes through the API.
"""

from collections.abc import Mapping
from typing import Literal

from bot.sandbox.github import access
from bot.sandbox.github.acts import branches, comments, pulls, releases, rights
from bot.sandbox.github.history import Commit, with_files
from bot.sandbox.github.memory import Memory
from bot.sandbox.github.records import (
    NO_COMMIT,
    Account,
    Comment,
    Issue,
    NotAllowed,
    Permission,
    PullRequest,
    Repository,
    Review,
)

ReviewState = Literal["APPROVED", "CHANGES_REQUESTED", "COMMENTED"]
Files = Mapping[str, str | bytes | None]


class People(Memory):
    """The acts of people. Accounts and repositories are named: `ada`, `acme/shop`."""

    def open_pull_request(  # noqa: PLR0913 - reads like the form on the site
        self,
        author: str,
        repository: str,
        branch: str,
        title: str,
        files: Files,
        body: str = "",
        fork_of: str | None = None,
    ) -> PullRequest:
        """Makes a branch with one commit and opens a pull request to the default branch.

        `repository` is where the branch lives; with `fork_of` that is a fork of the named repository (made
        when it is not there), and the pull request is opened there.
        """
        if fork_of is not None and repository.lower() not in self.names:
            self.fork(self.repository(fork_of), self.account(repository.partition("/")[0]))
        home = self.repository(fork_of or repository)
        self.push(author, repository, branch, files, title)
        proposal = pulls.Proposal(
            self.account(author), title, body, self.repository(repository), branch, home.default_branch
        )
        return pulls.open_pull(self, home, proposal)

    def push(  # noqa: PLR0913 - reads like the command
        self,
        actor: str,
        repository: str,
        branch: str,
        files: Files,
        message: str = "Update",
        force: bool = False,
    ) -> Commit:
        """One commit on a branch (made from the default branch when it is new). `force` replaces the tip."""
        account, where = self._allowed(actor, repository, "write", "push")
        history = where.history
        tip = where.branches.get(branch)
        start = tip or where.branches.get(where.default_branch)
        parents: tuple[str, ...] = (start,) if start else ()
        if force and tip:
            parents = history.commits[tip].parents
        tree = with_files(history.commits[start].tree if start else {}, files)
        commit = branches.write_commit(self, where, account, branches.Content(tree, parents, message))
        kind = "branch_creation" if tip is None else "force_push" if force else "push"
        branches.move(
            self, where, branches.Move(f"refs/heads/{branch}", tip or NO_COMMIT, commit.sha, account, kind)
        )
        return commit

    def delete_branch(self, actor: str, repository: str, branch: str) -> None:
        """Deletes a branch; open pull requests from it are closed, as GitHub does."""
        account, where = self._allowed(actor, repository, "write", "delete a branch")
        tip = where.branches[branch]
        branches.move(
            self,
            where,
            branches.Move(f"refs/heads/{branch}", tip, NO_COMMIT, account, "branch_deletion"),
        )
        for home_id, number in self.pulls_by_branch.get((where.id, branch), []):
            home = self.repositories[home_id]
            pull = self.pull(home, number)
            if pull.state == "open":
                pulls.close(self, home, pull, account)

    def create_tag(self, actor: str, repository: str, name: str, sha: str | None = None) -> str:
        """Tags a commit (absent: the default branch's head); returns its SHA."""
        account, where = self._allowed(actor, repository, "write", "create a tag")
        tip = sha or where.branches[where.default_branch]
        branches.move(self, where, branches.Move(f"refs/tags/{name}", NO_COMMIT, tip, account))
        return tip

    def publish_release(self, actor: str, repository: str, tag: str, *, prerelease: bool = False) -> None:
        """Publishes a release of a tag that is there (needs write access)."""
        account, where = self._allowed(actor, repository, "write", "publish a release")
        releases.publish(self, where, tag, account, prerelease=prerelease)

    def open_issue(self, author: str, repository: str, title: str, body: str = "") -> Issue:
        """A plain issue (comments on it are no commands)."""
        where, now = self.repository(repository), self.clock()
        issue = Issue(self.new_id(), where.next_number, self.account(author), title, body, now, now)
        where.next_number += 1
        where.open_issues_count += 1
        where.issues[issue.number] = issue
        return issue

    def comment(self, actor: str, repository: str, number: int, body: str) -> Comment:
        """Comments on a pull request or an issue."""
        account, where = self._allowed(actor, repository, "read", "comment")
        return comments.add(self, where, where.issues[number], account, body)

    def edit_comment(self, actor: str, repository: str, comment_id: int, body: str) -> Comment:
        """Edits a comment: one's own, or with write access anybody's."""
        account, where, comment = self._own_comment(actor, repository, comment_id)
        return comments.edit(self, where, comment, account, body)

    def delete_comment(self, actor: str, repository: str, comment_id: int) -> None:
        """Deletes a comment: one's own, or with write access anybody's."""
        account, where, comment = self._own_comment(actor, repository, comment_id)
        comments.delete(self, where, comment, account)

    def react(self, actor: str, repository: str, comment_id: int, content: str) -> None:
        """Leaves a reaction on a comment."""
        account, where = self._allowed(actor, repository, "read", "react")
        comments.react(self, where.comments[comment_id], account, content)

    def merge(
        self,
        actor: str,
        repository: str,
        number: int,
        method: Literal["merge", "squash"] = "merge",
    ) -> str:
        """Merges a pull request; returns the SHA of the commit that this made on the base branch."""
        account, where = self._allowed(actor, repository, "write", "merge")
        return pulls.merge(self, where, self.pull(where, number), account, method)

    def close(self, actor: str, repository: str, number: int) -> PullRequest:
        """Closes a pull request: the author, or somebody with write access."""
        account, where, pull = self._own_pull(actor, repository, number, "close")
        if pull.state != "open":
            raise NotAllowed(f"pull request {number} is not open")
        pulls.close(self, where, pull, account)
        return pull

    def reopen(self, actor: str, repository: str, number: int) -> PullRequest:
        """Reopens a closed pull request that was not merged."""
        account, where, pull = self._own_pull(actor, repository, number, "reopen")
        if pull.state != "closed" or pull.merged_at is not None:
            raise NotAllowed(f"pull request {number} cannot be reopened")
        pulls.reopen(self, where, pull, account)
        return pull

    def edit_pull_request(
        self, actor: str, repository: str, number: int, title: str | None = None, body: str | None = None
    ) -> PullRequest:
        """Another title or description."""
        account, where, pull = self._own_pull(actor, repository, number, "edit")
        wanted = {"title": title, "body": body}
        changed = {
            name: text for name, text in wanted.items() if text is not None and text != getattr(pull, name)
        }
        if changed:
            pulls.edit(self, where, pull, account, changed)
        return pull

    def review(
        self, actor: str, repository: str, number: int, state: ReviewState = "APPROVED", body: str = ""
    ) -> Review:
        """Reviews the present head. Nobody can approve or refuse their own pull request."""
        account, where = self._allowed(actor, repository, "read", "review")
        pull = self.pull(where, number)
        if pull.user is account and state != "COMMENTED":
            raise NotAllowed(f"{actor} cannot review their own pull request")
        return pulls.review(self, where, pull, account, (state, body))

    def set_permission(self, repository: str, login: str, permission: Permission) -> None:
        """What somebody may do in a repository, given directly; `none` takes it away."""
        where, account = self.repository(repository), self.account(login)
        had = where.collaborators.pop(account.login, None)
        if permission != "none":
            where.collaborators[account.login] = permission
            rights.collaborator(self, "edited" if had else "added", where, account)
        elif had is not None:
            rights.collaborator(self, "removed", where, account)

    def rename_repository(self, repository: str, name: str) -> Repository:
        """Renames a repository; requests to the old name are redirected."""
        where = self.repository(repository)
        self.rename(where, name)
        return where

    def _allowed(
        self, actor: str, repository: str, wanted: Permission, deed: str
    ) -> tuple[Account, Repository]:
        account, where = self.account(actor), self.repository(repository)
        access.require(self, where, account, wanted, deed)
        return account, where

    def _own_comment(
        self, actor: str, repository: str, comment_id: int
    ) -> tuple[Account, Repository, Comment]:
        account, where = self.account(actor), self.repository(repository)
        comment = where.comments[comment_id]
        if comment.user is not account:
            access.require(self, where, account, "write", "change another person's comment")
        return account, where, comment

    def _own_pull(
        self, actor: str, repository: str, number: int, deed: str
    ) -> tuple[Account, Repository, PullRequest]:
        account, where = self.account(actor), self.repository(repository)
        pull = self.pull(where, number)
        if pull.user is not account:
            access.require(self, where, account, "write", f"{deed} another person's pull request")
        return account, where, pull
