"""What the App and the Slack app have to ask for. A test compares it with app.yml and slack-manifest.yml."""

from typing import Final

EVENTS: Final = (
    "check_run",
    "check_suite",
    "deployment_status",
    "issue_comment",
    "member",
    "membership",
    "organization",
    "pull_request",
    "pull_request_review",
    "push",
    "release",
    "status",
    "team",
    "workflow_job",
    "workflow_run",
)
NEEDED_EVENTS: Final = frozenset({"issue_comment", "pull_request"})
"""Without these nothing works; without others something does not."""
SLACK_SCOPES: Final = ("app_mentions:read", "channels:history", "chat:write", "commands", "groups:history")
NEEDED_SCOPES: Final = frozenset({"chat:write", "commands"})
WEBHOOK_PATH: Final = "/webhooks/github"

_LEVELS = ("read", "write", "admin")


def lacks(granted: str | None, wanted: str) -> bool:
    """Whether a permission is not granted, or at a lower level than is wanted."""
    return granted not in _LEVELS or _LEVELS.index(granted) < _LEVELS.index(wanted)
