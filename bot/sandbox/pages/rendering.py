"""Turns templates into pages, with the headers that keep a page harmless.

Must never send a page that could load or run anything from another address.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from bot.sandbox.pages.markdown import markdown
from bot.sandbox.pages.mrkdwn import emoji, mrkdwn, plain

HERE = Path(__file__).parent
STATIC = HERE / "static"
POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
}


def clock_time(seconds: float) -> str:
    """A moment as people read it."""
    return f"{datetime.fromtimestamp(seconds, UTC):%H:%M:%S} UTC"


def iso_time(seconds: float) -> str:
    """A moment as machines read it."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")


def _environment() -> Environment:
    loader = FileSystemLoader(HERE / "templates")
    made = Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    made.filters.update(clock_time=clock_time, iso_time=iso_time, markdown=markdown, emoji=emoji)
    made.filters.update(mrkdwn=mrkdwn, plain=plain)
    return made


_TEMPLATES = _environment()


def page(template: str, shown: Mapping[str, Any], status: int = 200) -> web.Response:
    """A template filled in."""
    html = _TEMPLATES.get_template(template).render(shown)
    return web.Response(text=html, content_type="text/html", status=status)
