"""Links a Slack user with a GitHub account: the page behind `/pointsman link`.

Somebody opens the link that only they got in Slack, signs in to GitHub ("Authorizing OAuth apps"), and says
once more that they mean it. The browser that began is the one that ends it (a cookie), so that a link which
was sent on links nobody unknowingly. GitHub's token is used for one question and dropped; it is never stored
or logged.
"""

import hashlib
import hmac
import secrets
from collections.abc import Awaitable, Callable
from html import escape
from urllib.parse import urlencode

import aiohttp
import structlog
from aiohttp import web
from msgspec import Struct

from bot.domain.events import CommandGiven
from bot.domain.people import PEOPLE_KEY, People, PersonLinked
from bot.domain.values import Seconds
from bot.ports import Clock, Ledger

LINK_SECONDS: Seconds = 600.0
COOKIE = "pointsman_link"
TIMEOUT = aiohttp.ClientTimeout(total=10)
ANSWER_BYTES_MAX = 64 * 1024
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


class Linking:
    """The pages of `/link`. `store` takes what was linked, and the name under which it counts once."""

    def __init__(
        self,
        oauth: OAuth,
        public_url: str,
        ledger: Ledger,
        store: Callable[[PersonLinked, str], Awaitable[object]],
        clock: Clock,
    ) -> None:
        self._oauth = oauth
        self._public_url = public_url
        self._ledger = ledger
        self._store = store
        self._clock = clock
        self._key = secrets.token_bytes(32)

    def add_to(self, app: web.Application) -> None:
        """Add the routes."""
        app.router.add_get("/link/done", self.signed_in)
        app.router.add_post("/link/confirm", self.confirmed)
        app.router.add_get("/link/{event}", self.begin)

    async def begin(self, request: web.Request) -> web.StreamResponse:
        """Send the browser to GitHub, if the link still holds."""
        event = request.match_info["event"]
        if await self._slack_of(event) is None:
            return _page("This link has ended", "Say `/pointsman link` in Slack for a new one.", 410)
        state = secrets.token_urlsafe(24)
        query = urlencode(
            {
                "client_id": self._oauth.client_id,
                "redirect_uri": f"{self._public_url}/link/done",
                "state": state,
                "allow_signup": "false",
            }
        )
        response = web.Response(status=302)
        response.headers["Location"] = f"{self._oauth.web_url}/login/oauth/authorize?{query}"
        response.set_cookie(
            COOKIE,
            f"{event}.{state}",
            max_age=int(LINK_SECONDS),
            path="/link",
            httponly=True,
            samesite="Lax",
            secure=self._public_url.startswith("https://"),
        )
        return response

    async def signed_in(self, request: web.Request) -> web.StreamResponse:
        """GitHub sent the browser back: ask who signed in, and ask them whether they mean it."""
        event, _, state = request.cookies.get(COOKIE, "").partition(".")
        given = request.query.get("state", "")
        slack = await self._slack_of(event) if event else None
        if slack is None or not state or not hmac.compare_digest(state.encode(), given.encode()):
            return _page("This was not begun here", "Say `/pointsman link` in Slack and begin again.", 400)
        account = await self._account(request.query.get("code", ""))
        if account is None:
            return _page("GitHub did not say who you are", "Begin again with `/pointsman link`.", 502)
        return self._question(event, slack, account, await self._warning(slack, account))

    def _question(self, event: str, slack: str, account: Account, warning: str) -> web.Response:
        signed = self._signature(event, account)
        hidden = "".join(
            f'<input type="hidden" name="{name}" value="{escape(value)}">'
            for name, value in (
                ("event", event),
                ("login", account.login),
                ("account", str(account.id)),
                ("signature", signed),
            )
        )
        form = (
            f'<form method="post" action="/link/confirm">{hidden}'
            "<p><button>Link these accounts</button></p></form>"
        )
        text = (
            f"<p>You are signed in to GitHub as <strong>{escape(account.login)}</strong>. "
            f"The link came to the Slack user <strong>{escape(slack)}</strong>. Link both?</p>"
            f"{warning}{form}<p>If that is not you in Slack, close this page: nothing happens.</p>"
        )
        return _document("Link your accounts?", text, 200)

    async def _warning(self, slack: str, account: Account) -> str:
        state = await self._ledger.state(PEOPLE_KEY)
        people = state if isinstance(state, People) else People()
        before = (people.login_of(slack), people.slack_of(account.login))
        is_new = before in {(None, None), (account.login, slack)}
        return "" if is_new else "<p>One of them is linked already; that link ends.</p>"

    async def confirmed(self, request: web.Request) -> web.StreamResponse:
        """They mean it: store it, once."""
        form = await request.post()
        event, login = str(form.get("event", "")), str(form.get("login", ""))
        number = str(form.get("account", ""))
        begun = request.cookies.get(COOKIE, "").partition(".")[0]
        account = Account(login, int(number)) if number.isdigit() and len(number) < 20 else None
        slack = await self._slack_of(event)
        is_signed = account is not None and hmac.compare_digest(
            self._signature(event, account), str(form.get("signature", ""))
        )
        if account is None or slack is None or begun != event or not is_signed:
            return _page("This was not begun here", "Say `/pointsman link` in Slack and begin again.", 400)
        now = self._clock.now()
        linked = PersonLinked(login=account.login, account=account.id, slack=slack, at=now)
        await self._store(linked, f"linked:{event}")
        response = _page("Linked", f"In Slack you are now {account.login}. You can close this page.", 200)
        response.del_cookie(COOKIE, path="/link")
        return response

    def _signature(self, event: str, account: Account) -> str:
        said = f"{event}\x1f{account.login}\x1f{account.id}".encode()
        return hmac.new(self._key, said, hashlib.sha256).hexdigest()

    async def _slack_of(self, event_id: str) -> str | None:
        """The Slack user who asked for this link; None = it is none, or has ended."""
        event = await self._ledger.event(event_id)
        data = event.data if event is not None else None
        if event is None or not isinstance(data, CommandGiven) or data.person.slack is None:
            return None
        is_link = data.text.split()[:1] in (["link"], ["/link"])
        return data.person.slack if is_link and self._clock.now() - event.time < LINK_SECONDS else None

    async def _account(self, code: str) -> Account | None:
        """Exchange the code, ask who it is, and forget the token."""
        data = {
            "client_id": self._oauth.client_id,
            "client_secret": self._oauth.client_secret,
            "code": code,
            "redirect_uri": f"{self._public_url}/link/done",
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
            _log.warning("link.github_unreachable", reason=type(error).__name__)
            return None
        login, number = shown.get("login"), shown.get("id")
        return Account(login, number) if isinstance(login, str) and isinstance(number, int) else None


def _page(title: str, text: str, status: int) -> web.Response:
    return _document(title, f"<p>{escape(text)}</p>", status)


def _document(title: str, body: str, status: int) -> web.Response:
    """A page that needs no style and no script, in the reader's own colours."""
    html = (
        '<!doctype html><html lang="en"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark">'
        f"<title>{escape(title)} · Pointsman</title><main><h1>{escape(title)}</h1>{body}</main></html>"
    )
    response = web.Response(status=status, text=html, content_type="text/html")
    policy = "default-src 'none'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    response.headers["Content-Security-Policy"] = policy
    return response
