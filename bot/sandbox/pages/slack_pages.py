"""The simulated Slack's pages: what people say, press and fill in.

Must never let anybody press what they do not see.
"""

from dataclasses import replace
from typing import Any

from aiohttp import web

from bot.sandbox.github import NotAllowed
from bot.sandbox.pages.forms import Form
from bot.sandbox.pages.look import Look, look_at
from bot.sandbox.pages.paper import Paper
from bot.sandbox.pages.people import member_of, person_called
from bot.sandbox.pages.replies import Sent, answer, read_form
from bot.sandbox.pages.slack_pane import HOME
from bot.sandbox.pages.worlds import Worlds
from bot.sandbox.slack import Message, SlackWorld, View


class SlackPages:
    """The handlers of the pages below `/slack`."""

    def __init__(self, worlds: Worlds, paper: Paper) -> None:
        self._worlds = worlds
        self._world: SlackWorld = worlds.slack
        self._paper = paper

    def routes(self) -> list[web.RouteDef]:
        """Where they are."""
        return [
            web.get("/slack/archives/{channel}/{anchor:p[0-9]+}", self.follow_permalink),
            web.get("/slack/{channel}", self.show_channel),
            web.post("/slack/home/open", self.open_home),
            web.post("/slack/{channel}/say", self.say),
            web.post("/slack/{channel}/press", self.press),
            web.post("/slack/{channel}/submit", self.submit),
        ]

    async def show_channel(self, request: web.Request) -> web.Response:
        """A channel on a page of its own."""
        self._check_channel(request)
        return await self._paper.page(request, look_at(request.path, request.query))

    async def follow_permalink(self, request: web.Request) -> web.Response:
        """Where `chat.getPermalink` leads."""
        digits = request.match_info["anchor"][1:]
        raise web.HTTPSeeOther(f"/slack/{request.match_info['channel']}#m{digits[:-6]}.{digits[-6:]}")

    async def say(self, request: web.Request) -> web.Response:
        """Write a message, answer in a thread, or type a command."""
        channel, sent = self._check_channel(request), await read_form(request)
        text, thread_ts = sent.field("text").strip(), sent.text("thread_ts") or None

        def do() -> None:
            member = self._member(sent)
            if text.startswith("/") and thread_ts:
                raise NotAllowed(
                    f"Slack takes no slash commands in threads: write @{self._world.installation.app_name} "
                    f"{text.lstrip('/')} instead."
                )
            if text.startswith("/"):
                command, _, rest = text.partition(" ")
                self._world.slash_command(member, channel, command, rest.strip())
            elif text:
                self._world.post(member, channel, self._with_mention(text), thread_ts)

        return await answer(sent, "slack", do, self._paper.trouble)

    async def press(self, request: web.Request) -> web.Response:
        """Press a button, or choose in a menu, of a message or a form."""
        self._check_channel(request)
        sent = await read_form(request)
        action_id = sent.field("action_id")

        def do() -> None:
            try:
                self._use(self._member(sent), sent, action_id)
            except LookupError as error:
                raise NotAllowed(f"That is not there any more: {error}") from error

        return await answer(sent, "slack", do, self._paper.trouble)

    async def submit(self, request: web.Request) -> web.Response:
        """Submit or dismiss the form that lies on top."""
        self._check_channel(request)
        sent = await read_form(request)
        view_id = sent.field("view")

        def do() -> None:
            member = self._member(sent)
            view = next((one for one in self._world.modals(member) if one.id == view_id), None)
            if view is None:
                raise NotAllowed("That form is closed already.")
            if sent.text("deed") == "close":
                self._world.close_view(member, view)
            else:
                self._world.submit_view(member, view, _filled_in(view, sent.form))

        return await answer(sent, "slack", do, self._paper.trouble)

    async def open_home(self, request: web.Request) -> web.Response:
        """Open the app's Home tab, as a click on it does: the app hears of it and draws it."""
        sent = await read_form(request)

        def do() -> Look:
            self._world.open_home(self._member(sent))
            if sent.look.page == "/":
                return replace(sent.look, channel=HOME, thread="")
            return look_at(f"/slack/{HOME}", {"as": sent.look.person})

        return await answer(sent, "slack", do, self._paper.trouble)

    def _check_channel(self, request: web.Request) -> str:
        """The channel's name; HTTPNotFound."""
        name = request.match_info["channel"]
        try:
            return name if name == HOME else self._world.channel(name).name
        except LookupError as error:
            raise web.HTTPNotFound(text=str(error)) from error

    def _member(self, sent: Sent) -> str:
        return member_of(person_called(self._worlds, sent.look.person))

    def _use(self, member: str, sent: Sent, action_id: str) -> None:
        choice = sent.field("choice") if "choice" in sent.form else None
        if "view" in sent.form:
            view = self._view(member, sent.field("view"))
            if not any(one.action_id == action_id for one in view.elements):
                raise LookupError(action_id)
            self._world.press_in_view(member, view, action_id, choice)
            return
        message = self._message(member, sent.field("ts"))
        if choice is None:
            self._world.press(member, message, action_id)
        else:
            self._world.select(member, message, action_id, choice)

    def _view(self, member: str, view_id: str) -> View:
        home = self._world.home(member)
        for view in [*self._world.modals(member), *([home] if home else [])]:
            if view.id == view_id:
                return view
        raise LookupError("the form was closed")

    def _message(self, member: str, ts: str) -> Message:
        for message in self._world.space.messages:
            if message.ts == ts and message.only_for in (None, member):
                return message
        raise LookupError("the message was taken away")

    def _with_mention(self, text: str) -> str:
        installation = self._world.installation
        return text.replace(f"@{installation.app_name}", f"<@{installation.bot_user_id}>")


def _filled_in(view: View, form: Form) -> dict[str, Any]:
    """What was filled in, in the form that a submission takes."""
    values: dict[str, Any] = {}
    for block in view.blocks:
        if block.get("type") != "input":
            continue
        element = block["element"]
        name = element["action_id"]
        if element["type"] in ("checkboxes", "multi_static_select", "multi_external_select"):
            values[name] = [str(one) for one in form.getall(name, []) if one]
        elif form.get(name):
            values[name] = str(form[name])
        else:
            values[name] = None
    return values
