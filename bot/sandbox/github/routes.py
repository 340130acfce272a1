"""The table of endpoints: which there are, who may call them, and with which permission.

What is not in this table does not exist here, so that no endpoint slips into the bot unlisted.
The permissions are those of GitHub's page "Permissions required for GitHub Apps".
It must never hold behaviour.
"""

import re
from urllib.parse import unquote

from bot.sandbox.github.call import Answer, Call, Endpoint
from bot.sandbox.github.endpoints import (
    actions,
    apps,
    checks,
    comments,
    commits,
    contents,
    deployments,
    git_database,
    members,
    protection,
    pulls,
)

_REPO = "/repos/{owner}/{repo}"
_COMMENT = f"{_REPO}/issues/comments/{{comment_id}}"
_DEPLOYMENT = f"{_REPO}/deployments/{{deployment_id}}"
_PULL = f"{_REPO}/pulls/{{pull_number}}"
_TEAM = "/orgs/{org}/teams/{team_slug}"
_SUITE = f"{_REPO}/check-suites/{{check_suite_id}}"
_WORKFLOW = f"{_REPO}/actions/workflows/{{workflow_id}}"
_RUN = f"{_REPO}/actions/runs/{{run_id}}"
_ENVIRONMENT = f"{_REPO}/environments/{{environment_name}}"
_METADATA = "metadata:read"
_READ_TALK = "issues:read|pull_requests:read"
_WRITE_TALK = "issues:write|pull_requests:write"


def not_simulated(_: Call) -> Answer:
    """GraphQL answers its errors with 200."""
    error = {"type": "NOT_SIMULATED", "message": "GraphQL is not simulated."}
    return Answer({"data": None, "errors": [error]})


