"""Slack's requests, as far as anything needs them: commands, buttons, forms and events.

A request is a form with a command, a form with a JSON `payload` (interactivity), or JSON (Events API). All
fields may be missing: what a request cannot say makes it mean nothing, and never makes it fail.
Sources: "Slash commands", "Interaction payloads", "Events API".
"""

import hashlib
import re
from collections.abc import Mapping
from typing import Any, TypeVar
from urllib.parse import parse_qsl

import msgspec
from msgspec import Struct

from bot.domain.values import Seconds

T = TypeVar("T")

FORM_FIELDS_MAX = 200
_ID = re.compile(r"[A-Za-z0-9._:-]{1,150}")
_NAME_CHARS_MAX = 100
_TIME = re.compile(r"[0-9]{1,12}(\.[0-9]{1,9})?")


class Unreadable(Exception):
    """The body is neither Slack's form nor a JSON object."""


class Named(Struct, frozen=True):
    """What storing needs to know of a request: its kind, what it is about, and the id that it has once only.

    `greeting` marks the checks that Slack makes of the address itself; they are answered and not stored.
    """

    event: str
    id: str
    action: str | None = None
    greeting: bool = False


class Command(Struct, frozen=True):
    """A slash command."""

    command: str
    team_id: str
    channel_id: str
    user_id: str
    trigger_id: str
    text: str = ""
    channel_name: str = ""
    response_url: str | None = None


class Identified(Struct, frozen=True):
    """Anything of Slack's that has an id and perhaps a name."""

    id: str
    name: str = ""


class Presser(Struct, frozen=True):
    """Who pressed; `team_id` names the workspace where `team` is null (an app of a whole organisation)."""

    id: str
    team_id: str | None = None


class Message(Struct, frozen=True):
    """The message that holds a button."""

    ts: str
    thread_ts: str | None = None


class Container(Struct, frozen=True):
    """Where a button is, also for messages that Slack does not send along."""

    message_ts: str | None = None
    thread_ts: str | None = None


class Action(Struct, frozen=True):
    """What was pressed."""

    action_id: str = ""
    action_ts: str | None = None
    value: str | None = None


class Pressed(Struct, frozen=True):
    """A button in a message was pressed (`block_actions`)."""

    user: Presser
    channel: Identified
    actions: list[Action]
    team: Identified | None = None
    message: Message | None = None
    container: Container | None = None
    response_url: str | None = None


class Mention(Struct, frozen=True):
    """Somebody mentioned us (`app_mention`). `edited` is there where an old message was changed."""

    text: str
    channel: str
    ts: str
    user: str | None = None
    thread_ts: str | None = None
    bot_id: str | None = None
    subtype: str | None = None
    edited: dict[str, str] | None = None


class Mentioned(Struct, frozen=True):
    """The envelope of a mention."""

    team_id: str
    event: Mention


class Choice(Struct, frozen=True):
    """One option of a list."""

    value: str = ""


class Chosen(Struct, frozen=True):
    """What was chosen in a menu of a form that answers at once."""

    action_id: str = ""
    action_ts: str | None = None
    selected_option: Choice | None = None


class Entry(Struct, frozen=True):
    """What a form's field holds; which of these is used is the kind of field's."""

    value: str | None = None
    selected_option: Choice | None = None
    selected_options: list[Choice] | None = None


class FilledIn(Struct, frozen=True):
    """The fields of a form, by `block_id` and `action_id`."""

    values: dict[str, dict[str, Entry]] = {}


class View(Struct, frozen=True):
    """A modal or Home tab, with what we wrote into it."""

    id: str
    callback_id: str = ""
    private_metadata: str = ""
    state: FilledIn | None = None


class UsedInView(Struct, frozen=True):
    """A button was pressed, or a choice made, in a modal or on the Home tab (`block_actions`)."""

    user: Presser
    view: View
    actions: list[Chosen]
    trigger_id: str = ""
    team: Identified | None = None


class Submitted(Struct, frozen=True):
    """A form was submitted (`view_submission`)."""

    user: Presser
    view: View
    team: Identified | None = None


class HomeLook(Struct, frozen=True):
    """Somebody opened the app (`app_home_opened`); `tab` is `home` or `messages`."""

    user: str
    channel: str
    tab: str = "home"
    event_ts: str | None = None


