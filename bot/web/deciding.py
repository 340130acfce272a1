"""Approves or rejects a request from the dashboard, as the person who signs in to GitHub for it.

Whoever looks at the dashboard has a token and no name; a decision needs a name. So each one goes by GitHub's
sign-in, and becomes the same command as a comment: rights and gates are looked at as ever.
"""

from collections.abc import Awaitable, Callable

from aiohttp import web

from bot.domain.events import CommandGiven
from bot.domain.request import Request
from bot.domain.state import request_key
from bot.domain.values import Person, Place, PullRequestPlace, SlackPlace
from bot.ports import Clock, Ledger
from bot.web.signing_in import Account, Purpose, SignIn, said

WORDS = ("approve", "reject")


class Deciding:
    """`store` takes the command, and the name under which it counts once; `slack_of` finds a login's user."""

    def __init__(
        self,
        sign_in: SignIn,
        ledger: Ledger,
        store: Callable[[CommandGiven, str], Awaitable[object]],
        slack_of: Callable[[str], Awaitable[str | None]],
        clock: Clock,
    ) -> None:
        self._sign_in = sign_in
        self._ledger = ledger
        self._store = store
        self._slack_of = slack_of
        self._clock = clock
        sign_in.on(WORDS[0], self._approved)
        sign_in.on(WORDS[1], self._rejected)

    @property
    def site(self) -> str:
        """The site to which `begin` leads."""
        return self._sign_in.site

    def begin(self, word: str, request_id: str) -> web.Response:
        """Lead to GitHub's sign-in for one of `WORDS`."""
        return self._sign_in.lead(Purpose(word, request_id))

    async def _approved(self, _request: web.Request, id: str, account: Account) -> web.StreamResponse:
        return await self._decided("approve", id, account)

    async def _rejected(self, _request: web.Request, id: str, account: Account) -> web.StreamResponse:
        return await self._decided("reject", id, account)

    async def _decided(self, word: str, id: str, account: Account) -> web.StreamResponse:
        request = await self._ledger.state(request_key(id))
        if not isinstance(request, Request):
            return said("Not known", "This request is not recorded here (any more).", 404)
        slack = await self._slack_of(account.login)
        place = place_of(request)
        if place is None or (isinstance(place, SlackPlace) and slack is None):
            text = (
                f"You are {account.login} on GitHub, and this request was not made on a pull request. "
                "Say `/pointsman link` in Slack first, so that you can be answered there."
            )
            return said("Not decided: who are you in Slack?", text, 409)
        now = self._clock.now()
        given = CommandGiven(
            text=f"/pointsman {word} {id}" if isinstance(place, PullRequestPlace) else f"{word} {id}",
            place=place,
            person=Person(login=account.login, slack=slack),
            given_at=now,
            to_us=True,
            button=True,
            dashboard=True,
        )
        await self._store(given, f"decided:{word}:{id}:{account.id}:{now:.3f}")
        response = web.Response(status=303, headers={"Location": f"/requests/{id}"})
        self._sign_in.end(response)
        return response


def place_of(request: Request) -> Place | None:
    """Where the answer goes: the pull request, else the channel where it was asked for."""
    made = request.made
    if made.number is not None:
        return PullRequestPlace(made.repository, made.number)
    if isinstance(made.place, SlackPlace):
        return SlackPlace(made.place.team, made.place.channel, made.place.channel_name)
    return None
