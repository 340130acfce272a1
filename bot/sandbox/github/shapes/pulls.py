"""Pull requests, issues, comments and reviews as GitHub writes them."""

from collections import Counter

from bot.sandbox.github.access import association_of
from bot.sandbox.github.exchange import Json
from bot.sandbox.github.memory import Memory
from bot.sandbox.github.records import Comment, Issue, PullRequest, Reaction, Repository, Review, iso
from bot.sandbox.github.shapes.accounts import app, node_id, simple_user
from bot.sandbox.github.shapes.repositories import api_address, page_address, webhook_repository

_REACTIONS = ("+1", "-1", "laugh", "hooray", "confused", "heart", "rocket", "eyes")


def simple_pull(memory: Memory, repository: Repository, pull: PullRequest) -> Json:
    """A pull request in lists."""
    url = f"{api_address(memory, repository)}/pulls/{pull.number}"
    page = f"{page_address(memory, repository)}/pull/{pull.number}"
    issue = f"{api_address(memory, repository)}/issues/{pull.number}"
    statuses = f"{api_address(memory, repository)}/statuses/{pull.head_sha}"
    return {
        "url": url,
        "id": pull.id,
        "node_id": node_id("PR", pull.id),
        "html_url": page,
        "diff_url": f"{page}.diff",
        "patch_url": f"{page}.patch",
        "issue_url": issue,
        "number": pull.number,
        "state": pull.state,
        "locked": False,
        "title": pull.title,
        "user": simple_user(memory, pull.user),
        "body": pull.body or None,
        "created_at": iso(pull.created_at),
        "updated_at": iso(pull.updated_at),
        "closed_at": _time(pull.closed_at),
        "merged_at": _time(pull.merged_at),
        "merge_commit_sha": pull.merge_commit_sha,
        "assignee": None,
        "assignees": [],
        "requested_reviewers": [],
        "requested_teams": [],
        "labels": [],
        "milestone": None,
        "draft": pull.draft,
        "commits_url": f"{url}/commits",
        "review_comments_url": f"{url}/comments",
        "review_comment_url": f"{api_address(memory, repository)}/pulls/comments{{/number}}",
        "comments_url": f"{issue}/comments",
        "statuses_url": statuses,
        "head": _side(memory, pull.head_repository, pull.head_ref, pull.head_sha),
        "base": _side(memory, repository, pull.base_ref, pull.base_sha),
        "_links": {
            "self": {"href": url},
            "html": {"href": page},
            "issue": {"href": issue},
            "comments": {"href": f"{issue}/comments"},
            "review_comments": {"href": f"{url}/comments"},
            "review_comment": {"href": f"{api_address(memory, repository)}/pulls/comments{{/number}}"},
            "commits": {"href": f"{url}/commits"},
            "statuses": {"href": statuses},
        },
        "author_association": association_of(memory, repository, pull.user),
        "auto_merge": None,
        "active_lock_reason": None,
    }


def full_pull(memory: Memory, repository: Repository, pull: PullRequest) -> Json:
    """A pull request alone, and in webhooks: with what it changes and whether it can be merged."""
    difference = repository.history.difference(pull.base_sha, pull.head_sha)
    tip = repository.branches.get(pull.base_ref, pull.base_sha)
    conflicts = repository.history.difference(tip, pull.head_sha).conflicts
    mergeable = not conflicts if pull.state == "open" else None
    return {
        **simple_pull(memory, repository, pull),
        "merged": pull.merged_at is not None,
        "mergeable": mergeable,
        "rebaseable": mergeable,
        "mergeable_state": {True: "clean", False: "dirty", None: "unknown"}[mergeable],
        "merged_by": simple_user(memory, pull.merged_by) if pull.merged_by else None,
        "comments": len(pull.comments),
        "review_comments": 0,
        "maintainer_can_modify": False,
        "commits": len(difference.ahead),
        "additions": difference.additions,
        "deletions": difference.deletions,
        "changed_files": difference.changed_files,
    }


