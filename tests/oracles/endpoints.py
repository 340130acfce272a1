"""Every call that the bot makes to GitHub, with what it has to be allowed for it.

One row per call; a call without a row is a mistake. ``app.yml`` is compared with this table, and so is what
the simulated GitHub was asked. Source: GitHub's documentation, "Permissions required for GitHub Apps"; where
people saw GitHub decide otherwise, the row says so.
"""

import re
from typing import Literal, NamedTuple

Method = Literal["GET", "PATCH", "POST"]
Credential = Literal["app", "installation"]


class Endpoint(NamedTuple):
    """A call. ``app``: signed as the App itself. ``any_of``: one of these is enough; none: any token may."""

    method: Method
    path: str
    credential: Credential = "installation"
    any_of: tuple[str, ...] = ()


PLACEHOLDER = re.compile(r"(\{[a-z_]+\})")
REPO = "/repos/{owner}/{repo}"

WORKFLOW = REPO + "/actions/workflows/{workflow_id}"
RUN = REPO + "/actions/runs/{run_id}"

ENDPOINTS = (
    # The App itself. "Authenticating as a GitHub App": no permission, a signed JWT.
    Endpoint("GET", "/app", "app"),
    Endpoint("GET", "/app/installations", "app"),
    Endpoint("GET", "/app/installations/{installation_id}", "app"),
    Endpoint("POST", "/app/installations/{installation_id}/access_tokens", "app"),
    Endpoint("GET", "/app/hook/config", "app"),
    Endpoint("GET", "/app/hook/deliveries", "app"),
    Endpoint("GET", "/app/hook/deliveries/{delivery_id}", "app"),
    Endpoint("POST", "/app/hook/deliveries/{delivery_id}/attempts", "app"),
    # "Get rate limit status": no permission, and it costs nothing.
    Endpoint("GET", "/rate_limit"),
    # Repositories and what is in them
    Endpoint("GET", "/installation/repositories", any_of=("metadata:read",)),
    Endpoint("GET", REPO, any_of=("metadata:read",)),
    Endpoint("GET", REPO + "/contents/{path}", any_of=("contents:read",)),
    Endpoint("GET", REPO + "/commits/{ref}", any_of=("contents:read",)),
    Endpoint("GET", REPO + "/commits/{commit_sha}/pulls", any_of=("pull_requests:read",)),
    Endpoint("GET", REPO + "/compare/{basehead}", any_of=("contents:read",)),
    Endpoint("GET", REPO + "/branches/{branch}", any_of=("contents:read",)),
    Endpoint("GET", REPO + "/activity", any_of=("contents:read",)),
    Endpoint("GET", REPO + "/tags", any_of=("contents:read",)),
    Endpoint("GET", REPO + "/pulls", any_of=("pull_requests:read",)),
    Endpoint("GET", REPO + "/pulls/{pull_number}", any_of=("pull_requests:read",)),
    Endpoint("GET", REPO + "/pulls/{pull_number}/files", any_of=("pull_requests:read",)),
    Endpoint("GET", REPO + "/pulls/{pull_number}/reviews", any_of=("pull_requests:read",)),
    # What is protected
    Endpoint("GET", REPO + "/rules/branches/{branch}", any_of=("metadata:read",)),
    Endpoint("GET", REPO + "/environments/{environment_name}", any_of=("actions:read",)),
    Endpoint(
        "GET", REPO + "/environments/{environment_name}/deployment-branch-policies", any_of=("actions:read",)
    ),
    # People
    Endpoint("GET", REPO + "/collaborators/{username}/permission", any_of=("metadata:read",)),
    Endpoint("GET", "/orgs/{org}/teams/{team_slug}/memberships/{username}", any_of=("members:read",)),
    Endpoint("GET", "/users/{username}"),
    Endpoint("GET", "/orgs/{org}/teams/{team_slug}", any_of=("members:read",)),
    # Checks
    Endpoint("POST", REPO + "/check-runs", any_of=("checks:write",)),
    Endpoint("PATCH", REPO + "/check-runs/{check_run_id}", any_of=("checks:write",)),
    Endpoint("GET", REPO + "/commits/{ref}/check-runs", any_of=("checks:read",)),
    Endpoint("GET", REPO + "/commits/{ref}/status", any_of=("statuses:read",)),
    # Comments. The documentation lets either permission do for all of them. Seen in practice (Makie.jl #5644,
    # eneo #512): a reaction to a pull request's comment is answered 403 without "Pull requests: write".
    Endpoint("GET", REPO + "/issues/{issue_number}/comments", any_of=("issues:read", "pull_requests:read")),
    Endpoint(
        "POST", REPO + "/issues/{issue_number}/comments", any_of=("issues:write", "pull_requests:write")
    ),
    Endpoint("PATCH", REPO + "/issues/comments/{comment_id}", any_of=("issues:write", "pull_requests:write")),
    Endpoint("POST", REPO + "/issues/comments/{comment_id}/reactions", any_of=("pull_requests:write",)),
    # Deployments
    Endpoint("GET", REPO + "/deployments", any_of=("deployments:read",)),
    Endpoint("POST", REPO + "/deployments", any_of=("deployments:write",)),
    Endpoint("GET", REPO + "/deployments/{deployment_id}", any_of=("deployments:read",)),
    Endpoint("GET", REPO + "/deployments/{deployment_id}/statuses", any_of=("deployments:read",)),
    Endpoint("POST", REPO + "/deployments/{deployment_id}/statuses", any_of=("deployments:write",)),
    # Workflows
    Endpoint("POST", WORKFLOW + "/dispatches", any_of=("actions:write",)),
    Endpoint("GET", REPO + "/actions/runs", any_of=("actions:read",)),
    Endpoint("GET", WORKFLOW + "/runs", any_of=("actions:read",)),
    Endpoint("GET", RUN, any_of=("actions:read",)),
    Endpoint("GET", RUN + "/jobs", any_of=("actions:read",)),
    Endpoint("POST", RUN + "/cancel", any_of=("actions:write",)),
)

