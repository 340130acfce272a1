"""Pull requests open, close, reopen, merge, change their text, and are reviewed.

It must never merge what conflicts.
"""

from dataclasses import dataclass
from typing import Literal

from bot.sandbox.github.acts import branches
from bot.sandbox.github.emission import Deed, Occasion, announce
from bot.sandbox.github.exchange import Json
from bot.sandbox.github.memory import Memory
from bot.sandbox.github.records import Account, NotAllowed, PullRequest, Repository, Review
from bot.sandbox.github.shapes.pulls import full_pull
from bot.sandbox.github.shapes.pulls import review as review_shape


@dataclass(frozen=True, slots=True)
class Proposal:
    """A pull request that is to be opened."""

    author: Account
    title: str
    body: str
    head_repository: Repository
    head_ref: str
    base_ref: str
    draft: bool = False


def open_pull(memory: Memory, repository: Repository, proposal: Proposal) -> PullRequest:
    """Opens a pull request."""
    now = memory.clock()
    pull = PullRequest(
        memory.new_id(),
        repository.next_number,
        proposal.author,
        proposal.title,
        proposal.body,
        now,
        now,
        head_repository=proposal.head_repository,
        head_ref=proposal.head_ref,
        head_sha=proposal.head_repository.branches[proposal.head_ref],
        base_ref=proposal.base_ref,
        base_sha=repository.branches[proposal.base_ref],
        draft=proposal.draft,
    )
    repository.next_number += 1
    repository.open_issues_count += 1
    repository.issues[pull.number] = pull
    repository.numbers_by_head.setdefault(pull.head_sha, []).append(pull.number)
    place = (pull.head_repository.id, pull.head_ref)
    memory.pulls_by_branch.setdefault(place, []).append((repository.id, pull.number))
    _announce(memory, repository, pull, Deed("opened", proposal.author))
    return pull


def close(memory: Memory, repository: Repository, pull: PullRequest, actor: Account) -> None:
    """Closes without merging."""
    pull.state, pull.closed_at, pull.updated_at = "closed", memory.clock(), memory.clock()
    repository.open_issues_count -= 1
    _announce(memory, repository, pull, Deed("closed", actor))


def reopen(memory: Memory, repository: Repository, pull: PullRequest, actor: Account) -> None:
    """Opens again; the head is what the branch is now."""
    pull.head_sha = pull.head_repository.branches.get(pull.head_ref, pull.head_sha)
    repository.numbers_by_head.setdefault(pull.head_sha, []).append(pull.number)
    repository.open_issues_count += 1
    pull.state, pull.closed_at, pull.updated_at = "open", None, memory.clock()
    _announce(memory, repository, pull, Deed("reopened", actor))


def edit(
    memory: Memory, repository: Repository, pull: PullRequest, actor: Account, changed: dict[str, str]
) -> None:
    """Another title or body (keys of `changed`)."""
    before = {name: {"from": getattr(pull, name)} for name in changed}
    for name, value in changed.items():
        setattr(pull, name, value)
    pull.updated_at = memory.clock()
    _announce(memory, repository, pull, Deed("edited", actor, {"changes": before}))


def merge(
    memory: Memory,
    repository: Repository,
    pull: PullRequest,
    actor: Account,
    method: Literal["merge", "squash"] = "merge",
) -> str:
    """Merges into the base branch; the SHA of the commit that this made. NotAllowed on a conflict."""
    history, before = repository.history, repository.branches[pull.base_ref]
    tree = history.merged_tree(before, pull.head_sha)
    if pull.state != "open" or tree is None:
        raise NotAllowed(f"pull request {pull.number} is not mergeable")
    parents = (before, pull.head_sha) if method == "merge" else (before,)
    commit = branches.write_commit(
        memory, repository, actor, branches.Content(tree, parents, _merge_message(pull, method))
    )
    repository.open_issues_count -= 1
    pull.state, pull.closed_at, pull.merged_at = "closed", memory.clock(), memory.clock()
    pull.updated_at, pull.merged_by, pull.merge_commit_sha = memory.clock(), actor, commit.sha
    branches.move(
        memory,
        repository,
        branches.Move(f"refs/heads/{pull.base_ref}", before, commit.sha, actor, "pr_merge"),
    )
    _announce(memory, repository, pull, Deed("closed", actor))
    return commit.sha


def review(
    memory: Memory, repository: Repository, pull: PullRequest, author: Account, verdict: tuple[str, str]
) -> Review:
    """A review of the present head; `verdict` is (APPROVED | CHANGES_REQUESTED | COMMENTED, text)."""
    given = Review(memory.new_id(), author, verdict[0], verdict[1], pull.head_sha, memory.clock())
    pull.reviews.append(given)
    pull.updated_at = memory.clock()
    announce(
        memory,
        Occasion("pull_request_review", "submitted", repository, author),
        lambda: _review_payload(memory, repository, pull, given),
    )
    return given


def _review_payload(memory: Memory, repository: Repository, pull: PullRequest, given: Review) -> Json:
    shape = review_shape(memory, repository, pull, given)
    return {
        "review": {**shape, "state": given.state.lower(), "body": given.body or None},
        "pull_request": full_pull(memory, repository, pull),
    }


def _merge_message(pull: PullRequest, method: str) -> str:
    if method == "squash":
        return f"{pull.title} (#{pull.number})"
    owner = pull.head_repository.owner.login
    return f"Merge pull request #{pull.number} from {owner}/{pull.head_ref}\n\n{pull.title}"


def _announce(memory: Memory, repository: Repository, pull: PullRequest, deed: Deed) -> None:
    announce(
        memory,
        Occasion("pull_request", deed.action, repository, deed.actor),
        lambda: {
            "number": pull.number,
            **deed.details,
            "pull_request": full_pull(memory, repository, pull),
        },
    )
