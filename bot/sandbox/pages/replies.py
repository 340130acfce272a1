"""How a form is answered: to a browser with a redirect to where somebody was, to our script with a word.

Must never redirect anywhere but to our own pages.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from aiohttp import web

from bot.sandbox.github import NotAllowed
from bot.sandbox.github.exchange import Refusal
from bot.sandbox.pages.forms import Form, field_of
from bot.sandbox.pages.look import Look, read_look

BY_SCRIPT = "x-by-script"
MISTAKES = (NotAllowed, Refusal, LookupError, ValueError)
"""What somebody tried and could not do; the text says why."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A form that came: what is in it, and what its sender looked at."""

    request: web.Request
    form: Form
    look: Look

    def field(self, name: str) -> str:
        """A field that has to be there; HTTPBadRequest."""
        return field_of(self.form, name)

    def text(self, name: str) -> str:
        """A field that may be left out, with line ends as everywhere."""
        return str(self.form.get(name, "")).replace("\r\n", "\n")


ShowTrouble = Callable[[web.Request, Look, str, str], Awaitable[web.Response]]
"""Shows the page that somebody looked at, with what went wrong in one of its panes."""


async def read_form(request: web.Request) -> Sent:
    """The form that a request brings; HTTPBadRequest without the view that it was sent from."""
    form = await request.post()
    return Sent(request, form, read_look(field_of(form, "look")))


async def answer(sent: Sent, pane: str, act: Callable[[], Look | None], show: ShowTrouble) -> web.Response:
    """Do it, then lead back (to another view, if `act` gives one); or say in the pane why it was not done."""
    try:
        look = act() or sent.look
    except MISTAKES as error:
        trouble = str(error.args[0] if error.args and isinstance(error, LookupError) else error)
        if BY_SCRIPT in sent.request.headers:
            return web.json_response({"trouble": trouble, "pane": pane}, status=409)
        return await show(sent.request, sent.look, pane, trouble)
    return lead_back(sent, look)


def lead_back(sent: Sent, look: Look) -> web.Response:
    """What was asked for is done."""
    if BY_SCRIPT in sent.request.headers:
        return web.json_response({"go": look.address})
    raise web.HTTPSeeOther(look.address)
