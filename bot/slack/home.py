"""Reads what somebody did on the app's Home tab: opened it, asked for a fresh look, or for the form.

Pure. The tab is looked at again only when somebody does: nothing here is pushed to people.
"""

import re

from bot.domain.slack_events import FormAsked, HomeOpened
from bot.domain.values import Person, SlackPlace
from bot.messages import home as wording
from bot.ports import Incoming, Meant, Translated
from bot.slack.payloads import HomeLooked, UsedInView, json_of, seconds_of

_CHANNEL = re.compile(r"[CDG][A-Z0-9]{2,30}")


def opened(incoming: Incoming) -> Translated:
    """Translate the opening of the app. The reasons are codes."""
    looked = json_of(incoming.body, HomeLooked)
    if looked is None:
        return Translated(reason="payload_incomplete")
    look = looked.event
    if look.tab != "home":
        return Translated(reason="tab_not_used")
    time = seconds_of(look.event_ts, incoming.received_at)
    return Translated(events=(_looked(looked.team_id, look.channel, look.user, time),))


def pressed(incoming: Incoming, used: UsedInView, team: str) -> Translated:
    """Translate a button of the Home tab."""
    action = next((each for each in used.actions if each.action_id in wording.BUTTONS), None)
    if action is None:
        return Translated(reason="action_not_used", action=incoming.action)
    # The conversation with the app, as we wrote it there: where answers for this person's eyes go.
    channel = used.view.private_metadata
    if not _CHANNEL.fullmatch(channel):
        return Translated(reason="payload_incomplete", action=incoming.action)
    time = seconds_of(action.action_ts, incoming.received_at)
    if action.action_id == wording.REFRESH:
        looked = _looked(team, channel, used.user.id, time)
        return Translated(events=(looked,), action=action.action_id)
    data = FormAsked(
        trigger=used.trigger_id,
        place=SlackPlace(team=team, channel=channel),
        person=Person(slack=used.user.id),
        given_at=time,
        anywhere=True,
    )
    key = f"slack:{team}:{channel}:{used.trigger_id}"
    return Translated(events=(Meant(key=key, time=time, data=data),), action=action.action_id)


def _looked(team: str, channel: str, user: str, time: float) -> Meant:
    data = HomeOpened(team=team, channel=channel, person=Person(slack=user))
    return Meant(key=f"slack:{team}:home:{user}", time=time, data=data)