class HomeLooked(Struct, frozen=True):
    """The envelope of that."""

    team_id: str
    event: HomeLook


class _Inner(Struct, frozen=True):
    type: str = ""


class _OuterView(Struct, frozen=True):
    id: str = ""
    callback_id: str = ""
    state: Any = None


class _Outer(Struct, frozen=True):
    """What Events API and interactivity have in common."""

    type: str = ""
    event_id: str | None = None
    trigger_id: str | None = None
    event: _Inner = _Inner()
    actions: list[Action] = []
    view: _OuterView | None = None


def named(body: bytes, *, is_json: bool) -> Named:
    """Say what a request is. Raises Unreadable."""
    if is_json:
        return _named_json(body, body)
    form = form_of(body)
    if form.get("ssl_check") == "1":
        return Named(event="ssl_check", id="", greeting=True)
    if "command" in form:
        name = form["command"][:_NAME_CHARS_MAX]
        return Named(event="command", id=_id(form.get("trigger_id"), body), action=name)
    if "payload" in form:
        return _named_json(form["payload"].encode(), body)
    return Named(event="unknown", id=_id(None, body))


def _named_json(text: bytes, body: bytes) -> Named:
    """Name the JSON of an event or an interaction; one whose fields have odd types has no name."""
    try:
        outer = msgspec.json.decode(text, type=_Outer)
    except msgspec.ValidationError:
        _require_object(text)
        return Named(event="unknown", id=_id(None, body))
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise Unreadable from error
    if outer.type == "url_verification":
        return Named(event=outer.type, id="", greeting=True)
    if outer.type == "event_callback":
        return Named(event=_name(outer.event.type), id=_id(outer.event_id, body))
    if outer.type == "view_submission" and outer.view is not None:
        return _named_form(outer.view, outer.trigger_id, body)
    action = _name(outer.actions[0].action_id) if outer.actions else None
    return Named(event=_name(outer.type), id=_id(outer.trigger_id, body), action=action)


def _named_form(view: _OuterView, trigger_id: str | None, body: bytes) -> Named:
    """Name a form's submission by the form and what was filled in.

    Somebody who presses twice sends two triggers, and means it once. A form that is corrected after an error
    is the same form with other contents.
    """
    action = view.callback_id[:_NAME_CHARS_MAX] or None
    if not view.id:
        return Named(event="view_submission", id=_id(trigger_id, body), action=action)
    digest = hashlib.sha256(msgspec.json.encode(view.state, order="sorted")).hexdigest()[:32]
    return Named(event="view_submission", id=_id(f"view:{view.id}:{digest}", body), action=action)


def _require_object(text: bytes) -> None:
    try:
        msgspec.json.decode(text, type=dict[str, msgspec.Raw])
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise Unreadable from error


def form_of(body: bytes) -> dict[str, str]:
    """Read a form; of a field that is there twice, the last. Raises Unreadable."""
    try:
        pairs = parse_qsl(
            body.decode(), keep_blank_values=True, max_num_fields=FORM_FIELDS_MAX, errors="strict"
        )
        return dict(pairs)
    except ValueError as error:
        raise Unreadable from error


def command_of(form: Mapping[str, str]) -> Command | None:
    """Read a slash command; None where it lacks what a command needs."""
    try:
        return msgspec.convert(form, Command)
    except msgspec.ValidationError:
        return None


def json_of(text: str | bytes, kind: type[T]) -> T | None:
    """Read an event or an interaction as `kind`; None where it has another shape."""
    try:
        return msgspec.json.decode(text, type=kind)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return None


def seconds_of(text: str | None, otherwise: Seconds) -> Seconds:
    """Read Slack's time of a message or a press (`1531420618.000200`)."""
    return float(text) if text is not None and _TIME.fullmatch(text) else otherwise


def _id(given: str | None, body: bytes) -> str:
    """The sender's id; where a request has none, what it says is what identifies it."""
    if given is not None and _ID.fullmatch(given):
        return given
    return "body:" + hashlib.sha256(body).hexdigest()[:32]


def _name(text: str) -> str:
    return text[:_NAME_CHARS_MAX] or "unknown"
