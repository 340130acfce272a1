"""Who somebody is on GitHub, by GitHub's own sign-in ("Authorizing OAuth apps").

The browser that was led there is the one that comes back (a cookie with a state), so that a link which was
sent on signs nobody in. GitHub's token is used for one question and dropped; it is never stored or logged.
"""

import hmac
import secrets
from collections.abc import Awaitable, Callable
from html import escape
from urllib.parse import urlencode, urlsplit

import aiohttp
import structlog
from aiohttp import web
from msgspec import Struct

from bot.domain.values import Seconds

SIGN_IN_SECONDS: Seconds = 600.0
COOKIE = "pointsman_sign_in"
PATH_BACK = "/signed-in"
TIMEOUT = aiohttp.ClientTimeout(total=10)
_log = structlog.get_logger(__name__)


class OAuth(Struct, frozen=True, kw_only=True):
    """GitHub's side: addresses, and our client."""

    client_id: str
    client_secret: str
    web_url: str
    api_url: str

    def __repr__(self) -> str:
        return f"OAuth({self.client_id})"


class Account(Struct, frozen=True):
    """Who signed in."""

    login: str
    id: int


class Purpose(Struct, frozen=True):
    """What somebody signs in for: the name of who goes on, and what it is about (an id)."""

    name: str
    subject: str


Handler = Callable[[web.Request, str, Account], Awaitable[web.StreamResponse]]
"""Goes on with the request, the subject, and who it was."""


class SignIn:
    """Leads to GitHub and back. Who wants to know somebody registers with `on`."""

    def __init__(self, oauth: OAuth, public_url: str) -> None:
        self._oauth = oauth
        self._public_url = public_url
        self._handlers: dict[str, Handler] = {}

    def add_to(self, app: web.Application) -> None:
        """Add the address to which GitHub leads back."""
        app.router.add_get(PATH_BACK, self._come_back)

    def on(self, purpose: str, handler: Handler) -> None:
        """Call this when somebody has signed in for this purpose."""
        self._handlers[purpose] = handler

    @property
    def site(self) -> str:
        """GitHub's site, as a browser's policy names it."""
        url = urlsplit(self._oauth.web_url)
        return f"{url.scheme}://{url.netloc}"

    def lead(self, purpose: Purpose) -> web.Response:
        """Send the browser to GitHub."""
        state = secrets.token_urlsafe(24)
        query = urlencode(
            {
                "client_id": self._oauth.client_id,
                "redirect_uri": f"{self._public_url}{PATH_BACK}",
                "state": state,
                "allow_signup": "false",
            }
        )
        address = f"{self._oauth.web_url}/login/oauth/authorize?{query}"
        response = web.Response(status=303, headers={"Location": address})
        response.set_cookie(
            COOKIE,
            f"{purpose.name}:{purpose.subject}:{state}",
            max_age=int(SIGN_IN_SECONDS),
            path="/",
            httponly=True,
            samesite="Lax",
            secure=self._public_url.startswith("https://"),
        )
        return response

    def began_here(self, request: web.Request, purpose: Purpose) -> bool:
        """Whether this browser was led to GitHub for this."""
        name, _, rest = request.cookies.get(COOKIE, "").partition(":")
        return (name, rest.partition(":")[0]) == (purpose.name, purpose.subject)

    def end(self, response: web.Response) -> None:
        """Forget in the browser what it signed in for."""
        response.del_cookie(COOKIE, path="/")

    async def _come_back(self, request: web.Request) -> web.StreamResponse:
        name, _, rest = request.cookies.get(COOKIE, "").partition(":")
        subject, _, state = rest.partition(":")
        handler, given = self._handlers.get(name), request.query.get("state", "")
        if handler is None or not state or not hmac.compare_digest(state.encode(), given.encode()):
            return said("This was not begun here", "Begin again where you came from.", 400)
        account = await self._account(request.query.get("code", ""))
        if account is None:
            return said("GitHub did not say who you are", "Begin again where you came from.", 502)
        return await handler(request, subject, account)

    async def _account(self, code: str) -> Account | None:
        """Exchange the code, ask who it is, and forget the token."""
        data = {
            "client_id": self._oauth.client_id,
            "client_secret": self._oauth.client_secret,
            "code": code,
            "redirect_uri": f"{self._public_url}{PATH_BACK}",
        }
        try:
            async with aiohttp.ClientSession(timeout=TIMEOUT) as session:
                url = f"{self._oauth.web_url}/login/oauth/access_token"
                accept = {"Accept": "application/json"}
                async with session.post(url, data=data, headers=accept, allow_redirects=False) as answer:
                    token = (await answer.json()).get("access_token")
                if not isinstance(token, str):
                    return None
                headers = {"Authorization": f"Bearer {token}", "Accept": "application/vnd.github+json"}
                async with session.get(
                    f"{self._oauth.api_url}/user", headers=headers, allow_redirects=False
                ) as answer:
                    shown = await answer.json()
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            _log.warning("sign_in.github_unreachable", reason=type(error).__name__)
            return None
        login, number = shown.get("login"), shown.get("id")
        return Account(login, number) if isinstance(login, str) and isinstance(number, int) else None


def said(title: str, text: str, status: int) -> web.Response:
    """A page with one sentence."""
    return document(title, f"<p>{escape(text)}</p>", status)


def document(title: str, body: str, status: int) -> web.Response:
    """A page that needs no style and no script, in the reader's own colours. `body` is safe HTML."""
    html = (
        '<!doctype html><html lang="en"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark">'
        f"<title>{escape(title)} · Pointsman</title><main><h1>{escape(title)}</h1>{body}</main></html>"
    )
    response = web.Response(status=status, text=html, content_type="text/html")
    policy = "default-src 'none'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    response.headers["Content-Security-Policy"] = policy
    return response
