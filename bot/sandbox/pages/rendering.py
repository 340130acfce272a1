"""Turns templates into pages and parts of pages, with the headers that keep a page harmless.

Must never send a page that could load or run anything from another address.
"""

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from bot.sandbox.pages.markdown import markdown
from bot.sandbox.pages.mrkdwn import emoji, mrkdwn, plain
from bot.sandbox.pages.words import (
    clock_time,
    emoji_less,
    face,
    iso_time,
    patch_lines,
    symbol,
    tone,
    words,
)

HERE = Path(__file__).parent
ASSETS = HERE / "assets"
POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",  # "no-referrer" would make browsers send `Origin: null` with our forms
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
}


def moment(seconds: float) -> str:
    """A moment as people read it, with the date for those who ask."""
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S} UTC"


def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.filters.update(clock_time=clock_time, iso_time=iso_time, moment=moment)
    made.filters.update(markdown=markdown, emoji=emoji, mrkdwn=mrkdwn, plain=plain, emoji_less=emoji_less)
    made.filters.update(tone=tone, symbol=symbol, words=words, face=face, patch_lines=patch_lines)
    return made


_TEMPLATES = _environment()


def render(template: str, shown: Mapping[str, Any]) -> Markup:
    """A template filled in."""
    return Markup(_TEMPLATES.get_template(template).render(shown))  # noqa: S704 - templates escape


def html_reply(request: web.Request, html: str, status: int = 200) -> web.Response:
    """HTML as an answer; 304 where the browser has the very same already."""
    tag = f'"{hashlib.blake2b(html.encode(), digest_size=12).hexdigest()}"'
    if status == 200 and request.headers.get("if-none-match") == tag:
        return web.Response(status=304, headers={"etag": tag})
    return web.Response(text=html, content_type="text/html", status=status, headers={"etag": tag})
