"""What happened on a pull request, in order: comments, reviews, pushes, deployments, the merge.

Must never show more than GitHub would tell: it reads the records and decides nothing.
"""

import re
from dataclasses import dataclass

from bot.sandbox.github.records import Deployment, PullRequest, Repository

_MARKUP = re.compile(r"[#*`_|>~]")
_REACTIONS = {
    "+1": "👍",
    "-1": "👎",
    "eyes": "👀",
    "confused": "😕",
    "rocket": "🚀",
    "hooray": "🎉",
    "heart": "❤️",
}
_SPOKEN = {"+1": "thumbs up", "-1": "thumbs down"}


@dataclass(frozen=True, slots=True)
class Reacted:
    """A reaction with how often it was given, and what a screen reader says."""

    emoji: str
    name: str
    times: int


@dataclass(frozen=True, slots=True)
class Happened:
    """One entry. `kind` is comment, review, push, deployment or merge; `text` is Markdown or a short line."""

    id: str
    kind: str
    who: str
    at: float
    did: str
    text: str = ""
    state: str = ""
    sha: str = ""
    link: str = ""
    by_app: bool = False
    edited: bool = False
    reactions: tuple[Reacted, ...] = ()

    @property
    def spoken(self) -> str:
        """What is said of it to somebody who does not see the page."""
        first = next((line for line in self.text.splitlines() if line.strip(" #*<!->")), "")
        beginning = _MARKUP.sub("", first if len(first) < 120 else f"{first[:119]}…").strip()
        return (
            f"GitHub: {self.who} {self.did}: {beginning}" if beginning else f"GitHub: {self.who} {self.did}"
        )


def conversation(repository: Repository, pull: PullRequest) -> list[Happened]:
    """Everything that happened, oldest first."""
    found = [*_comments(pull), *_reviews(pull), *_pushes(pull), *_deployments(repository, pull)]
    if pull.merged_at is not None and pull.merged_by is not None:
        merged = f"merged this into {pull.base_ref}"
        found.append(
            Happened(
                "merged",
                "merge",
                pull.merged_by.login,
                pull.merged_at,
                merged,
                state="merged",
                sha=pull.merge_commit_sha or "",
            )
        )
    return sorted(found, key=lambda one: one.at)


def deployments_of(repository: Repository, pull: PullRequest) -> list[Deployment]:
    """The deployments of this pull request's commits, oldest first."""
    numbers = repository.numbers_by_head
    return [
        one
        for one in repository.deployments.values()
        if pull.number in numbers.get(one.sha, ()) or one.sha == pull.merge_commit_sha
    ]


def _comments(pull: PullRequest) -> list[Happened]:
    return [
        Happened(
            id=f"issuecomment-{one.id}",
            kind="comment",
            who=one.user.login,
            at=one.created_at,
            did="commented",
            text=one.body,
            by_app=one.by_app,
            edited=one.updated_at > one.created_at,
            reactions=_counted([reaction.content for reaction in one.reactions]),
        )
        for one in pull.comments
    ]


def _reviews(pull: PullRequest) -> list[Happened]:
    verdicts = {"APPROVED": "approved this", "CHANGES_REQUESTED": "asked for changes"}
    return [
        Happened(
            id=f"review-{one.id}",
            kind="review",
            who=one.user.login,
            at=one.submitted_at,
            did=verdicts.get(one.state, "reviewed this"),
            text=one.body,
            state=one.state.lower(),
            sha=one.commit_id,
        )
        for one in pull.reviews
    ]


def _pushes(pull: PullRequest) -> list[Happened]:
    home, ref = pull.head_repository, f"refs/heads/{pull.head_ref}"
    moves = {"push": "pushed", "force_push": "force-pushed"}
    commits = home.history.commits
    return [
        Happened(
            id=f"push-{one.id}",
            kind="push",
            who=one.actor.login,
            at=one.timestamp,
            did=moves[one.kind],
            text=commits[one.after].message.split("\n")[0],
            sha=one.after,
        )
        for one in home.activity
        if one.ref == ref and one.kind in moves and one.timestamp >= pull.created_at
    ]


def _deployments(repository: Repository, pull: PullRequest) -> list[Happened]:
    return [_deployment(one) for one in deployments_of(repository, pull)]


def _deployment(one: Deployment) -> Happened:
    newest = one.statuses[-1] if one.statuses else None
    return Happened(
        id=f"deployment-{one.id}",
        kind="deployment",
        who=one.creator.login,
        at=one.created_at,
        did=f"deploys to {one.environment}",
        text=newest.description if newest else "",
        state=one.state or "queued",
        sha=one.sha,
        link=newest.log_url if newest and newest.log_url.startswith("http") else "",
        by_app=one.by_app,
    )


def _counted(contents: list[str]) -> tuple[Reacted, ...]:
    def reacted(content: str) -> Reacted:
        emoji, name = _REACTIONS.get(content, content), _SPOKEN.get(content, content)
        return Reacted(emoji, name, contents.count(content))

    return tuple(reacted(content) for content in dict.fromkeys(contents))
