"""Who may look: people with the token, as a cookie of 12 hours; programs with it as a bearer token.

The dashboard shows what people wrote in private repositories and channels. Must never show a page without
the token, log a token that somebody set or tried, or follow a sign-in to another site.
"""

import hashlib
import hmac
import re
import secrets
from collections.abc import Mapping
from urllib.parse import urlsplit

import structlog
from aiohttp import web

from bot.ports import Clock

COOKIE = "pointsman"
COOKIE_SECONDS = 12 * 3600
MADE_BYTES = 20
_VALUE = re.compile(r"([0-9]{1,12})\.([0-9a-f]{64})")
_PATH = re.compile(r"/(?![/\\])[\x21-\x5b\x5d-\x7e]{0,500}")
_log = structlog.get_logger(__name__)


class Access:
    """Checks who looks. Without a token one is made, which holds until this process ends."""

    def __init__(self, token: str | None, public_url: str, clock: Clock) -> None:
        made = secrets.token_hex(MADE_BYTES) if token is None else ""
        # Where the token was made here this is the one way to learn it, so the log holds it, on purpose.
        self.address = f"{public_url}/?token={made}" if made else f"{public_url}/"
        self._token = (token or made).encode()
        self._host = urlsplit(public_url).netloc
        self._secure = public_url.startswith("https://")
        self._clock = clock

    def allows(self, request: web.Request) -> bool:
        """Whether a request brings the token, or a cookie that was given for it."""
        given = request.headers.get("Authorization", "")
        if given.startswith("Bearer "):
            return self.is_token(given.removeprefix("Bearer "))
        return self._is_cookie(request.cookies.get(COOKIE, ""))

    def is_token(self, given: str) -> bool:
        """Whether this is the token, in constant time."""
        return hmac.compare_digest(given.encode("utf-8", "surrogateescape"), self._token)

    def admit(self, request: web.Request, given: str) -> bool:
        """Whether somebody who signs in may; a wrong token is logged, without the token."""
        allowed = self.is_token(given)
        if not allowed:
            _log.warning("dashboard.sign_in_failed", remote=request.remote)
        return allowed

    def give_cookie(self, response: web.Response | web.HTTPException) -> None:
        """Let the browser in for 12 hours."""
        expires_at = str(int(self._clock.now()) + COOKIE_SECONDS)
        response.set_cookie(
            COOKIE,
            f"{expires_at}.{self._signature(expires_at)}",
            max_age=COOKIE_SECONDS,
            path="/",
            httponly=True,
            samesite="Strict",
            secure=self._secure,
        )

    def take_cookie(self, response: web.Response | web.HTTPException) -> None:
        """Let the browser in no longer."""
        response.del_cookie(COOKIE, path="/", httponly=True, samesite="Strict", secure=self._secure)

    def is_from_here(self, request: web.Request) -> bool:
        """Whether a form came from our own page; a program that says nothing of a page is none."""
        site = request.headers.get("Sec-Fetch-Site")
        if site is not None:
            return site in ("same-origin", "none")
        origin = request.headers.get("Origin")
        return origin is None or urlsplit(origin).netloc in (request.host, self._host)

    def _is_cookie(self, value: str) -> bool:
        found = _VALUE.fullmatch(value)
        if found is None:
            return False
        is_ours = hmac.compare_digest(found[2], self._signature(found[1]))
        return is_ours and int(found[1]) > self._clock.now()

    def _signature(self, expires_at: str) -> str:
        return hmac.new(self._token, f"dashboard:{expires_at}".encode(), hashlib.sha256).hexdigest()


def path_back(form: Mapping[str, object]) -> str:
    """Give the page that somebody wanted before they signed in; never one of another site."""
    wanted = form.get("next")
    return wanted if isinstance(wanted, str) and _PATH.fullmatch(wanted) else "/"
