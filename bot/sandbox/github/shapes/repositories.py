"""Repositories, refs and the activity log as GitHub writes them."""

from bot.sandbox.github.exchange import Json
from bot.sandbox.github.memory import Memory
from bot.sandbox.github.records import Activity, Repository, iso
from bot.sandbox.github.shapes.accounts import node_id, simple_user

_ADDRESSES = {
    "forks_url": "/forks",
    "keys_url": "/keys{/key_id}",
    "collaborators_url": "/collaborators{/collaborator}",
    "teams_url": "/teams",
    "hooks_url": "/hooks",
    "issue_events_url": "/issues/events{/number}",
    "events_url": "/events",
    "assignees_url": "/assignees{/user}",
    "branches_url": "/branches{/branch}",
    "tags_url": "/tags",
    "blobs_url": "/git/blobs{/sha}",
    "git_tags_url": "/git/tags{/sha}",
    "git_refs_url": "/git/refs{/sha}",
    "trees_url": "/git/trees{/sha}",
    "statuses_url": "/statuses/{sha}",
    "languages_url": "/languages",
    "stargazers_url": "/stargazers",
    "contributors_url": "/contributors",
    "subscribers_url": "/subscribers",
    "subscription_url": "/subscription",
    "commits_url": "/commits{/sha}",
    "git_commits_url": "/git/commits{/sha}",
    "comments_url": "/comments{/number}",
    "issue_comment_url": "/issues/comments{/number}",
    "contents_url": "/contents/{+path}",
    "compare_url": "/compare/{base}...{head}",
    "merges_url": "/merges",
    "archive_url": "/{archive_format}{/ref}",
    "downloads_url": "/downloads",
    "issues_url": "/issues{/number}",
    "pulls_url": "/pulls{/number}",
    "milestones_url": "/milestones{/number}",
    "notifications_url": "/notifications{?since,all,participating}",
    "labels_url": "/labels{/name}",
    "releases_url": "/releases{/id}",
    "deployments_url": "/deployments",
}


def api_address(memory: Memory, repository: Repository) -> str:
    """Where the API has this repository."""
    return f"{memory.api_url}/repos/{repository.full_name}"


def page_address(memory: Memory, repository: Repository) -> str:
    """Where people see this repository."""
    return f"{memory.web_url}/{repository.full_name}"


def minimal_repository(memory: Memory, repository: Repository) -> Json:
    """The short repository object inside other answers."""
    url = api_address(memory, repository)
    shape: Json = {
        "id": repository.id,
        "node_id": node_id("R", repository.id),
        "name": repository.name,
        "full_name": repository.full_name,
        "private": repository.private,
        "owner": simple_user(memory, repository.owner),
        "html_url": page_address(memory, repository),
        "description": repository.description,
        "fork": repository.parent is not None,
        "url": url,
    }
    shape.update((name, url + tail) for name, tail in _ADDRESSES.items())
    return shape


def webhook_repository(memory: Memory, repository: Repository) -> Json:
    """The repository object of webhooks and of pull requests."""
    page = page_address(memory, repository)
    return {
        **minimal_repository(memory, repository),
        "created_at": iso(repository.created_at),
        "updated_at": iso(repository.pushed_at),
        "pushed_at": iso(repository.pushed_at),
        "git_url": f"git://{page.partition('://')[2]}.git",
        "ssh_url": f"git@{page.partition('://')[2].replace('/', ':', 1)}.git",
        "clone_url": f"{page}.git",
        "svn_url": page,
        "homepage": None,
        "size": len(repository.history.commits),
        "stargazers_count": 0,
        "watchers_count": 0,
        "language": None,
        "has_issues": True,
        "has_projects": True,
        "has_downloads": True,
        "has_wiki": True,
        "has_pages": False,
        "has_discussions": False,
        "forks_count": 0,
        "mirror_url": None,
        "archived": False,
        "disabled": False,
        "open_issues_count": repository.open_issues_count,
        "license": None,
        "allow_forking": True,
        "is_template": False,
        "web_commit_signoff_required": False,
        "topics": [],
        "visibility": "private" if repository.private else "public",
        "forks": 0,
        "open_issues": repository.open_issues_count,
        "watchers": 0,
        "default_branch": repository.default_branch,
        "custom_properties": {},
    }


def push_repository(memory: Memory, repository: Repository) -> Json:
    """The repository object of `push`, where two of the times are numbers."""
    return {
        **webhook_repository(memory, repository),
        "created_at": int(repository.created_at),
        "pushed_at": int(repository.pushed_at),
        "stargazers": 0,
        "master_branch": repository.default_branch,
    }


def full_repository(memory: Memory, repository: Repository) -> Json:
    """The answer of `GET /repos/{owner}/{repo}`."""
    shape = {
        **webhook_repository(memory, repository),
        "permissions": {"admin": False, "maintain": False, "push": False, "triage": False, "pull": True},
        "temp_clone_token": "",
        "allow_squash_merge": True,
        "allow_merge_commit": True,
        "allow_rebase_merge": True,
        "allow_auto_merge": False,
        "delete_branch_on_merge": False,
        "network_count": 0,
        "subscribers_count": 0,
    }
    if repository.owner.kind == "Organization":
        shape["organization"] = simple_user(memory, repository.owner)
    if repository.parent is not None:
        shape["parent"] = shape["source"] = webhook_repository(memory, repository.parent)
    return shape


def tag(memory: Memory, repository: Repository, name: str, sha: str) -> Json:
    """An entry of the list of tags."""
    url = api_address(memory, repository)
    return {
        "name": name,
        "zipball_url": f"{url}/zipball/refs/tags/{name}",
        "tarball_url": f"{url}/tarball/refs/tags/{name}",
        "commit": {"sha": sha, "url": f"{url}/commits/{sha}"},
        "node_id": node_id("REF", name),
    }


def git_ref(memory: Memory, repository: Repository, ref: str, sha: str) -> Json:
    """A git reference; `ref` is full (`refs/heads/main`)."""
    url = api_address(memory, repository)
    return {
        "ref": ref,
        "node_id": node_id("REF", ref),
        "url": f"{url}/git/{ref}",
        "object": {"sha": sha, "type": "commit", "url": f"{url}/git/commits/{sha}"},
    }


def activity(memory: Memory, entry: Activity) -> Json:
    """An entry of the activity log."""
    return {
        "id": entry.id,
        "node_id": node_id("PSH", entry.id),
        "before": entry.before,
        "after": entry.after,
        "ref": entry.ref,
        "timestamp": iso(entry.timestamp),
        "activity_type": entry.kind,
        "actor": simple_user(memory, entry.actor),
    }
