"""What people can do on a pull request's page, one row for each deed.

Must never do anything that the simulated GitHub would not let this person do: NotAllowed is handed on.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from bot.sandbox.github import GitHubWorld, NotAllowed
from bot.sandbox.github.access import permission_of
from bot.sandbox.github.records import CheckRun, PullRequest, Repository, at_least

_SLUG = re.compile(r"[^a-z0-9]+")
TITLE_MAX = 200
USUAL_MESSAGES = ("Say it in plainer words", "Cover the empty case", "Answer the review", "Mend a wrong name")
MESSAGES = {
    "free-shipping": (
        "Raise the limit to 60 euros",
        "Gifts ship for nothing too",
        "Count the voucher before the limit",
        "Say what is missing for free shipping",
    ),
    "buy-now": ("A larger button on phones", "Grey while the order is sent", "Say what it costs beside it"),
    "opening-hours": ("Saturdays from 10 to 14", "Say how long an answer takes", "Closed on holidays"),
}
"""The first commits that people push, by branch."""


@dataclass(frozen=True, slots=True)
class Deed:
    """What somebody does: who, on which pull request, with which words; `thing` names a check run."""

    actor: str
    repository: Repository
    pull: PullRequest
    text: str = ""
    thing: str = ""

    @property
    def place(self) -> tuple[str, str, int]:
        """The arguments with which most acts begin."""
        return self.actor, self.repository.full_name, self.pull.number


@dataclass(frozen=True, slots=True)
class Proposal:
    """A pull request that somebody wants to open, and the directory whose files it shall change."""

    actor: str
    repository: Repository
    title: str
    directory: str


def comment(world: GitHubWorld, deed: Deed) -> None:
    """Write a comment."""
    if not deed.text.strip():
        raise NotAllowed("A comment needs a text. Write one, then press Comment.")
    world.comment(*deed.place, deed.text)


def push(world: GitHubWorld, deed: Deed, *, force: bool = False) -> None:
    """One more commit on the pull request's branch; `force` replaces the last one."""
    if deed.pull.state != "open":
        raise NotAllowed(f"Pull request {deed.pull.number} is closed. Reopen it, or open another one.")
    home = deed.pull.head_repository
    message = _next_message(deed)
    files = _one_line_more(deed, message)
    world.push(deed.actor, home.full_name, deed.pull.head_ref, files, message, force)


def rerun(world: GitHubWorld, deed: Deed) -> None:
    """Press Re-run on a check."""
    world.rerequest_check(deed.actor, _check(deed).id)


def set_check(world: GitHubWorld, deed: Deed, conclusion: str) -> None:
    """Let another App's check end green or red."""
    run = _check(deed)
    if run.suite.app.slug == world.app.slug:
        raise NotAllowed(f"{run.name} is the bot's own check. Press Re-run to have it done again.")
    name = deed.repository.full_name
    if run.status != "completed":
        world.finish_check_run(name, run.id, conclusion)
    else:
        world.post_check_run(run.suite.app.slug, name, run.head_sha, run.name, conclusion=conclusion)


DEEDS: dict[str, Callable[[GitHubWorld, Deed], object]] = {
    "comment": comment,
    "approve": lambda world, deed: world.review(*deed.place, "APPROVED", deed.text),
    "request_changes": lambda world, deed: world.review(
        *deed.place, "CHANGES_REQUESTED", deed.text or "This is not ready yet."
    ),
    "merge": lambda world, deed: world.merge(*deed.place),
    "close": lambda world, deed: world.close(*deed.place),
    "reopen": lambda world, deed: world.reopen(*deed.place),
    "push": push,
    "force_push": lambda world, deed: push(world, deed, force=True),
    "rerun": rerun,
    "green": lambda world, deed: set_check(world, deed, "success"),
    "red": lambda world, deed: set_check(world, deed, "failure"),
}


def open_pull(world: GitHubWorld, proposal: Proposal) -> PullRequest:
    """Open a pull request that adds a file; who may not push here gets a fork, as on GitHub."""
    title = proposal.title.strip()[:TITLE_MAX]
    if not title:
        raise NotAllowed("A pull request needs a title.")
    if proposal.directory not in directories(proposal.repository):
        raise NotAllowed(f"There is no directory {proposal.directory} in {proposal.repository.full_name}.")
    name = proposal.repository.full_name
    home = name
    if not at_least(permission_of(world, proposal.repository, world.account(proposal.actor)), "write"):
        home = f"{proposal.actor}/{proposal.repository.name}"
    branch = f"{_SLUG.sub('-', title.lower()).strip('-')[:40] or 'change'}-{proposal.repository.next_number}"
    files = {f"{proposal.directory}/{branch}.md": f"# {title}\n"}
    fork_of = None if home == name else name
    pull = world.open_pull_request(proposal.actor, home, branch, title, files, fork_of=fork_of)
    if fork_of is None:
        world.run_ci(name, pull.head_sha)
    return pull


def directories(repository: Repository) -> list[str]:
    """Where a change can be made: what is below `services/`, and shared code; else the folders on top."""
    tip = repository.branches.get(repository.default_branch)
    tree: Iterable[str] = repository.history.commits[tip].tree if tip else ()
    found = {"/".join(path.split("/")[:2]) for path in tree if path.startswith("services/")}
    found |= {path.split("/")[0] for path in tree if path.startswith("libs/")}
    if not found:
        found = {path.split("/")[0] for path in tree if "/" in path and not path.startswith(".")}
    return sorted(found, key=lambda name: (not name.startswith("services/"), name)) or ["docs"]


def _check(deed: Deed) -> CheckRun:
    run = deed.repository.check_runs.get(int(deed.thing)) if deed.thing.isdecimal() else None
    if run is None:
        raise NotAllowed("That check is not there any more.")
    return run


def _next_message(deed: Deed) -> str:
    """What somebody would write; after the first few pushes nobody thinks of anything."""
    home, ref = deed.pull.head_repository, f"refs/heads/{deed.pull.head_ref}"
    pushed = sum(1 for move in home.activity if move.ref == ref and move.kind in ("push", "force_push"))
    known = MESSAGES.get(deed.pull.head_ref, USUAL_MESSAGES)
    return known[pushed] if pushed < len(known) else f"Change {len(home.history.commits)}"


def _one_line_more(deed: Deed, remark: str) -> dict[str, str]:
    """The pull request's first file with one line more, so that every commit changes something."""
    history = deed.pull.head_repository.history
    tree = history.commits[deed.pull.head_sha].tree
    changed = [
        one.path for one in history.changes(deed.pull.base_sha, deed.pull.head_sha) if one.path in tree
    ]
    path = changed[0] if changed else "README.md"
    before = tree[path].content.decode(errors="replace") if path in tree else ""
    return {
        path: f"{before}# {remark}\n" if path.endswith((".py", ".yml")) else f"{before}<!-- {remark} -->\n"
    }
