"""Says what is wrong with blocks and views, before people see nothing at all ("Block Kit reference").

slack_sdk's models know most limits; the ones that they miss are added here. A part that the models drop,
because Slack does not know it or because it is empty, is a problem too: Slack refuses it.
Must never mend what it reads.
"""

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

from slack_sdk.errors import SlackObjectFormationError
from slack_sdk.models.blocks import Block, Option
from slack_sdk.models.views import View as ViewModel

from bot.sandbox.slack.exchange import Json

BLOCKS_MAX = 50
VIEW_BLOCKS_MAX = 100
VIEW_BYTES_MAX = 250_000
FIELD_CHARACTERS_MAX = 2000
OPTIONS_MAX = 100
SHOUTS = ("<!channel", "<!here", "<!everyone")
TEXT_OBJECTS = ("plain_text", "mrkdwn")
PLAIN_ONLY = ("button", "header")
_MODEL_ERRORS = (SlackObjectFormationError, TypeError, AttributeError, KeyError, ValueError)


def block_problems(blocks: object, blocks_max: int = BLOCKS_MAX) -> list[str]:
    """Everything that is wrong with the blocks of a message; an empty list when they are fine."""
    if not isinstance(blocks, list):
        return ["blocks: must be a list"]
    problems = []
    if len(blocks) > blocks_max:
        problems.append(f"blocks: no more than {blocks_max} items allowed, got {len(blocks)}")
    for index, block in enumerate(blocks):
        problems += _one_block_problems(block, f"blocks/{index}")
    return problems + _repeated_block_ids(blocks)


def view_problems(view: object) -> list[str]:
    """Everything that is wrong with a modal or Home tab; an empty list when it is fine."""
    if not isinstance(view, dict):
        return ["view: must be an object"]
    problems = block_problems(view.get("blocks"), VIEW_BLOCKS_MAX)
    if view.get("type") == "modal" and not isinstance(view.get("title"), dict):
        problems.append("view/title: a modal needs a plain_text title")
    if view.get("type") == "modal" and "submit" not in view and _has_input(view.get("blocks")):
        problems.append("view/submit: required when there is an input block")
    try:
        problems += _dropped(view, ViewModel(**view).to_dict(), "view")
    except _MODEL_ERRORS as error:
        problems.append(f"view: {error}")
    return list(dict.fromkeys(problems))


def option_problems(answer: Json) -> list[str]:
    """What is wrong with the options that the app gives for an external menu ("block_suggestion payload")."""
    groups = answer.get("option_groups") or []
    options = [option for group in groups for option in group["options"]] + list(answer.get("options") or [])
    problems = [] if {"options", "option_groups"} & set(answer) else ["options: missing"]
    if len(options) > OPTIONS_MAX:
        problems.append(f"options: no more than {OPTIONS_MAX} items allowed, got {len(options)}")
    for index, option in enumerate(options):
        try:
            problems += _dropped(option, Option(**option).to_dict(), f"options/{index}")
        except _MODEL_ERRORS as error:
            problems.append(f"options/{index}: {error}")
    return problems


def shouts(text: str, blocks: object) -> list[str]:
    """The words in a message that would wake everybody up, as an app of the house never should."""
    said = json.dumps([text, blocks])
    return [f"{word} notifies everybody" for word in SHOUTS if word in said]


def is_too_large(view: Json) -> bool:
    """Whether a view is over Slack's 250 kB."""
    return len(json.dumps(view).encode()) > VIEW_BYTES_MAX


def elements_of(block: Json) -> list[Json]:
    """The parts of a block that a person can use: its elements, accessory or input element."""
    parts = list(block.get("elements") or []) if block.get("type") in ("actions", "context_actions") else []
    parts += [block[key] for key in ("accessory", "element") if key in block]
    return [part for part in parts if isinstance(part, dict) and part.get("type") != "image"]


def _one_block_problems(block: object, path: str) -> list[str]:
    if not isinstance(block, dict):
        return [f"{path}: must be an object"]
    try:
        understood = [known.to_dict() for known in filter(None, Block.parse_all([block]))]
    except _MODEL_ERRORS as error:
        return [f"{path}: {error}"]
    problems = list(_dropped(block, understood[0] if understood else None, path))
    problems += _text_problems(block, path)
    return problems + _repeated_action_ids(block, path)


def _dropped(given: Any, understood: Any, path: str) -> Iterator[str]:
    """What the models did not take over as it was given."""
    if isinstance(given, dict):
        if not isinstance(understood, dict):
            yield f"{path}: unsupported type: {given.get('type')}"
            return
        for key, value in given.items():
            if key not in understood:
                yield f"{path}/{key}: not allowed here, or empty"
            else:
                yield from _dropped(value, understood[key], f"{path}/{key}")
    elif isinstance(given, list) and isinstance(understood, list):
        for index, (part, known) in enumerate(zip(given, understood, strict=True)):
            yield from _dropped(part, known, f"{path}/{index}")
    elif isinstance(understood, dict):
        yield f"{path}: must be an object"


def _text_problems(part: Any, path: str) -> list[str]:
    """The rules for texts that the models leave out."""
    problems = []
    if isinstance(part, dict):
        text = part.get("text")
        if part.get("type") in PLAIN_ONLY and isinstance(text, dict) and text.get("type") != "plain_text":
            problems.append(f"{path}/text: must be plain_text")
        if part.get("type") in TEXT_OBJECTS and not str(text or "").strip():
            problems.append(f"{path}/text: must be more than 0 characters")
        for index, field in enumerate(part.get("fields") or []):
            if isinstance(field, dict) and len(str(field.get("text"))) > FIELD_CHARACTERS_MAX:
                problems.append(f"{path}/fields/{index}: over {FIELD_CHARACTERS_MAX} characters")
        for key, value in part.items():
            problems += _text_problems(value, f"{path}/{key}")
    elif isinstance(part, list):
        for index, value in enumerate(part):
            problems += _text_problems(value, f"{path}/{index}")
    return problems


def _repeated_action_ids(block: Json, path: str) -> list[str]:
    counted = Counter(part["action_id"] for part in elements_of(block) if part.get("action_id"))
    return [
        f"{path}: action_id {name!r} is used {times} times" for name, times in counted.items() if times > 1
    ]


def _repeated_block_ids(blocks: list[Any]) -> list[str]:
    ids = [block["block_id"] for block in blocks if isinstance(block, dict) and block.get("block_id")]
    return [f"blocks: block_id {name!r} is used twice" for name, times in Counter(ids).items() if times > 1]


def _has_input(blocks: object) -> bool:
    return isinstance(blocks, list) and any(isinstance(b, dict) and b.get("type") == "input" for b in blocks)
