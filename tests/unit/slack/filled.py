"""Forms as Slack sends them back: made by our own messages, filled in by somebody."""

import json
from typing import Any

from msgspec.structs import replace

from bot.domain.policy import Parameter, RepositoryPolicy
from bot.messages import forms
from bot.messages.forms import Offer
from bot.slack.forms import mistakes
from tests.unit.reactors.stories import POLICY

Json = dict[str, Any]
FORM = "e-0123456789abcdef"
PARAMS = (
    Parameter(name="verbose", type="boolean", default=False),
    Parameter(name="size", type="choice", options=("small", "large"), default="small"),
    Parameter(name="replicas", type="number", default=2.0),
    Parameter(name="note", type="text"),
)
GIVEN: Json = {
    "services": ["api"],
    "environment": "production",
    "ref": None,
    "because": None,
    "param:boolean:verbose": [],
    "param:choice:size": "small",
    "param:number:replicas": "2",
    "param:text:note": None,
}


def shown(policy: RepositoryPolicy | None = None, **changes: Any) -> Json:
    """The form for acme/shop, with one parameter of each kind."""
    policy = policy or replace(POLICY, params=PARAMS)
    return forms.asking(replace(Offer(form=FORM, repository="acme/shop", policy=policy), **changes))


def filled(view: Json | None = None, **given: Any) -> Json:
    """The form as it comes back; two underscores in a name stand for a colon."""
    view = view or shown()
    values = GIVEN | {name.replace("__", ":"): value for name, value in given.items()}
    state: Json = {}
    for block in view["blocks"]:
        if block["type"] == "input":
            action_id = block["element"]["action_id"]
            entry = _entry(block["element"]["type"], values[action_id])
            state[block["block_id"]] = {action_id: entry}
    return {**view, "id": "V1", "hash": "1.h1", "state": {"values": state}}


def _entry(kind: str, given: Any) -> Json:
    if kind in ("checkboxes", "multi_static_select"):
        return {"type": kind, "selected_options": [_option(each) for each in given]}
    if kind in ("static_select", "radio_buttons"):
        return {"type": kind, "selected_option": None if given is None else _option(given)}
    return {"type": kind, "value": given}


def _option(value: str) -> Json:
    return {"text": {"type": "plain_text", "text": value}, "value": value}


def submission(view: Json, **changes: Any) -> Json:
    """A `view_submission`."""
    sent = {
        "type": "view_submission",
        "team": {"id": "T0ACME", "domain": "acme"},
        "user": {"id": "U0ANNA", "username": "anna", "team_id": "T0ACME"},
        "trigger_id": "12321423423.333649436676.d8c1bb84",
        "view": view,
        "response_urls": [],
    }
    return sent | changes


def used_in_view(view: Json, *actions: Json, **changes: Any) -> Json:
    """A `block_actions` of a modal or the Home tab."""
    sent = {
        "type": "block_actions",
        "team": {"id": "T0ACME", "domain": "acme"},
        "user": {"id": "U0ANNA", "username": "anna", "team_id": "T0ACME"},
        "trigger_id": "12321423423.333649436676.d8c1bb85",
        "container": {"type": "view", "view_id": "V1"},
        "view": {"id": "V1", **view},
        "actions": list(actions),
    }
    return sent | changes


def errors_of(view: Json) -> dict[str, str]:
    """The errors by the field's name instead of its block."""
    inputs = [block for block in view["blocks"] if block["type"] == "input"]
    names = {block["block_id"]: block["element"]["action_id"] for block in inputs}
    return {names[block]: error for block, error in mistakes(json.loads(json.dumps(view))).items()}