def review(memory: Memory, repository: Repository, pull: PullRequest, shown: Review) -> Json:
    """A review; webhooks write its state in small letters, the API in capitals."""
    page = f"{page_address(memory, repository)}/pull/{pull.number}#pullrequestreview-{shown.id}"
    url = f"{api_address(memory, repository)}/pulls/{pull.number}"
    return {
        "id": shown.id,
        "node_id": node_id("PRR", shown.id),
        "user": simple_user(memory, shown.user),
        "body": shown.body,
        "state": shown.state,
        "html_url": page,
        "pull_request_url": url,
        "author_association": association_of(memory, repository, shown.user),
        "_links": {"html": {"href": page}, "pull_request": {"href": url}},
        "submitted_at": iso(shown.submitted_at),
        "commit_id": shown.commit_id,
    }


def issue(memory: Memory, repository: Repository, shown: Issue) -> Json:
    """The issue of an `issue_comment` event; `pull_request` is there only where it is one."""
    url = f"{api_address(memory, repository)}/issues/{shown.number}"
    is_pull = isinstance(shown, PullRequest)
    page = f"{page_address(memory, repository)}/{'pull' if is_pull else 'issues'}/{shown.number}"
    shape: Json = {
        "url": url,
        "repository_url": api_address(memory, repository),
        "labels_url": url + "/labels{/name}",
        "comments_url": f"{url}/comments",
        "events_url": f"{url}/events",
        "html_url": page,
        "id": shown.id,
        "node_id": node_id("PR" if is_pull else "I", shown.id),
        "number": shown.number,
        "title": shown.title,
        "user": simple_user(memory, shown.user),
        "labels": [],
        "state": shown.state,
        "locked": False,
        "assignee": None,
        "assignees": [],
        "milestone": None,
        "comments": len(shown.comments),
        "created_at": iso(shown.created_at),
        "updated_at": iso(shown.updated_at),
        "closed_at": _time(shown.closed_at),
        "author_association": association_of(memory, repository, shown.user),
        "active_lock_reason": None,
        "body": shown.body or None,
        "reactions": _rollup(url, []),
        "timeline_url": f"{url}/timeline",
        "performed_via_github_app": None,
        "state_reason": None,
    }
    if isinstance(shown, PullRequest):
        shape["draft"] = shown.draft
        shape["pull_request"] = {
            "url": f"{api_address(memory, repository)}/pulls/{shown.number}",
            "html_url": page,
            "diff_url": f"{page}.diff",
            "patch_url": f"{page}.patch",
            "merged_at": _time(shown.merged_at),
        }
    return shape


def comment(memory: Memory, repository: Repository, shown: Comment) -> Json:
    """A comment on an issue or a pull request."""
    url = f"{api_address(memory, repository)}/issues/comments/{shown.id}"
    kind = "pull" if isinstance(repository.issues.get(shown.number), PullRequest) else "issues"
    return {
        "url": url,
        "html_url": f"{page_address(memory, repository)}/{kind}/{shown.number}#issuecomment-{shown.id}",
        "issue_url": f"{api_address(memory, repository)}/issues/{shown.number}",
        "id": shown.id,
        "node_id": node_id("IC", shown.id),
        "user": simple_user(memory, shown.user),
        "created_at": iso(shown.created_at),
        "updated_at": iso(shown.updated_at),
        "author_association": association_of(memory, repository, shown.user),
        "body": shown.body,
        "reactions": _rollup(url, shown.reactions),
        "performed_via_github_app": app(memory) if shown.by_app else None,
    }


def reaction(memory: Memory, shown: Reaction) -> Json:
    """A reaction."""
    return {
        "id": shown.id,
        "node_id": node_id("REA", shown.id),
        "user": simple_user(memory, shown.user),
        "content": shown.content,
        "created_at": iso(shown.created_at),
    }


def _side(memory: Memory, repository: Repository, ref: str, sha: str) -> Json:
    return {
        "label": f"{repository.owner.login}:{ref}",
        "ref": ref,
        "sha": sha,
        "user": simple_user(memory, repository.owner),
        "repo": webhook_repository(memory, repository),
    }


def _rollup(url: str, reactions: list[Reaction]) -> Json:
    counted = Counter(given.content for given in reactions)
    return {
        "url": f"{url}/reactions",
        "total_count": len(reactions),
        **{content: counted[content] for content in _REACTIONS},
    }


def _time(seconds: float | None) -> str | None:
    return None if seconds is None else iso(seconds)
