"""Branches and tags move: the refs, the activity log, the push event, and what follows from a new head.

It must never take time from a commit for the activity log: that is the server's.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from bot.sandbox.github.acts import checks
from bot.sandbox.github.emission import Occasion, announce
from bot.sandbox.github.exchange import Json
from bot.sandbox.github.history import Blob, Commit, Draft, Person
from bot.sandbox.github.memory import Memory
from bot.sandbox.github.records import NO_COMMIT, Account, Activity, PullRequest, Repository
from bot.sandbox.github.shapes.commits import push_commit
from bot.sandbox.github.shapes.pulls import full_pull
from bot.sandbox.github.shapes.repositories import page_address

PUSH_COMMITS_MAX = 2048


@dataclass(frozen=True, slots=True)
class Move:
    """A ref going from one commit to another; `NO_COMMIT` stands for "was not there" or "is gone"."""

    ref: str
    before: str
    after: str
    actor: Account
    kind: str = "push"
    """The activity log's word: push, force_push, branch_creation, branch_deletion, pr_merge."""

    @property
    def branch(self) -> str | None:
        """The branch's name, if it is one."""
        return self.ref.removeprefix("refs/heads/") if self.ref.startswith("refs/heads/") else None


@dataclass(frozen=True, slots=True)
class Content:
    """What a new commit holds."""

    tree: Mapping[str, Blob]
    parents: tuple[str, ...]
    message: str


def person(account: Account) -> Person:
    """An account as the author of commits."""
    return Person(account.name, account.email, account.login)


def write_commit(memory: Memory, repository: Repository, author: Account, content: Content) -> Commit:
    """Stores a commit without moving any branch."""
    who = person(author)
    return repository.history.add(
        Draft(content.tree, content.parents, who, who, content.message, memory.clock())
    )


def move(memory: Memory, repository: Repository, step: Move) -> None:
    """Moves a ref, and tells of it: push, a new check suite, and pull requests whose head this is."""
    _set(repository, step)
    repository.pushed_at = memory.clock()
    if step.branch is not None:
        repository.activity.append(
            Activity(
                memory.new_id(), step.kind, step.ref, step.before, step.after, step.actor, memory.clock()
            )
        )
    announce(
        memory,
        Occasion("push", None, repository, step.actor),
        lambda: _push_payload(memory, repository, step),
    )
    if step.branch is not None and step.after != NO_COMMIT:
        checks.request_suite(
            memory, repository, checks.Pushed(step.after, step.branch, step.before, step.actor)
        )
        _synchronize_pulls(memory, repository, step)


def _set(repository: Repository, step: Move) -> None:
    refs = repository.branches if step.branch is not None else repository.tags
    name = step.branch if step.branch is not None else step.ref.removeprefix("refs/tags/")
    if step.after == NO_COMMIT:
        refs.pop(name, None)
    else:
        refs[name] = step.after


def _synchronize_pulls(memory: Memory, repository: Repository, step: Move) -> None:
    for home_id, number in memory.pulls_by_branch.get((repository.id, step.branch or ""), []):
        home = memory.repositories[home_id]
        pull = memory.pull(home, number)
        if pull.state != "open" or pull.head_sha == step.after:
            continue
        pull.head_sha, pull.updated_at = step.after, memory.clock()
        home.numbers_by_head.setdefault(step.after, []).append(number)
        _announce_new_head(memory, home, pull, step)


def _announce_new_head(memory: Memory, home: Repository, pull: PullRequest, step: Move) -> None:
    announce(
        memory,
        Occasion("pull_request", "synchronize", home, step.actor),
        lambda: {
            "number": pull.number,
            "before": step.before,
            "after": step.after,
            "pull_request": full_pull(memory, home, pull),
        },
    )


def _push_payload(memory: Memory, repository: Repository, step: Move) -> Json:
    created, deleted = step.before == NO_COMMIT, step.after == NO_COMMIT
    commits = [] if deleted else _pushed(repository, step)
    head = None if deleted else repository.history.commits[step.after]
    page = page_address(memory, repository)
    span = f"{step.before[:12]}...{step.after[:12]}"
    return {
        "ref": step.ref,
        "before": step.before,
        "after": step.after,
        "base_ref": None,
        "created": created,
        "deleted": deleted,
        "forced": step.kind == "force_push",
        "compare": f"{page}/commits/{step.branch or step.ref}" if created else f"{page}/compare/{span}",
        "commits": [push_commit(memory, repository, commit) for commit in commits[:PUSH_COMMITS_MAX]],
        "head_commit": push_commit(memory, repository, head) if head else None,
        "pusher": {"name": step.actor.login, "email": step.actor.email},
    }


def _pushed(repository: Repository, step: Move) -> list[Commit]:
    history = repository.history
    if step.before != NO_COMMIT:
        known = history.reachable(step.before)
    else:
        others = [sha for ref, sha in repository.branches.items() if ref != step.branch]
        known = set().union(*(history.reachable(sha) for sha in others)) if others else set()
    return list(reversed(history.newest_first(history.reachable(step.after) - known)))
