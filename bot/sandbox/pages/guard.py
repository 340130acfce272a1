"""Keeps strangers out: other sites' forms, and names that somebody points at this machine (DNS rebinding).

Must never rely on a token: whoever sits at this machine may play.
"""

from collections.abc import Awaitable, Callable

from aiohttp import web
from yarl import URL

from bot.sandbox.pages.rendering import HEADERS

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
LOCAL_NAMES = frozenset({"127.0.0.1", "localhost", "::1"})


@web.middleware
async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse what does not come from a page of this server on this machine."""
    if _name_of(request.host) not in LOCAL_NAMES:
        raise web.HTTPForbidden(text="These pages answer as 127.0.0.1 and localhost only.")
    if request.method != "GET" and not _is_ours(request):
        raise web.HTTPForbidden(text="This form came from another site.")
    return await handler(request)


async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
    """Every answer says what a browser may do with it."""
    for name, value in HEADERS.items():
        if name != "cache-control" or name not in response.headers:
            response.headers[name] = value


def _is_ours(request: web.Request) -> bool:
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    return site in (None, "same-origin") and origin in (None, f"http://{request.host}")


def _name_of(host: str) -> str | None:
    try:
        return URL(f"http://{host}").host
    except ValueError:
        return None
