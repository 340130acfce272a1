"""What people see of the app's answer to what they did: an acknowledgement, an error, the next form.

"Slash commands", "Handling user interaction", "Modals". Must never retry; that is the outbox's decision.
"""

import json
from collections.abc import Callable

from bot.sandbox.slack.block_rules import block_problems, option_problems
from bot.sandbox.slack.exchange import Json, Request, Response, SlackError, json_response, text_response
from bot.sandbox.slack.messages import Message, with_ids
from bot.sandbox.slack.outbox import Answer, Kind, Outgoing
from bot.sandbox.slack.view_methods import checked_view_data, new_view, replace_view
from bot.sandbox.slack.views import View
from bot.sandbox.slack.workspace import RESPONSE_URL_SECONDS, RESPONSE_URL_USES, ResponseUrl, Workspace


def show_answer(space: Workspace, sent: Outgoing, answer: Answer) -> list[str]:
    """Show the person what came of a command, press or form; the problems of what the app answered."""
    if sent.kind == "event":
        return []
    if sent.kind == "challenge":
        return [] if sent.name in answer.body.decode() else ["the challenge was not echoed"]
    if not answer.accepted:
        return _show_failure(space, sent, answer)
    show = _SHOWN.get(sent.kind)
    return show(space, sent, answer) if show else []


def respond(space: Workspace, url: ResponseUrl, request: Request) -> tuple[Response, list[str]]:
    """An answer to a `response_url`: five within 30 minutes; and its problems."""
    if space.clock() - url.made_at > RESPONSE_URL_SECONDS:
        return json_response({"ok": False, "error": "expired_url"}, 404), []
    if url.uses >= RESPONSE_URL_USES:
        return json_response({"ok": False, "error": "used_url"}, 404), []
    try:
        document = json.loads(request.body)
    except ValueError:
        return text_response("invalid_payload", 400), []
    url.uses += 1
    if document.get("delete_original"):
        _remove_original(space, url)
        return text_response("ok"), []
    problems = _content_problems(document)
    if problems:
        return json_response({"ok": False, "error": "invalid_blocks", "errors": problems}, 400), problems
    _place(space, url, document)
    return text_response("ok"), []


def _place(space: Workspace, url: ResponseUrl, document: Json) -> None:
    text, blocks = str(document.get("text") or ""), list(document.get("blocks") or [])
    if document.get("replace_original") and url.message is not None:
        url.message.change(text, with_ids(blocks, f"b{url.message.ts}-"))
        space.changed()
        return
    only_for = None if document.get("response_type") == "in_channel" else url.user
    message = Message(space.new_ts(), url.channel, space.installation.bot_user_id, text, only_for=only_for)
    message.thread_ts = document.get("thread_ts") or url.thread_ts
    message.blocks = with_ids(blocks, f"b{message.ts}-")
    if url.message is None:
        url.message = message
    space.say(message)


def _remove_original(space: Workspace, url: ResponseUrl) -> None:
    if url.message is not None and url.message in space.messages:
        space.remove(url.message)


def _content_problems(document: Json) -> list[str]:
    blocks, text = document.get("blocks"), str(document.get("text") or "")
    problems = block_problems(blocks) if blocks else []
    return problems if text.strip() else [*problems, "text: must be set"]


def _show_failure(space: Workspace, sent: Outgoing, answer: Answer) -> list[str]:
    code = {"timeout": "operation_timeout", "connection": "dispatch_failed"}.get(
        answer.trouble, "http_service_error"
    )
    space.whisper(sent.user, sent.channel, f'{sent.name or "The app"} failed with the error "{code}"')
    return []


def _show_acknowledgement(space: Workspace, sent: Outgoing, answer: Answer) -> list[str]:
    if not answer.body.strip():
        return []
    document = _document(answer)
    problems = _content_problems(document)
    if problems:
        return problems
    _place(space, ResponseUrl("", sent.user, sent.channel, space.clock()), document)
    return []


def _document(answer: Answer) -> Json:
    """The answer as JSON; any other body is a text to show."""
    if answer.headers.get("content-type", "").startswith("application/json"):
        found = json.loads(answer.body)
        return found if isinstance(found, dict) else {}
    return {"text": answer.body.decode()}


def _show_next_view(space: Workspace, sent: Outgoing, answer: Answer) -> list[str]:
    view = space.views.find(sent.view)
    document = _document(answer) if answer.body.strip() else {}
    try:
        problems = _follow(space, view, document)
    except SlackError as error:
        problems = [f"{error.code}: {error.details.get('errors', '')}"]
    space.changed()
    return problems


def _follow(space: Workspace, view: View, document: Json) -> list[str]:
    """Do what the answer to a form says ("Response actions")."""
    action = document.get("response_action")
    if action == "errors":
        return _show_errors(view, document.get("errors") or {})
    if action == "update":
        replace_view(space, view, checked_view_data(space, document.get("view"), "modal", besides=view))
    elif action == "push":
        data = checked_view_data(space, document.get("view"), "modal")
        space.views.push(new_view(space, view.user, data, view))
    elif action == "clear":
        space.views.stack(view.user).clear()
    elif action is None:
        space.views.close(view)
    else:
        return [f"response_action: unknown {action!r}"]
    return []


def _check_options(space: Workspace, sent: Outgoing, answer: Answer) -> list[str]:
    return option_problems(_document(answer))


def _show_errors(view: View, errors: dict[str, str]) -> list[str]:
    known = {block["block_id"] for block in view.blocks if block.get("type") == "input"}
    view.errors = dict(errors)
    return [f"errors/{name}: no such input block" for name in errors if name not in known]


_SHOWN: dict[Kind, Callable[[Workspace, Outgoing, Answer], list[str]]] = {
    "command": _show_acknowledgement,
    "view": _show_next_view,
    "options": _check_options,
}