# GitHub has them ("Get a webhook configuration for an app"); the extract beside this file does not.
NOT_IN_THE_EXTRACT = frozenset(
    {
        "/app/hook/config",
        # "List deployment branch policies".
        REPO + "/environments/{environment_name}/deployment-branch-policies",
    }
)

# "Webhook events and payloads": what an App has to be allowed before it can subscribe to an event.
EVENT_PERMISSIONS = {
    "check_run": "checks:read",
    "check_suite": "checks:read",
    "deployment_status": "deployments:read",
    "issue_comment": "issues:read",
    "member": "members:read",
    "membership": "members:read",
    "organization": "members:read",
    "pull_request": "pull_requests:read",
    "pull_request_review": "pull_requests:read",
    "push": "contents:read",
    "release": "contents:read",
    "status": "statuses:read",
    "team": "members:read",
    "workflow_job": "actions:read",
    "workflow_run": "actions:read",
}


def endpoint_of(method: str, path: str) -> Endpoint | None:
    """The row of a call that was made (``path`` without query and base), or None: then the table lacks it."""
    rows = [row for row in ENDPOINTS if row.method == method and matches(row.path, path)]
    return max(rows, key=lambda row: len(PLACEHOLDER.sub("", row.path)), default=None)


def matches(template: str, path: str) -> bool:
    """Whether ``path`` is an instance of ``template``. Files and refs may hold slashes, other names not."""
    deep = ("{path}", "{ref}", "{branch}", "{basehead}")
    pattern = "".join(
        ".+" if part in deep else "[^/]+" if part.startswith("{") else re.escape(part)
        for part in PLACEHOLDER.split(template)
    )
    return re.fullmatch(pattern, path) is not None


def allows(granted: dict[str, str], wanted: str) -> bool:
    """Whether permissions (name to level) include ``wanted`` (``name:level``); writing includes reading."""
    levels = ("read", "write", "admin")
    name, _, level = wanted.partition(":")
    return name in granted and levels.index(granted[name]) >= levels.index(level)
