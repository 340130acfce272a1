"""What a body may contain, by hand: GitHub's rules, also those that its published schema does not state.

The top level is strict: a field that an endpoint does not know is a mistake of the client, and is told.
It must never look at the world's state.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from bot.sandbox.github.exchange import Json

REACTIONS = ("+1", "-1", "laugh", "confused", "heart", "hooray", "rocket", "eyes")
CONCLUSIONS = (
    "action_required",
    "cancelled",
    "failure",
    "neutral",
    "success",
    "skipped",
    "timed_out",
)
"""What an App may say; `stale` is GitHub's alone."""
ANNOTATIONS_MAX = 50
OUTPUT_LENGTH_MAX = 65_535
COMMENT_LENGTH_MAX = 65_536
DESCRIPTION_LENGTH_MAX = 140
ANNOTATION_BYTES_MAX = 64 * 1024
WORKFLOW_INPUTS_MAX = 25
_ACTION_LENGTHS = {"label": 20, "description": 40, "identifier": 20}
_TYPES: dict[str, tuple[type, ...]] = {
    "text": (str,),
    "number": (int,),
    "address": (str,),
    "yes or no": (bool,),
    "list": (list,),
    "object": (dict,),
    "anything": (dict, str),
}


@dataclass(frozen=True, slots=True)
class FieldRule:
    """One field: its type, whether it must be there, its longest length, its possible values."""

    kind: str = "text"
    required: bool = False
    longest: int | None = None
    choices: tuple[str, ...] = ()
    nullable: bool = False


_TEXT, _FLAG = FieldRule(), FieldRule("yes or no")
_NEEDED = FieldRule(required=True)
_URL = FieldRule("address")
_CHECK_FIELDS: dict[str, FieldRule] = {
    "name": _TEXT,
    "details_url": _URL,
    "external_id": _TEXT,
    "status": FieldRule(choices=("queued", "in_progress", "completed")),
    "started_at": _TEXT,
    "conclusion": FieldRule(choices=CONCLUSIONS),
    "completed_at": _TEXT,
    "output": FieldRule("object"),
    "actions": FieldRule("list", longest=3),
}
_COMMENT_FIELDS = {"body": FieldRule(required=True, longest=COMMENT_LENGTH_MAX)}
_REPO = "/repos/{owner}/{repo}"
FIELDS: dict[tuple[str, str], dict[str, FieldRule]] = {
    ("POST", "/app/installations/{installation_id}/access_tokens"): {
        "repositories": FieldRule("list", longest=500),
        "repository_ids": FieldRule("list", longest=500),
        "permissions": FieldRule("object"),
    },
    ("POST", f"{_REPO}/check-runs"): {**_CHECK_FIELDS, "name": _NEEDED, "head_sha": _NEEDED},
    ("PATCH", f"{_REPO}/check-runs/{{check_run_id}}"): _CHECK_FIELDS,
    ("POST", f"{_REPO}/issues/{{issue_number}}/comments"): _COMMENT_FIELDS,
    ("PATCH", f"{_REPO}/issues/comments/{{comment_id}}"): _COMMENT_FIELDS,
    ("POST", f"{_REPO}/issues/comments/{{comment_id}}/reactions"): {
        "content": FieldRule(required=True, choices=REACTIONS)
    },
    ("POST", f"{_REPO}/deployments"): {
        "ref": _NEEDED,
        "task": _TEXT,
        "auto_merge": _FLAG,
        "required_contexts": FieldRule("list", nullable=True),
        "payload": FieldRule("anything"),
        "environment": FieldRule(longest=255),
        "description": FieldRule(longest=DESCRIPTION_LENGTH_MAX, nullable=True),
        "transient_environment": _FLAG,
        "production_environment": _FLAG,
    },
    ("POST", f"{_REPO}/deployments/{{deployment_id}}/statuses"): {
        "state": FieldRule(
            required=True,
            choices=("error", "failure", "inactive", "in_progress", "queued", "pending", "success"),
        ),
        "target_url": _URL,
        "log_url": _URL,
        "description": FieldRule(longest=DESCRIPTION_LENGTH_MAX),
        "environment": FieldRule(longest=255),
        "environment_url": _URL,
        "auto_inactive": _FLAG,
    },
    ("POST", f"{_REPO}/actions/workflows/{{workflow_id}}/dispatches"): {
        "ref": _NEEDED,
        "inputs": FieldRule("object"),
        "return_run_details": _FLAG,
    },
    ("POST", f"{_REPO}/statuses/{{sha}}"): {
        "state": FieldRule(required=True, choices=("error", "failure", "pending", "success")),
        "target_url": FieldRule("address", nullable=True),
        "description": FieldRule(longest=DESCRIPTION_LENGTH_MAX, nullable=True),
        "context": FieldRule(longest=255),
    },
    ("POST", f"{_REPO}/pulls"): {
        "title": _TEXT,
        "head": _NEEDED,
        "base": _NEEDED,
        "body": _TEXT,
        "draft": _FLAG,
        "maintainer_can_modify": _FLAG,
        "head_repo": _TEXT,
        "issue": FieldRule("number"),
    },
    ("POST", f"{_REPO}/git/refs"): {"ref": _NEEDED, "sha": _NEEDED},
    ("POST", f"{_REPO}/git/trees"): {"tree": FieldRule("list", required=True), "base_tree": _TEXT},
    ("POST", f"{_REPO}/git/commits"): {
        "message": _NEEDED,
        "tree": _NEEDED,
        "parents": FieldRule("list"),
        "author": FieldRule("object"),
        "committer": FieldRule("object"),
        "signature": _TEXT,
    },
}


