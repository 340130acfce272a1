"""Signing in to the simulated GitHub ("Authorizing OAuth apps"): whose browser it is stands in the address.

Real people have a session; here `?as=LOGIN`, or a page on which one is chosen. It must never know what the
App wants with who signed in.
"""

import secrets
from html import escape
from urllib.parse import urlencode

from aiohttp import web

from bot.sandbox.github.memory import Memory
from bot.sandbox.github.shapes.accounts import public_user

AUTHORIZE, EXCHANGE, USER = "/login/oauth/authorize", "/login/oauth/access_token", "/api/v3/user"
CLIENT_SECRET = "sandbox-client-secret"
CODE_SECONDS = 600


class SignIn:
    """Codes and tokens of people who signed in: the pages, and whose token asks `/user`."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    def routes(self, prefix: str = "") -> list[web.RouteDef]:
        """Where people sign in, and where their code is exchanged."""
        return [web.get(prefix + AUTHORIZE, self.authorize), web.post(prefix + EXCHANGE, self.exchange)]

    async def authorize(self, request: web.Request) -> web.StreamResponse:
        """Ask who it is, then lead back with a code."""
        query = request.query
        if query.get("client_id") != self._memory.app.client_id:
            return web.Response(status=404, text="Not Found")
        who = query.get("as")
        if who is None:
            people = (name for name, each in sorted(self._memory.accounts.items()) if each.kind == "User")
            links = "".join(_choice(f"?{urlencode({**query, 'as': name})}", name) for name in people)
            return web.Response(
                text=f"<!doctype html><title>Sign in</title><h1>Who are you?</h1><ul>{links}</ul>",
                content_type="text/html",
            )
        code = secrets.token_hex(10)
        self._memory.sign_in_codes[code] = (self._memory.account(who), self._memory.clock() + CODE_SECONDS)
        back = f"{query.get('redirect_uri', '')}?{urlencode({'code': code, 'state': query.get('state', '')})}"
        return web.Response(status=302, headers={"Location": back})

    async def exchange(self, request: web.Request) -> web.StreamResponse:
        """Give a token for a code, once."""
        form = await request.post()
        known = self._memory.sign_in_codes.pop(str(form.get("code", "")), None)
        is_ours = form.get("client_id") == self._memory.app.client_id
        if known is None or not is_ours or form.get("client_secret") != CLIENT_SECRET:
            return web.json_response({"error": "bad_verification_code"})
        account, until = known
        if self._memory.clock() > until:
            return web.json_response({"error": "bad_verification_code"})
        token = f"ghu_{secrets.token_hex(18)}"
        self._memory.user_tokens[token] = account
        return web.json_response({"access_token": token, "token_type": "bearer", "scope": ""})

    async def show_user(self, request: web.Request) -> web.StreamResponse:
        """Say whose token this is ("Get the authenticated user")."""
        token = request.headers.get("Authorization", "").partition(" ")[2]
        account = self._memory.user_tokens.get(token)
        if account is None:
            return web.json_response({"message": "Bad credentials"}, status=401)
        return web.json_response(public_user(self._memory, account))


def _choice(address: str, name: str) -> str:
    return f'<li><a href="{escape(address)}">{escape(name)}</a></li>'
