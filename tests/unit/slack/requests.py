"""Requests as Slack sends them: commands, buttons and mentions, as bodies."""

import json
from typing import Any
from urllib.parse import urlencode

Json = dict[str, Any]

COMMAND = {
    "token": "deprecated",
    "team_id": "T0ACME",
    "team_domain": "acme",
    "channel_id": "C0DEPLOYS",
    "channel_name": "deploys",
    "user_id": "U0ANNA",
    "user_name": "anna",
    "command": "/deploy",
    "text": "api staging",
    "api_app_id": "A0POINTSMAN",
    "is_enterprise_install": "false",
    "response_url": "https://hooks.slack.example/commands/1",
    "trigger_id": "13345224609.738474920.8088930838d88f008e0",
}
PRESSED: Json = {
    "type": "block_actions",
    "user": {"id": "U0ANNA", "username": "anna", "team_id": "T0ACME"},
    "api_app_id": "A0POINTSMAN",
    "team": {"id": "T0ACME", "domain": "acme"},
    "channel": {"id": "C0DEPLOYS", "name": "deploys"},
    "container": {"type": "message", "message_ts": "1769999000.000100", "channel_id": "C0DEPLOYS"},
    "message": {"type": "message", "ts": "1769999000.000100", "text": "It failed."},
    "response_url": "https://hooks.slack.example/actions/1",
    "trigger_id": "12321423423.333649436676.d8c1bb83",
    "actions": [
        {
            "action_id": "pointsman:rollback",
            "block_id": "b1",
            "type": "button",
            "value": "rollback d-0123456789",
            "action_ts": "1769999990.500000",
        }
    ],
}
MENTIONED: Json = {
    "type": "event_callback",
    "token": "deprecated",
    "team_id": "T0ACME",
    "api_app_id": "A0POINTSMAN",
    "event_id": "Ev0PV52K25",
    "event_time": 1769999991,
    "authorizations": [{"team_id": "T0ACME", "user_id": "U0BOT", "is_bot": True}],
    "event": {
        "type": "app_mention",
        "user": "U0ANNA",
        "text": "<@U0BOT> status api",
        "ts": "1769999991.000200",
        "channel": "C0DEPLOYS",
        "event_ts": "1769999991.000200",
    },
}
JSON_TYPE = "application/json"


def command(**changes: str) -> bytes:
    """A slash command."""
    return urlencode(COMMAND | changes).encode()


def interaction(payload: Json) -> bytes:
    """What an interaction looks like: a form with a JSON field."""
    return urlencode({"payload": json.dumps(payload)}).encode()


def pressed(**changes: Any) -> bytes:
    """A button."""
    return interaction(PRESSED | changes)


def mentioned(**changes: Any) -> bytes:
    """A mention; `changes` are of the event inside."""
    return json.dumps(MENTIONED | {"event": MENTIONED["event"] | changes}).encode()
