"""Turns values into pages and pieces of pages, with the headers that keep them harmless.

Everything is escaped. Must never send a page that could load or run anything from another address.
"""

import re
from collections import OrderedDict
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Generic, TypeVar

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from bot.explaining import moments

_HERE = Path(__file__).parent
POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
STATIC: Mapping[str, tuple[str, bytes]] = {
    name: (kind, (_HERE / "static" / name).read_bytes())
    for name, kind in (
        ("story.css", "text/css"),
        ("dashboard.css", "text/css"),
        ("dashboard.js", "text/javascript"),
    )
}
KEPT_MAX = 400
T = TypeVar("T")
_CODE = re.compile(r"`([^`\n]+)`")
_ID = re.compile(r"(?<![\w/-])(?:([rd])-[0-9a-hjkmnp-tv-z]{10}|(e)-[0-9a-hjkmnp-tv-z]{16})(?![\w-])")
_PLACES = {"r": "requests", "d": "deployments", "e": "events"}


def inline(text: str) -> Markup:
    """Escape text, and show what stands between backticks as code."""
    return Markup(_CODE.sub(r"<code>\1</code>", str(escape(text))))  # noqa: S704 - escaped before


def linked(text: str, base: str = "") -> Markup:
    """Escape text, and link the ids of requests, deployments and events to their pages."""

    def link(found: re.Match[str]) -> str:
        kind = found[1] or found[2]
        return f'<a href="{escape(base)}/{_PLACES[kind]}/{found[0]}">{found[0]}</a>'

    return Markup(_ID.sub(link, str(inline(text))))  # noqa: S704 - escaped before


def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.filters.update(inline=inline, linked=linked, moment=moments.moment, clock=moments.clock)
    made.filters.update(machine=moments.machine, age=moments.age)
    return made


_TEMPLATES = _environment()


def render(template: str, shown: Mapping[str, Any]) -> str:
    """Fill in a template."""
    return _TEMPLATES.get_template(template).render(shown)


def html(text: str, status: int = 200, *, forms_lead_to: str = "") -> web.Response:
    """Answer with HTML, whose own policy allows our styles and our script and nothing else.

    A form of ours may be answered with a redirect to `forms_lead_to`, a site; browsers want it in the policy.
    """
    policy = POLICY.replace("form-action 'self'", f"form-action 'self' {forms_lead_to}".rstrip())
    return web.Response(
        text=text, content_type="text/html", status=status, headers={"Content-Security-Policy": policy}
    )


class Kept(Generic[T]):
    """What was made before, by what it was made of; the oldest is forgotten."""

    def __init__(self, most: int = KEPT_MAX) -> None:
        self._most = most
        self._pieces: OrderedDict[Any, T] = OrderedDict()

    def get(self, of: Any, make: Callable[[], T]) -> T:
        """Give what is made of this."""
        piece = self._pieces[of] if of in self._pieces else make()
        self._pieces[of] = piece
        self._pieces.move_to_end(of)
        while len(self._pieces) > self._most:
            self._pieces.popitem(last=False)
        return piece
