"""Says what a stored request of Slack's means to us: a command, or the reason why nothing.

Pure, and never an exception. A slash command, a button, a form and a mention in a thread become the same
event, so that everything behind it is the same for all. What bots say, we ourselves included, starts nothing.
"""

import re
from collections.abc import Callable, Mapping

from msgspec import Struct

from bot.domain.events import CommandGiven, EventData
from bot.domain.slack_events import FormAsked
from bot.domain.values import Person, Seconds, SlackPlace
from bot.messages.forms import CHOOSE_REPOSITORY
from bot.messages.home import BUTTONS as HOME_BUTTONS
from bot.ports import Incoming, Meant, Translated
from bot.slack import forms, home
from bot.slack.payloads import (
    Action,
    Command,
    Mention,
    Mentioned,
    Pressed,
    Unreadable,
    UsedInView,
    command_of,
    form_of,
    json_of,
    seconds_of,
)
from bot.slack.text import plain_slack_text

BUTTON_PREFIX = "pointsman:"
"""Buttons that are commands have the `action_id` `pointsman:<command>` and the command's text as value."""

_VERBS = re.compile(r"(?:^|[-_])(deploy|rollback)(?:[-_]|$)")
_ANY_MENTION = re.compile(r"<@[A-Z0-9]+(?:\|[^>]*)?>")


class SlackContext(Struct, frozen=True):
    """Who we are in Slack; None until Slack told it."""

    bot_user_id: str | None = None
    bot_id: str | None = None


def translate(incoming: Incoming, context: SlackContext) -> Translated:
    """Translate a stored request. The reasons are codes."""
    row = _TABLE.get(incoming.event)
    if row is None:
        return Translated(reason="event_not_used", action=incoming.action)
    return row(incoming, context)


def verb_of(command: str) -> str:
    """What a slash command says by its name: `deploy`, `rollback`, or nothing (`/pointsman`).

    Whoever installs us may rename them, for example to `/acme-deploy`: the word in the name counts.
    """
    found = _VERBS.search(command.lstrip("/").lower())
    return found.group(1) if found else ""


# --- slash commands ---------------------------------------------------------------------------------


def _command(incoming: Incoming, context: SlackContext) -> Translated:
    try:
        command = command_of(form_of(incoming.body))
    except Unreadable:
        command = None
    if command is None:
        return Translated(reason="payload_incomplete", action=incoming.action)
    given_at = seconds_of(incoming.headers.get("x-slack-request-timestamp"), incoming.received_at)
    data = _said(command, given_at)
    key = f"slack:{command.team_id}:{command.channel_id}:{command.trigger_id}"
    return Translated(events=(Meant(key=key, time=given_at, data=data),), action=command.command)


def _said(command: Command, given_at: Seconds) -> EventData:
    """The command; `/deploy` alone asks for the form."""
    line = _one_line(f"{verb_of(command.command)} {plain_slack_text(command.text)}")
    place, person = _place_of_command(command), Person(slack=command.user_id)
    if line.lower().removeprefix("/") == "deploy":
        return FormAsked(trigger=command.trigger_id, place=place, person=person, given_at=given_at)
    return CommandGiven(text=line, place=place, person=person, given_at=given_at, to_us=True)


def _place_of_command(command: Command) -> SlackPlace:
    return SlackPlace(
        team=command.team_id,
        channel=command.channel_id,
        channel_name=command.channel_name,
        response_url=command.response_url,
    )


# --- mentions ---------------------------------------------------------------------------------------


def _mention(incoming: Incoming, context: SlackContext) -> Translated:
    mentioned = json_of(incoming.body, Mentioned)
    if mentioned is None:
        return Translated(reason="payload_incomplete")
    mention = mentioned.event
    reason = _why_not(mention, context)
    if reason:
        return Translated(reason=reason)
    place = SlackPlace(
        team=mentioned.team_id, channel=mention.channel, thread=mention.thread_ts or mention.ts
    )
    given_at = seconds_of(mention.ts, incoming.received_at)
    data = CommandGiven(
        text=_after_mention(mention.text, context.bot_user_id),
        place=place,
        person=Person(slack=mention.user),
        given_at=given_at,
        to_us=True,
    )
    return Translated(events=(Meant(key=_thread_key(place), time=given_at, data=data),))


