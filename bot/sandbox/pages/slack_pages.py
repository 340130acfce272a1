"""The simulated Slack's pages: a channel with its threads, buttons and forms, and a box to write in.

Must never show one person what only another one sees.
"""

from functools import partial
from typing import Any
from urllib.parse import urlencode

from aiohttp import web

from bot.sandbox.pages.forms import Form, field_of
from bot.sandbox.pages.rendering import page
from bot.sandbox.pages.worlds import Worlds
from bot.sandbox.slack import Message, SlackWorld, View


class SlackPages:
    """The handlers of the pages below `/slack`."""

    def __init__(self, worlds: Worlds) -> None:
        self._world: SlackWorld = worlds.slack

    def routes(self) -> list[web.RouteDef]:
        """Where they are."""
        return [
            web.get("/slack/archives/{channel}/{anchor:p[0-9]+}", self.follow_permalink),
            web.get("/slack/{channel}", self.show_channel),
            web.post("/slack/{channel}/say", self.say),
            web.post("/slack/{channel}/press", self.press),
            web.post("/slack/{channel}/submit", self.submit),
        ]

    async def show_channel(self, request: web.Request) -> web.Response:
        """A channel, as one person sees it."""
        return self._page(request, request.query.get("as", ""), "")

    async def follow_permalink(self, request: web.Request) -> web.Response:
        """Where `chat.getPermalink` leads."""
        digits = request.match_info["anchor"][1:]
        raise web.HTTPSeeOther(f"/slack/{request.match_info['channel']}#m{digits[:-6]}.{digits[-6:]}")

    async def say(self, request: web.Request) -> web.Response:
        """Write a message, answer in a thread, or type a command."""
        form = await request.post()
        user, channel = self._place(request, form)
        text, thread_ts = field_of(form, "text").strip(), str(form.get("thread_ts", "")) or None
        if text.startswith("/") and thread_ts:
            return self._page(
                request, user, "Slack takes no slash commands in threads: write @Pointsman instead."
            )
        if text.startswith("/"):
            command, _, rest = text.partition(" ")
            self._world.slash_command(user, channel, command, rest.strip())
        elif text:
            self._world.post(user, channel, self._with_mention(text), thread_ts)
        raise _back(request, user)

    async def press(self, request: web.Request) -> web.Response:
        """Press a button, or choose in a menu, of a message or a form."""
        form = await request.post()
        user, _ = self._place(request, form)
        try:
            self._use(user, form)
        except LookupError as error:
            return self._page(request, user, f"That is not there any more: {error}")
        raise _back(request, user)

    async def submit(self, request: web.Request) -> web.Response:
        """Submit or dismiss the form that lies on top."""
        form = await request.post()
        user, _ = self._place(request, form)
        view = next((one for one in self._world.modals(user) if one.id == field_of(form, "view")), None)
        if view is None:
            return self._page(request, user, "That form is closed already.")
        if form.get("deed") == "close":
            self._world.close_view(user, view)
        else:
            self._world.submit_view(user, view, _filled_in(view, form))
        raise _back(request, user)

    def _place(self, request: web.Request, form: Form) -> tuple[str, str]:
        """The person who acts and the channel where; HTTPNotFound."""
        channel, user = request.match_info["channel"], field_of(form, "as")
        try:
            return self._world.person(user).name, self._world.channel(channel).name
        except LookupError as error:
            raise web.HTTPNotFound(text=str(error)) from error

    def _use(self, user: str, form: Form) -> None:
        action_id = field_of(form, "action_id")
        choice = field_of(form, "choice") if "choice" in form else None
        if "view" in form:
            view = self._modal(user, field_of(form, "view"))
            self._world.press_in_view(user, view, action_id, choice)
            return
        message = self._message(field_of(form, "ts"))
        if choice is None:
            self._world.press(user, message, action_id)
        else:
            self._world.select(user, message, action_id, choice)

    def _modal(self, user: str, view_id: str) -> View:
        for view in self._world.modals(user):
            if view.id == view_id:
                return view
        raise LookupError("the form was closed")

    def _message(self, ts: str) -> Message:
        for message in self._world.space.messages:
            if message.ts == ts:
                return message
        raise LookupError("the message was taken away")

    def _with_mention(self, text: str) -> str:
        installation = self._world.installation
        return text.replace(f"@{installation.app_name}", f"<@{installation.bot_user_id}>")

    def _page(self, request: web.Request, user: str, trouble: str) -> web.Response:
        space = self._world.space
        try:
            channel = space.channel(request.match_info["channel"])
            person = space.person(user or "ada")
        except LookupError as error:
            raise web.HTTPNotFound(text=str(error)) from error
        shown: dict[str, Any] = {
            "channel": channel,
            "channels": [one for one in space.channels.values() if one.bot_is_member and not one.private],
            "people": list(space.people.values()),
            "person": person,
            "messages": self._visible(channel.id, person.id),
            "replies": partial(self._replies, person.id),
            "name_of": self._name_of,
            "form": next(reversed(self._world.modals(person.id)), None),
            "app": self._world.installation.app_name,
            "trouble": trouble,
        }
        return page("channel.html", shown, 409 if trouble else 200)

    def _visible(self, channel_id: str, user: str) -> list[Message]:
        told = (
            m for m in self._world.space.messages if m.channel == channel_id and m.only_for in (None, user)
        )
        return [message for message in told if not message.is_reply]

    def _replies(self, user: str, first: Message) -> list[Message]:
        told = self._world.space.messages
        return [m for m in told if m.is_reply and m.thread_ts == first.ts and m.only_for in (None, user)]

    def _name_of(self, thing: str) -> str:
        """A name for a member's or channel's id; an id that nobody has stays as it is."""
        channel = self._world.space.channels.get(thing)
        if channel is not None:
            return channel.name
        try:
            return self._world.space.name_of(thing)
        except LookupError:
            return thing


def _back(request: web.Request, user: str) -> web.HTTPSeeOther:
    return web.HTTPSeeOther(f"/slack/{request.match_info['channel']}?{urlencode({'as': user})}")


def _filled_in(view: View, form: Form) -> dict[str, Any]:
    """What was filled in, in the form that a submission takes."""
    values: dict[str, Any] = {}
    for element in view.elements:
        if element.data["type"] == "checkboxes":
            values[element.action_id] = [str(one) for one in form.getall(element.action_id, [])]
        elif form.get(element.action_id):
            values[element.action_id] = str(form[element.action_id])
    inputs = {block["element"]["action_id"] for block in view.blocks if block.get("type") == "input"}
    return {name: value for name, value in values.items() if name in inputs}
