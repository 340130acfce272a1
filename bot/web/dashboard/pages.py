"""The dashboard's addresses: the stories, a request, a deployment, an event, a delivery, and signing in.

People sign in with the token, programs bring it. Must never show anything but its looks to those who have
neither, nor change anything: whoever looks on only looks.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Handler

from bot.domain.errors import StoreUnavailable
from bot.domain.events import Event
from bot.domain.request import Request, waits_for_people
from bot.domain.state import request_key
from bot.explaining import gathering, masking, views
from bot.explaining.facts import Fact, facts_of
from bot.inbox import Refused
from bot.messages.escaping import plain
from bot.ports import Incoming, Output, Unreadable
from bot.web.dashboard import particulars, standing
from bot.web.dashboard.access import Access, path_back
from bot.web.dashboard.pane import LIMIT, LIMIT_MAX, Look, Pane, Wanted
from bot.web.dashboard.rendering import STATIC, html, render
from bot.web.deciding import Deciding
from bot.web.metrics import is_from_this_machine

OUTPUT_SHOWN_CHARS = 64_000
OUTPUT_CHARS_MAX = 1_000_000
_STREAM_HEADERS = {
    "Content-Type": "text/event-stream",
    "Cache-Control": "no-store",
    "X-Accel-Buffering": "no",
    "X-Content-Type-Options": "nosniff",
}


class Problem(Exception):
    """What somebody asked for cannot be shown; `said` is a sentence for them."""

    def __init__(self, status: int, title: str, said: str) -> None:
        super().__init__(said)
        self.status = status
        self.title = title
        self.said = said


class Dashboard:
    """The handlers of the dashboard's pages."""

    def __init__(self, look: Look, access: Access, deciding: Deciding | None = None) -> None:
        self._deciding = deciding
        self._look = look
        self._access = access
        self._pane = Pane(look)

    def add_to(self, app: web.Application) -> None:
        """Add the routes; open streams end with the application."""
        app.router.add_routes(
            [
                web.get("/", self._page(self._home)),
                web.get("/now", self._page(self._now)),
                web.get("/requests/{id}", self._page(self._request)),
                web.post("/requests/{id}/{word:approve|reject}", self._decide),
                web.get("/deployments/{id}", self._page(self._deployment)),
                web.get("/deployments/{id}/output", self._page(self._output)),
                web.get("/events/{id}", self._page(self._event)),
                web.get("/deliveries/{id}", self._page(self._delivery)),
                web.get("/story", self._piece(self._story)),
                web.get("/story/changes", self._piece(self._changes), allow_head=False),
                web.post("/sign-in", self._sign_in),
                web.post("/sign-out", self._sign_out),
                web.get("/static/{name}", self._static),
            ]
        )
        app.on_shutdown.append(self._close)

    async def _close(self, _app: web.Application) -> None:
        self._look.changes.close()

    # --- who may ------------------------------------------------------------------------------------

    def _page(self, show: Callable[[web.Request], Awaitable[web.Response]]) -> Handler:
        """A page for people: without a cookie they get the form, and what goes wrong is said on a page."""

        async def handle(request: web.Request) -> web.StreamResponse:
            if "token" in request.query:
                return self._exchanged(request, request.query["token"])
            if not self._access.allows(request):
                return self._asked_to_sign_in(request.path_qs)
            try:
                return _compressed(request, await show(request))
            except Problem as problem:
                return self._said(problem)
            except Unreadable as error:
                return self._said(_not_readable(error))
            except StoreUnavailable:
                said = "The ledger does not answer at the moment. Load the page again in a minute."
                return self._said(Problem(503, "Not available", said))

        return handle

    def _said(self, problem: Problem) -> web.Response:
        return html(self._full("problem.html", problem.title, {"problem": problem}), problem.status)

    def _piece(self, show: Callable[[web.Request], Awaitable[web.StreamResponse]]) -> Handler:
        """A piece for scripts and programs: refusals are short."""

        async def handle(request: web.Request) -> web.StreamResponse:
            if not self._access.allows(request):
                said = "The dashboard needs the bearer token of DASHBOARD_TOKEN, or its cookie."
                raise Refused(401, said, {"WWW-Authenticate": "Bearer"})
            try:
                return await show(request)
            except Problem as problem:
                raise Refused(problem.status, problem.said) from problem
            except Unreadable as error:
                raise Refused(404, _not_readable(error).said) from error
            except StoreUnavailable as error:
                raise Refused(503, "The ledger does not answer at the moment.") from error

        return handle

    def _exchanged(self, request: web.Request, token: str) -> web.Response:
        """The printed address holds the token: a cookie takes its place, so that it stays in no bookmark."""
        rest = str(request.rel_url.without_query_params("token"))
        if not self._access.admit(request, token):
            return self._asked_to_sign_in(rest, wrong=True)
        return self._signed_in(rest)

    def _asked_to_sign_in(self, wanted: str, *, wrong: bool = False) -> web.Response:
        return html(render("sign_in.html", {"next": path_back({"next": wanted}), "wrong": wrong}), 401)

    def _signed_in(self, wanted: str) -> web.Response:
        response = web.Response(status=303, headers={"Location": path_back({"next": wanted})})
        self._access.give_cookie(response)
        return response

    async def _sign_in(self, request: web.Request) -> web.Response:
        form = await self._form(request)
        wanted = path_back(form)
        if not self._access.admit(request, str(form.get("token", "")).strip()):
            return self._asked_to_sign_in(wanted, wrong=True)
        return self._signed_in(wanted)

    async def _sign_out(self, request: web.Request) -> web.Response:
        await self._form(request)
        response = web.Response(status=303, headers={"Location": "/"})
        self._access.take_cookie(response)
        return response

    async def _form(self, request: web.Request) -> Mapping[str, object]:
        if not self._access.is_from_here(request):
            raise Refused(403, "This form came from another site's page.")
        if request.content_type.startswith("multipart/"):
            raise Refused(415, "The form must be application/x-www-form-urlencoded.")
        try:
            return await request.post()
        except (LookupError, ValueError) as error:  # a charset that nobody has, or bytes that are none of it
            raise Refused(400, "The form cannot be read.") from error

    async def _static(self, request: web.Request) -> web.Response:
        """How pages look and refresh themselves; nothing in it is anybody's secret."""
        found = STATIC.get(request.match_info["name"])
        if found is None:
            raise web.HTTPNotFound
        kind, body = found
        return web.Response(
            body=body, content_type=kind, charset="utf-8", headers={"Cache-Control": "no-cache"}
        )

    # --- pieces -------------------------------------------------------------------------------------

    async def _story(self, request: web.Request) -> web.Response:
        return _compressed(request, html(await self._pane.show(self._wanted(request))))

    async def _changes(self, request: web.Request) -> web.StreamResponse:
        """One message at once, so that nothing is missed between a page and its stream, then at changes."""
        response = web.StreamResponse(headers=_STREAM_HEADERS)
        with self._look.changes.listen(self._look.clock) as listener:
            await response.prepare(request)
            news: bool | None = True
            try:
                while news is not None:
                    await response.write(b"data: changed\n\n" if news else b": nothing new\n\n")
                    news = await listener.next()
            except ConnectionError:
                pass  # the page was closed
        return response

    def _wanted(self, request: web.Request, quiet_unless_said: str = "") -> Wanted:
        subject = request.query.get("subject", "").strip()
        limit = request.query.get("limit", str(LIMIT))
        if len(subject) > gathering.SUBJECT_CHARS_MAX:
            raise Problem(400, "Not understood", "The subject is too long to be one.")
        if not (limit.isascii() and limit.isdigit() and 1 <= len(limit) <= 4 and int(limit)):
            raise Problem(400, "Not understood", f"limit is a number from 1 to {LIMIT_MAX}.")
        opened = tuple(name for given in request.query.getall("open", []) for name in given.split(","))
        base = self._look.public_url if request.query.get("links") == "absolute" else ""
        lean = request.query.get("steps") == "open"
        said = request.query.get("quiet", quiet_unless_said)
        return Wanted(
            subject=subject,
            limit=min(int(limit), LIMIT_MAX),
            base=base,
            opened=opened[:LIMIT_MAX],
            lean=lean,
            quiet=said != "0",
            switch=bool(said) and request.query.get("switch") != "0",  # a page may have a link of its own
        )

    # --- pages --------------------------------------------------------------------------------------

    async def _home(self, request: web.Request) -> web.Response:
        wanted = self._wanted(request, quiet_unless_said="0")
        shown = {"story": await self._pane.show(wanted), "subject": wanted.subject}
        return html(self._full("home.html", wanted.subject or "What happened", shown))

    async def _now(self, _request: web.Request) -> web.Response:
        return html(self._full("now.html", "Now", {"view": await standing.read(self._look)}))

    async def _request(self, request: web.Request) -> web.Response:
        id = _matched(request, gathering.REQUEST_ID, "A request's id is `r-` and ten characters.")
        told = await self._look.ledger.state(request_key(id))
        if not isinstance(told, Request):
            raise _unknown("request", id)
        live = await gathering.live_now(self._look.ledger, told)
        view = particulars.request(told, live, self._look.who, self._look.web_url)
        deciding = self._deciding if waits_for_people(told) else None
        shown = {"view": view, "story": await self._about(id), "can_decide": deciding is not None}
        site = deciding.site if deciding else ""
        return html(self._full("request.html", f"{id}: {view.title}", shown), forms_lead_to=site)

    async def _decide(self, request: web.Request) -> web.Response:
        """A decision needs a name: lead to GitHub's sign-in."""
        if not self._access.allows(request):
            raise Refused(401, "The dashboard needs its cookie.", {"WWW-Authenticate": "Bearer"})
        await self._form(request)
        id = _matched(request, gathering.REQUEST_ID, "A request's id is `r-` and ten characters.")
        if self._deciding is None:
            raise Refused(404, "Nobody can sign in here: the instance has no OAuth client.")
        return self._deciding.begin(request.match_info["word"], id)

    async def _deployment(self, request: web.Request) -> web.Response:
        id = _matched(request, gathering.DEPLOYMENT_ID, "A deployment's id is `d-` and ten characters.")
        found = await gathering.locate(self._look.ledger, id)
        if found is None:
            raise _unknown("deployment", id)
        view = particulars.deployment(found, self._look.who, self._look.web_url)
        output = await self._written(id)
        shown = {"view": view, "story": await self._about(id), "output": output}
        shown["tail"] = output.text[-OUTPUT_SHOWN_CHARS:] if output else ""
        return html(self._full("deployment.html", f"{id}: {view.title}", shown))

    async def _output(self, request: web.Request) -> web.Response:
        id = _matched(request, gathering.DEPLOYMENT_ID, "A deployment's id is `d-` and ten characters.")
        output = await self._written(id)
        if output is None:
            raise Problem(404, "No log", f"No output of {id} is kept here.")
        return web.Response(text=output.text[-OUTPUT_CHARS_MAX:], content_type="text/plain")

    async def _event(self, request: web.Request) -> web.Response:
        id = _matched(request, gathering.EVENT_ID, "An event's id is `e-` and sixteen characters.")
        ledger = self._look.ledger
        event = await ledger.event(id)
        if event is None:
            raise _unknown("event", id)
        outcomes = await ledger.outcomes(id)
        chain = await ledger.chronicle([event.correlation], limit=gathering.EVENTS_READ_MAX)
        told = {each.id: views.event_step(each, (), (), "chain", self._look.who) for each in chain.events}
        effects = [row for row in chain.effects if row.causation == id]
        shown = {
            "event": event,
            "step": views.held_up(
                views.event_step(event, outcomes, effects, "event", self._look.who),
                [row for row in chain.waits if row.event == id],
            ),
            "holds": facts_of(event.data),
            "data": masking.readable(event.data),
            "facts": [masking.readable(row.facts) if row.facts is not None else "" for row in outcomes],
            "cause": told.get(event.causation or ""),
            "consequences": [told[each.id] for each in chain.events if each.causation == id],
        }
        return html(self._full("event.html", f"{id}: {event.data.TYPE}", shown))

    async def _delivery(self, request: web.Request) -> web.Response:
        id = _matched(request, gathering.DELIVERY_ID, "That is no delivery's id.")
        found = await self._look.ledger.delivery(id)
        if found is None:
            raise _unknown("delivery", id)
        row, incoming = found
        events: Sequence[Event] = ()
        unreadable = ""
        try:
            events = await self._look.ledger.events(delivery=id)
        except Unreadable as error:
            unreadable = str(error)
        shown = {
            "row": row,
            "step": views.delivery_step(row, "delivery"),
            "headers": [Fact(name, value, "code") for name, value in sorted(incoming.headers.items())],
            "body": await asyncio.to_thread(masking.body, incoming.body, _kind(incoming)),
            "events": [views.event_step(each, (), (), "chain", self._look.who) for each in events],
            "unreadable": unreadable,
        }
        return html(self._full("delivery.html", f"Delivery {row.event}", shown))

    # --- shared -------------------------------------------------------------------------------------

    def _full(self, template: str, title: str, shown: Mapping[str, Any]) -> str:
        return render(template, {"title": title, "now": self._look.clock.now(), "base": "", **shown})

    async def _about(self, id: str) -> str:
        return await self._pane.show(Wanted(subject=id, opened=("newest",)))

    async def _written(self, deployment: str) -> Output | None:
        return await self._look.logs.output(deployment) if self._look.logs is not None else None


def _compressed(request: web.Request, response: web.Response) -> web.Response:
    """Spare the network, where there is one."""
    if not is_from_this_machine(request):
        response.enable_compression()
    return response


def _matched(request: web.Request, shape: Any, said: str) -> str:
    id = request.match_info["id"]
    if not shape.fullmatch(id):
        raise Problem(400, "Not understood", said)
    return id


def _not_readable(error: Unreadable) -> Problem:
    """What a newer version recorded, or what is damaged, is there all the same; nothing of it is guessed."""
    said = (
        f"It is recorded, but this version of Pointsman cannot read it: {plain(str(error), 300)}. "
        "A newer version may have written it; `pointsman deliveries show` shows what was sent."
    )
    return Problem(404, "Recorded, but not readable here", said)


def _kind(incoming: Incoming) -> str:
    return incoming.headers.get("content-type", "application/json")


def _unknown(what: str, id: str) -> Problem:
    said = f"No {what} `{id}` is recorded here. It may belong to another instance, or its record has ended."
    return Problem(404, f"No such {what}", said)
