"""Performs what Pointsman shows in Slack's views: forms that open, change, and the Home tab.

A trigger opens one view, within 3 s ("Modals"): Slack itself keeps a form from opening twice. After a lost
reply it is found by the name that we gave it. A form that came too late is no fault of anybody's to retry: it
is reported, so that the person hears what to do. Must never open what somebody has closed.
"""

from collections.abc import Mapping
from typing import Any

from bot.domain.effects import Effect, FillForm, OpenForm, ShowHome
from bot.domain.events import New
from bot.domain.slack_events import FormMissed
from bot.ports import Performed, Performer
from bot.slack.client import SlackClient, SlackRefused

_TOO_LATE = frozenset({"expired_trigger_id", "exchanged_trigger_id", "invalid_trigger_id"})
_IS_OPEN = "duplicate_external_id"
_CLOSED = "not_found"


class OpenFormPerformer:
    """Opens a form once."""

    def __init__(self, client: SlackClient) -> None:
        self._client = client

    async def __call__(self, effect: Effect) -> Performed:
        """Open it, or find it open. Raises PassingFault or LastingFault."""
        body = effect.body
        if not isinstance(body, OpenForm):
            raise TypeError("this effect opens no form")
        view = {**body.view, "external_id": body.name}
        if effect.uncertain and await _update(self._client, view):
            return Performed(handle={"form": body.name}, note="found")
        try:
            await self._client.call("views.open", {"trigger_id": body.trigger, "view": view})
        except SlackRefused as refused:
            if refused.code == _IS_OPEN:
                return Performed(handle={"form": body.name}, note="found")
            if refused.code not in _TOO_LATE:
                raise
            return _missed(effect, body, refused.code)
        return Performed(handle={"form": body.name}, note="opened")


def _missed(effect: Effect, body: OpenForm, code: str) -> Performed:
    """What waits for the form finds none; whoever wanted it is told."""
    missed = FormMissed(place=body.place, person=body.person, reason=code)
    events = () if effect.owner is None else (New(key=effect.owner, data=missed),)
    return Performed(handle={"form": body.name}, events=events, note=code)


class FillFormPerformer:
    """Keeps an open form at its newest content."""

    def __init__(self, client: SlackClient) -> None:
        self._client = client

    async def __call__(self, effect: Effect) -> Performed:
        """Change it; one that was closed meanwhile stays closed. Raises PassingFault or LastingFault."""
        body = effect.body
        if not isinstance(body, FillForm):
            raise TypeError("this effect fills no form")
        updated = await _update(self._client, {**body.view, "external_id": body.name})
        return Performed(handle={"form": body.name}, note="filled" if updated else "closed")


class ShowHomePerformer:
    """Keeps one person's Home tab at its newest content."""

    def __init__(self, client: SlackClient) -> None:
        self._client = client

    async def __call__(self, effect: Effect) -> Performed:
        """Publish it. Raises PassingFault or LastingFault."""
        body = effect.body
        if not isinstance(body, ShowHome):
            raise TypeError("this effect shows no Home tab")
        await self._client.call("views.publish", {"user_id": body.user, "view": body.view})
        return Performed(handle={"user": body.user}, note="published")


async def _update(client: SlackClient, view: Mapping[str, Any]) -> bool:
    """Change the form of this name; False = it is not open."""
    try:
        await client.call("views.update", {"external_id": view["external_id"], "view": dict(view)})
    except SlackRefused as refused:
        if refused.code == _CLOSED:
            return False
        raise
    return True


def view_performers(client: SlackClient) -> dict[str, Performer]:
    """The performers by the kind of effect."""
    return {
        OpenForm.KIND: OpenFormPerformer(client),
        FillForm.KIND: FillFormPerformer(client),
        ShowHome.KIND: ShowHomePerformer(client),
    }