def _why_not(mention: Mention, context: SlackContext) -> str:
    """Why a mention starts nothing: bots would answer each other for ever, and edits are not said anew."""
    if mention.user is not None and mention.user == context.bot_user_id:
        return "own_message"
    if mention.bot_id is not None and mention.bot_id == context.bot_id:
        return "own_message"
    if mention.bot_id is not None or mention.subtype == "bot_message" or mention.user is None:
        return "sent_by_a_bot"
    return "message_was_edited" if mention.edited is not None else ""


def _after_mention(text: str, bot_user_id: str | None) -> str:
    """What follows our mention in its line; the slash that people may put before a command is dropped."""
    ours = _ANY_MENTION if bot_user_id is None else re.compile(f"<@{re.escape(bot_user_id)}(?:\\|[^>]*)?>")
    found = ours.search(text)
    rest = text[found.end() :] if found else text
    line = next((line for line in rest.splitlines() if line.strip()), "")
    return _one_line(plain_slack_text(line)).removeprefix("/").lstrip()


# --- buttons ----------------------------------------------------------------------------------------


def _button(incoming: Incoming, context: SlackContext) -> Translated:
    try:
        payload = form_of(incoming.body).get("payload", "")
    except Unreadable:
        return Translated(reason="payload_incomplete", action=incoming.action)
    in_view = json_of(payload, UsedInView)
    if in_view is not None:
        return _in_view(incoming, in_view)
    pressed = json_of(payload, Pressed)
    if pressed is None:
        return Translated(reason="payload_incomplete", action=incoming.action)
    action = next((one for one in pressed.actions if one.action_id.startswith(BUTTON_PREFIX)), None)
    if action is None or not action.value:
        return Translated(reason="action_not_used", action=incoming.action)
    team = pressed.team.id if pressed.team else pressed.user.team_id
    if team is None:
        return Translated(reason="payload_incomplete", action=incoming.action)
    return Translated(events=(_pressed(incoming, pressed, action, team),), action=action.action_id)


def _in_view(incoming: Incoming, used: UsedInView) -> Translated:
    """What was pressed or chosen in a form or on the Home tab."""
    team = used.team.id if used.team else used.user.team_id
    names = {action.action_id for action in used.actions}
    if team is None:
        return Translated(reason="payload_incomplete", action=incoming.action)
    if CHOOSE_REPOSITORY in names:
        return forms.repository_chosen(incoming, used, team)
    if names & set(HOME_BUTTONS):
        return home.pressed(incoming, used, team)
    return Translated(reason="action_not_used", action=incoming.action)


def _pressed(incoming: Incoming, pressed: Pressed, action: Action, team: str) -> Meant:
    """The button's value is a command that we wrote ourselves, so it is taken as it is."""
    place = SlackPlace(
        team=team,
        channel=pressed.channel.id,
        channel_name=pressed.channel.name,
        thread=_thread_of(pressed),
        response_url=pressed.response_url,
    )
    given_at = seconds_of(action.action_ts, incoming.received_at)
    data = CommandGiven(
        text=_one_line(action.value or ""),
        place=place,
        person=Person(slack=pressed.user.id),
        given_at=given_at,
        to_us=True,
        button=True,
    )
    return Meant(key=_thread_key(place, incoming.id), time=given_at, data=data)


def _thread_of(pressed: Pressed) -> str | None:
    if pressed.message is not None:
        return pressed.message.thread_ts or pressed.message.ts
    container = pressed.container
    return None if container is None else container.thread_ts or container.message_ts


# --- shared -----------------------------------------------------------------------------------------


def _thread_key(place: SlackPlace, otherwise: str = "") -> str:
    """What is said in one thread is worked on in its order."""
    return f"slack:{place.team}:{place.channel}:{place.thread or otherwise}"


def _one_line(text: str) -> str:
    return " ".join(text.split())


_TABLE: Mapping[str, Callable[[Incoming, SlackContext], Translated]] = {
    "command": _command,
    "app_mention": _mention,
    "block_actions": _button,
    "view_submission": lambda incoming, _: forms.submitted(incoming),
    "app_home_opened": lambda incoming, _: home.opened(incoming),
}
"""What a request is → what reads it. Everything else is ignored."""