def complaints(method: str, template: str, body: Json) -> list[str]:
    """What is wrong with a body, as sentences; empty where nothing is."""
    rules = FIELDS.get((method, template), {})
    found = [f'"{name}" is not a permitted key.' for name in body if name not in rules]
    found += [
        f'"{name}" wasn\'t supplied.' for name, rule in rules.items() if rule.required and name not in body
    ]
    for name, rule in rules.items():
        if name in body:
            found += _field_complaints(name, rule, body[name])
    if not found and (special := _SPECIAL.get(template)):
        found += special(body)
    return found


def _field_complaints(name: str, rule: FieldRule, value: Any) -> list[str]:
    length = len(value) if isinstance(value, str | list) else 0
    if value is None and rule.nullable:
        return []
    is_wrong_bool = isinstance(value, bool) and rule.kind == "number"
    if is_wrong_bool or not isinstance(value, _TYPES[rule.kind]):
        return [f'"{name}" is not {rule.kind}: {value!r:.60}.']
    if rule.choices and value not in rule.choices:
        return [f'"{name}" is {value!r:.60}, not one of {", ".join(rule.choices)}.']
    if rule.longest is not None and length > rule.longest:
        return [f'"{name}" is too long (maximum is {rule.longest}).']
    if rule.required and value == "":
        return [f'"{name}" cannot be blank.']
    if rule.kind == "address" and not str(value).startswith(("http://", "https://")):
        return [f'"{name}" must use http(s) scheme.']
    return []


def _check_run_complaints(body: Json) -> list[str]:
    found: list[str] = []
    if body.get("status") == "completed" and "conclusion" not in body:
        found.append('"conclusion" is required when "status" is "completed".')
    if "conclusion" in body and body.get("status", "completed") != "completed":
        found.append('"conclusion" needs the status "completed".')
    if "output" in body:
        found += _output_complaints(body["output"])
    for action in body.get("actions", []):
        found += _action_complaints(action)
    return found


def _output_complaints(output: Json) -> list[str]:
    found = [f'"output.{name}" wasn\'t supplied.' for name in ("title", "summary") if not output.get(name)]
    found += [
        f'"output.{name}" is too long (maximum is {OUTPUT_LENGTH_MAX}).'
        for name in ("summary", "text")
        if len(output.get(name) or "") > OUTPUT_LENGTH_MAX
    ]
    found += [
        f'"output.{name}" is not a permitted key.'
        for name in output
        if name not in ("title", "summary", "text", "annotations", "images")
    ]
    annotations = output.get("annotations", [])
    if len(annotations) > ANNOTATIONS_MAX:
        found.append(f'"output.annotations" has more than {ANNOTATIONS_MAX} entries.')
    for annotation in annotations:
        found += _annotation_complaints(annotation)
    return found


def _annotation_complaints(annotation: Mapping[str, Any]) -> list[str]:
    needed = ("path", "start_line", "end_line", "annotation_level", "message")
    found = [f'"annotations.{name}" wasn\'t supplied.' for name in needed if name not in annotation]
    has_columns = "start_column" in annotation or "end_column" in annotation
    if has_columns and annotation.get("start_line") != annotation.get("end_line"):
        found.append('"annotations" may have columns only where they are on one line.')
    found += [
        f'"annotations.{name}" is over 64 KB.'
        for name in ("message", "raw_details")
        if len(str(annotation.get(name, "")).encode()) > ANNOTATION_BYTES_MAX
    ]
    if len(annotation.get("title") or "") > 255:
        found.append('"annotations.title" is too long (maximum is 255).')
    return found


def _action_complaints(action: Mapping[str, Any]) -> list[str]:
    return [
        f'"actions.{name}" must have 1 to {longest} characters.'
        for name, longest in _ACTION_LENGTHS.items()
        if not 1 <= len(action.get(name) or "") <= longest
    ]


def _token_complaints(body: Json) -> list[str]:
    if "repositories" in body and "repository_ids" in body:
        return ['"repositories" and "repository_ids" cannot be given together.']
    return []


def _dispatch_complaints(body: Json) -> list[str]:
    if len(body.get("inputs", {})) > WORKFLOW_INPUTS_MAX:
        return [f'"inputs" has more than {WORKFLOW_INPUTS_MAX} entries.']
    return []


_SPECIAL: dict[str, Callable[[Json], list[str]]] = {
    f"{_REPO}/check-runs": _check_run_complaints,
    f"{_REPO}/check-runs/{{check_run_id}}": _check_run_complaints,
    "/app/installations/{installation_id}/access_tokens": _token_complaints,
    f"{_REPO}/actions/workflows/{{workflow_id}}/dispatches": _dispatch_complaints,
}
