"""Reads what somebody did in the form of `/deploy`: filled it in, or chose a repository.

What was filled in becomes the command that could have been typed, written so that no text can become another
word of it. Mistakes that need nothing but the form are said in the form, at once. Pure; what a form brings
back is believed as little as what is typed: names are checked here, rights and configuration by the command.
"""

import math
import re
from collections.abc import Iterator, Mapping

import msgspec
from msgspec import Struct

from bot.domain.names import check_name
from bot.domain.phrasing import format_command
from bot.domain.slack_events import FormRepositoryChosen, FormSubmitted
from bot.domain.speech import FLAGS, REASON_CHARS_MAX, Deploy, ParamValue, ServiceRef, is_ref
from bot.domain.values import Person
from bot.messages import forms as wording
from bot.ports import Incoming, Meant, Translated
from bot.slack.payloads import Entry, Submitted, Unreadable, UsedInView, View, form_of, json_of, seconds_of

COMMAND_CHARS_MAX = 8_000
"""A longer command is not read; see `commands.words`."""

_REPOSITORY = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,38}/(?!\.{1,2}$)[A-Za-z0-9._-]{1,100}")
_FORM = re.compile(r"e-[0-9a-z]{1,32}")
_PARAM_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")
_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?")
_ENDS_WITH_FLAG = re.compile(rf"(?:--|[\u2012-\u2015\u2212])(?:{'|'.join(FLAGS)})$", re.IGNORECASE)


class Filled(Struct, frozen=True):
    """What a form says: the command, or the mistakes by field (`block_id`)."""

    form: str
    command: Deploy | None
    errors: Mapping[str, str] = {}


class Field(Struct, frozen=True):
    """One field: where it stands, what it is for, what it holds."""

    block: str
    action: str
    entry: Entry

    @property
    def text(self) -> str:
        """What was typed, or the one option that was chosen."""
        option = self.entry.selected_option
        return (self.entry.value or "").strip() if option is None else option.value

    @property
    def texts(self) -> tuple[str, ...]:
        """The options that were chosen."""
        return tuple(option.value for option in self.entry.selected_options or ())


class Senseless(Exception):
    """The form is not one that we made: a field is missing, or holds what we never offer."""


def submitted(incoming: Incoming) -> Translated:
    """Translate a form's submission. The reasons are codes."""
    try:
        sent = json_of(form_of(incoming.body).get("payload", ""), Submitted)
    except Unreadable:
        sent = None
    if sent is None:
        return Translated(reason="payload_incomplete", action=incoming.action)
    if sent.view.callback_id != wording.CALLBACK:
        return Translated(reason="view_not_used", action=incoming.action)
    filled, team = read_form(sent.view), sent.team.id if sent.team else sent.user.team_id
    if filled is None or team is None:
        return Translated(reason="form_not_ours", action=incoming.action)
    if filled.command is None:
        return Translated(reason="form_has_mistakes", action=incoming.action)
    given_at = seconds_of(incoming.headers.get("x-slack-request-timestamp"), incoming.received_at)
    data = FormSubmitted(
        form=filled.form,
        text=format_command(filled.command),
        person=Person(slack=sent.user.id),
        given_at=given_at,
    )
    meant = Meant(key=form_key(team, filled.form), time=given_at, data=data)
    return Translated(events=(meant,), action=incoming.action)


def repository_chosen(incoming: Incoming, used: UsedInView, team: str) -> Translated:
    """Translate the choice of a repository in a form."""
    metadata = _metadata(used.view)
    chosen = next((each for each in used.actions if each.action_id == wording.CHOOSE_REPOSITORY), None)
    if metadata is None or chosen is None or chosen.selected_option is None:
        return Translated(reason="payload_incomplete", action=incoming.action)
    data = FormRepositoryChosen(
        form=metadata.form, repository=chosen.selected_option.value, person=Person(slack=used.user.id)
    )
    time = seconds_of(chosen.action_ts, incoming.received_at)
    meant = Meant(key=form_key(team, metadata.form), time=time, data=data)
    return Translated(events=(meant,), action=incoming.action)


def form_key(team: str, form: str) -> str:
    """What is done in one form is worked on in its order."""
    return f"slack:{team}:form:{form}"