ENDPOINTS: tuple[Endpoint, ...] = (
    Endpoint("GET", "/app", apps.get_app, by="app"),
    Endpoint("GET", "/app/installations", apps.list_installations, by="app"),
    Endpoint("GET", "/app/installations/{installation_id}", apps.get_installation, by="app"),
    Endpoint("POST", "/app/installations/{installation_id}/access_tokens", apps.create_token, by="app"),
    Endpoint("GET", "/app/hook/config", apps.get_hook_config, by="app"),
    Endpoint("GET", "/app/hook/deliveries", apps.list_deliveries, by="app"),
    Endpoint("GET", "/app/hook/deliveries/{delivery_id}", apps.get_delivery, by="app"),
    Endpoint("POST", "/app/hook/deliveries/{delivery_id}/attempts", apps.attempt_delivery, by="app"),
    Endpoint("GET", "/installation/repositories", apps.list_repositories),
    Endpoint("GET", "/rate_limit", apps.rate_limit, by="either"),
    Endpoint("POST", "/graphql", not_simulated),
    Endpoint("GET", "/users/{username}", members.get_user),
    Endpoint("GET", "/orgs/{org}/memberships/{username}", members.get_membership, "members:read"),
    Endpoint("GET", _TEAM, members.get_team, "members:read"),
    Endpoint("GET", f"{_TEAM}/members", members.list_team_members, "members:read"),
    Endpoint("GET", f"{_TEAM}/memberships/{{username}}", members.get_team_membership, "members:read"),
    Endpoint("GET", _REPO, contents.get_repository, _METADATA),
    Endpoint("GET", f"{_REPO}/installation", apps.of_repository, by="app"),
    Endpoint("GET", f"{_REPO}/collaborators/{{username}}/permission", members.get_permission, _METADATA),
    Endpoint("GET", f"{_REPO}/contents/{{path}}", contents.get_content, "contents:read"),
    Endpoint("GET", f"{_REPO}/branches/{{branch}}", contents.get_branch, "contents:read"),
    Endpoint("GET", f"{_REPO}/rules/branches/{{branch}}", protection.branch_rules, _METADATA),
    Endpoint("GET", _ENVIRONMENT, protection.get_environment, "actions:read"),
    Endpoint(
        "GET", f"{_ENVIRONMENT}/deployment-branch-policies", protection.list_branch_policies, "actions:read"
    ),
    Endpoint("GET", f"{_REPO}/tags", contents.list_tags, "contents:read"),
    Endpoint("GET", f"{_REPO}/activity", contents.list_activity, "contents:read"),
    Endpoint("GET", f"{_REPO}/git/ref/{{ref}}", git_database.get_ref, "contents:read"),
    Endpoint("POST", f"{_REPO}/git/refs", git_database.create_ref, "contents:write"),
    Endpoint("POST", f"{_REPO}/git/trees", git_database.create_tree, "contents:write"),
    Endpoint("POST", f"{_REPO}/git/commits", git_database.create_commit, "contents:write"),
    Endpoint("GET", f"{_REPO}/compare/{{basehead}}", commits.compare, "contents:read"),
    Endpoint("GET", f"{_REPO}/commits", commits.list_commits, "contents:read"),
    Endpoint("GET", f"{_REPO}/commits/{{commit_sha}}/pulls", commits.list_pulls, "pull_requests:read"),
    Endpoint("GET", f"{_REPO}/commits/{{ref}}/check-runs", commits.list_check_runs, "checks:read"),
    Endpoint("GET", f"{_REPO}/commits/{{ref}}/check-suites", commits.list_check_suites, "checks:read"),
    Endpoint("GET", f"{_REPO}/commits/{{ref}}/status", commits.combined_status, "statuses:read"),
    Endpoint("GET", f"{_REPO}/commits/{{ref}}", commits.get_commit, "contents:read"),
    Endpoint("POST", f"{_REPO}/statuses/{{sha}}", commits.create_status, "statuses:write"),
    Endpoint("GET", f"{_REPO}/pulls", pulls.list_pulls, "pull_requests:read"),
    Endpoint("POST", f"{_REPO}/pulls", pulls.create_pull, "pull_requests:write"),
    Endpoint("GET", _PULL, pulls.get_pull, "pull_requests:read"),
    Endpoint("GET", f"{_PULL}/files", pulls.list_files, "pull_requests:read"),
    Endpoint("GET", f"{_PULL}/commits", pulls.list_commits, "pull_requests:read"),
    Endpoint("GET", f"{_PULL}/reviews", pulls.list_reviews, "pull_requests:read"),
    Endpoint("POST", f"{_REPO}/check-runs", checks.create_run, "checks:write"),
    Endpoint("GET", f"{_REPO}/check-runs/{{check_run_id}}", checks.get_run, "checks:read"),
    Endpoint("PATCH", f"{_REPO}/check-runs/{{check_run_id}}", checks.update_run, "checks:write"),
    Endpoint("POST", f"{_SUITE}/rerequest", checks.rerequest_suite, "checks:write"),
    Endpoint("GET", _WORKFLOW, actions.get_workflow, "actions:read"),
    Endpoint("POST", f"{_WORKFLOW}/dispatches", actions.dispatch_workflow, "actions:write"),
    Endpoint("GET", f"{_WORKFLOW}/runs", actions.list_workflow_runs, "actions:read"),
    Endpoint("GET", f"{_REPO}/actions/runs", actions.list_runs, "actions:read"),
    Endpoint("GET", _RUN, actions.get_run, "actions:read"),
    Endpoint("GET", f"{_RUN}/jobs", actions.list_jobs, "actions:read"),
    Endpoint("POST", f"{_RUN}/cancel", actions.cancel_run, "actions:write"),
    Endpoint("GET", f"{_REPO}/issues/{{issue_number}}/comments", comments.list_comments, _READ_TALK),
    Endpoint("POST", f"{_REPO}/issues/{{issue_number}}/comments", comments.create_comment, _WRITE_TALK),
    Endpoint("GET", _COMMENT, comments.get_comment, _READ_TALK),
    Endpoint("PATCH", _COMMENT, comments.update_comment, _WRITE_TALK),
    Endpoint("GET", f"{_COMMENT}/reactions", comments.list_reactions, _READ_TALK),
    Endpoint("POST", f"{_COMMENT}/reactions", comments.create_reaction, _WRITE_TALK),
    Endpoint("DELETE", f"{_COMMENT}/reactions/{{reaction_id}}", comments.delete_reaction, _WRITE_TALK),
    Endpoint("GET", f"{_REPO}/deployments", deployments.list_deployments, "deployments:read"),
    Endpoint("POST", f"{_REPO}/deployments", deployments.create_deployment, "deployments:write"),
    Endpoint("GET", _DEPLOYMENT, deployments.get_deployment, "deployments:read"),
    Endpoint("GET", f"{_DEPLOYMENT}/statuses", deployments.list_statuses, "deployments:read"),
    Endpoint("POST", f"{_DEPLOYMENT}/statuses", deployments.create_status, "deployments:write"),
)

_SEVERAL_SEGMENTS = ("ref", "branch", "basehead", "commit_sha")


def find_endpoint(method: str, route: str) -> tuple[Endpoint, dict[str, str]] | None:
    """The endpoint that serves a path (still percent-encoded), and the path's parts, decoded."""
    for pattern, endpoint in _TABLE.get(_bucket(method, route), ()):
        found = pattern.fullmatch(route)
        if found:
            return endpoint, {name: unquote(part or "") for name, part in found.groupdict().items()}
    return None


def _bucket(method: str, route: str) -> tuple[str, str, str]:
    """Endpoints are looked up by their first segment, and those of repositories by the one after the name."""
    parts = [*route.split("/", 5), "", "", "", "", ""]
    return method, parts[1], parts[4] if parts[1] == "repos" else ""


def _pattern(template: str) -> re.Pattern[str]:
    def group(found: re.Match[str]) -> str:
        name = found.group(1)
        return f"(?P<{name}>{'.+' if name in _SEVERAL_SEGMENTS else '[^/]+'})"

    head = template.removesuffix("/{path}")
    tail = "(?:/(?P<path>.*))?" if head != template else ""
    return re.compile(re.sub(r"\{(\w+)\}", group, head) + tail)


def _table() -> dict[tuple[str, str, str], list[tuple[re.Pattern[str], Endpoint]]]:
    table: dict[tuple[str, str, str], list[tuple[re.Pattern[str], Endpoint]]] = {}
    for endpoint in ENDPOINTS:
        bucket = _bucket(endpoint.method, endpoint.template)
        table.setdefault(bucket, []).append((_pattern(endpoint.template), endpoint))
    return table


_TABLE = _table()
