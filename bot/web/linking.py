"""Links a Slack user with a GitHub account: the page behind `/pointsman link`.

Somebody opens the link that only they got in Slack, signs in to GitHub, and says once more that they mean
it. The browser that began is the one that ends it, so that a link which was sent on links nobody unknowingly.
"""

import hashlib
import hmac
import secrets
from collections.abc import Awaitable, Callable
from html import escape

from aiohttp import web

from bot.domain.events import CommandGiven
from bot.domain.people import PEOPLE_KEY, People, PersonLinked
from bot.ports import Clock, Ledger
from bot.web.signing_in import SIGN_IN_SECONDS, Account, Purpose, SignIn, document, said

PURPOSE = "link"


class Linking:
    """The pages of `/link`. `store` takes what was linked, and the name under which it counts once."""

    def __init__(
        self,
        sign_in: SignIn,
        ledger: Ledger,
        store: Callable[[PersonLinked, str], Awaitable[object]],
        clock: Clock,
    ) -> None:
        self._sign_in = sign_in
        self._ledger = ledger
        self._store = store
        self._clock = clock
        self._key = secrets.token_bytes(32)
        sign_in.on(PURPOSE, self.signed_in)

    def add_to(self, app: web.Application) -> None:
        """Add the routes."""
        app.router.add_post("/link/confirm", self.confirmed)
        app.router.add_get("/link/{event}", self.begin)

    async def begin(self, request: web.Request) -> web.StreamResponse:
        """Send the browser to GitHub, if the link still holds."""
        event = request.match_info["event"]
        if await self._slack_of(event) is None:
            return said("This link has ended", "Say `/pointsman link` in Slack for a new one.", 410)
        return self._sign_in.lead(Purpose(PURPOSE, event))

    async def signed_in(self, _request: web.Request, event: str, account: Account) -> web.StreamResponse:
        """They signed in: ask them whether they mean it."""
        slack = await self._slack_of(event)
        if slack is None:
            return said("This link has ended", "Say `/pointsman link` in Slack for a new one.", 410)
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
        return document("Link your accounts?", text, 200)

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
        account = Account(login, int(number)) if number.isdigit() and len(number) < 20 else None
        slack = await self._slack_of(event)
        is_signed = account is not None and hmac.compare_digest(
            self._signature(event, account), str(form.get("signature", ""))
        )
        began_here = self._sign_in.began_here(request, Purpose(PURPOSE, event))
        if account is None or slack is None or not began_here or not is_signed:
            return said("This was not begun here", "Say `/pointsman link` in Slack and begin again.", 400)
        now = self._clock.now()
        linked = PersonLinked(login=account.login, account=account.id, slack=slack, at=now)
        await self._store(linked, f"linked:{event}")
        response = said("Linked", f"In Slack you are now {account.login}. You can close this page.", 200)
        self._sign_in.end(response)
        return response

    def _signature(self, event: str, account: Account) -> str:
        signed = f"{event}\x1f{account.login}\x1f{account.id}".encode()
        return hmac.new(self._key, signed, hashlib.sha256).hexdigest()

    async def _slack_of(self, event_id: str) -> str | None:
        """The Slack user who asked for this link; None = it is none, or has ended."""
        event = await self._ledger.event(event_id)
        data = event.data if event is not None else None
        if event is None or not isinstance(data, CommandGiven) or data.person.slack is None:
            return None
        is_link = data.text.split()[:1] in (["link"], ["/link"])
        return data.person.slack if is_link and self._clock.now() - event.time < SIGN_IN_SECONDS else None