def mistakes(view: object) -> dict[str, str]:
    """What Slack is to say beside the fields of a form that was submitted; often nothing."""
    try:
        read = msgspec.convert(view, View)
    except (msgspec.ValidationError, RecursionError):
        return {}
    if read.callback_id != wording.CALLBACK:
        return {}
    filled = read_form(read)
    return {} if filled is None else dict(filled.errors)


def read_form(view: View) -> Filled | None:
    """Read a form that was filled in; None = it is not one of ours."""
    metadata = _metadata(view)
    if metadata is None or not _REPOSITORY.fullmatch(metadata.repository):
        return None
    try:
        return _read(metadata, {field.action: field for field in _fields(view)})
    except Senseless:
        return None


def _metadata(view: View) -> wording.Metadata | None:
    metadata = json_of(view.private_metadata, wording.Metadata)
    return metadata if metadata is not None and _FORM.fullmatch(metadata.form) else None


def _fields(view: View) -> Iterator[Field]:
    for block, entries in (view.state.values if view.state else {}).items():
        for action, entry in entries.items():
            yield Field(block, action, entry)


def _read(metadata: wording.Metadata, fields: Mapping[str, Field]) -> Filled:
    errors: dict[str, str] = {}
    services = _services(fields, metadata, errors)
    environment = _environment(fields, errors)
    ref = _ref(fields, errors)
    params = _params(fields, errors)
    because = _because(fields, errors)
    if errors:
        return Filled(metadata.form, None, errors)
    command = Deploy(
        repository=metadata.repository,
        services=services,
        ref=ref,
        environment=environment,
        params=params,
        because=because,
    )
    if len(format_command(command)) > COMMAND_CHARS_MAX:
        typed = [field for field in fields.values() if field.text]
        longest = max(typed, key=lambda field: len(field.text), default=_field(fields, wording.SERVICES))
        return Filled(metadata.form, None, {longest.block: wording.TOO_LONG})
    return Filled(metadata.form, command)


def _field(fields: Mapping[str, Field], action: str) -> Field:
    field = fields.get(action)
    if field is None:
        raise Senseless(action)
    return field


def _services(
    fields: Mapping[str, Field], metadata: wording.Metadata, errors: dict[str, str]
) -> tuple[ServiceRef, ...]:
    field = _field(fields, wording.SERVICES)
    shown = fields.get(wording.CHOOSE_REPOSITORY)
    if shown is not None and shown.text and shown.text != metadata.repository:
        errors[field.block] = wording.STILL_CHANGING
    elif not field.texts:
        errors[field.block] = wording.NO_SERVICE
    return tuple(ServiceRef(_checked_name(name)) for name in dict.fromkeys(field.texts))


def _environment(fields: Mapping[str, Field], errors: dict[str, str]) -> str:
    field = _field(fields, wording.ENVIRONMENT)
    if not field.text:
        errors[field.block] = wording.NO_ENVIRONMENT
        return ""
    return _checked_name(field.text)


def _ref(fields: Mapping[str, Field], errors: dict[str, str]) -> str | None:
    field = _field(fields, wording.REF)
    if field.text and not is_ref(field.text):
        errors[field.block] = wording.BAD_REF
    return field.text or None


def _because(fields: Mapping[str, Field], errors: dict[str, str]) -> str | None:
    field = _field(fields, wording.BECAUSE)
    if len(field.text) > REASON_CHARS_MAX:
        errors[field.block] = wording.REASON_TOO_LONG
    elif _ENDS_WITH_FLAG.search(field.text):
        errors[field.block] = wording.FLAG_IN_REASON
    return field.text or None


def _params(fields: Mapping[str, Field], errors: dict[str, str]) -> dict[str, ParamValue]:
    params: dict[str, ParamValue] = {}
    for action, field in fields.items():
        prefix, _, named = action.partition(":")
        if prefix != wording.PARAM:
            continue
        kind, _, name = named.partition(":")
        if not _PARAM_NAME.fullmatch(name):
            raise Senseless(action)
        if kind == "boolean":
            params[name] = bool(field.texts)
        elif kind == "number" and field.text:
            number = _number(field.text)
            if number is None:
                errors[field.block] = wording.BAD_NUMBER
            else:
                params[name] = number
        elif field.text:
            params[name] = field.text
    return params


def _number(text: str) -> float | None:
    number = float(text) if _NUMBER.fullmatch(text) else math.inf
    return number if math.isfinite(number) else None


def _checked_name(name: str) -> str:
    if check_name(name) is not None:
        raise Senseless(name)
    return name
