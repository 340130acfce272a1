"""One way to GitHub: signed, within its limits, in time, and with every refusal told apart.

gidgethub gives the verbs (`getitem`, `getiter`, `post`, `patch`, …); this subclass mends what it leaves
open: 429 and secondary limits, timeouts, the API's version, redirects, tokens that were withdrawn, a cache
that knows whose answer it holds, GraphQL's address and sign-in, clocks. It never sends a token to another
host, never logs a header, and never repeats a request by itself, except once after a 401. Whoever calls it
gets a value, or PassingFault, or LastingFault (`Refused` and `NotThere` in `faults`).
"""

import asyncio
from collections.abc import Mapping
from contextlib import aclosing
from typing import Any

import msgspec
import structlog
from gidgethub import sansio
from gidgethub.abc import ITERABLE_KEY, JSON_CONTENT_TYPE, GitHubAPI

from bot import __version__
from bot.domain.errors import LastingFault, PassingFault
from bot.domain.values import Seconds
from bot.github.addresses import origin, path_of
from bot.github.connection import ACCEPT, JSON, Asked, Connection, Credentials, Question
from bot.github.faults import fault_of, is_write
from bot.github.graphql import data_of, is_mutation
from bot.github.limits import RateLimits
from bot.github.repeats import in_doubt
from bot.github.replies import Reply
from bot.github.transport import NoReply

AT_ONCE_MAX = 80  # GitHub allows 100, and other tools share them ("Rate limits for the REST API")
REDIRECTS_MAX = 3
REDIRECTS = (301, 302, 307, 308)
DONE = (200, 201, 202, 204)
ITEMS_MAX = 10_000

log = structlog.get_logger(__name__)


class GitHubClient(GitHubAPI):
    """GitHub, as one caller sees it. Keep one for each installation: it holds the installation's limits."""

    def __init__(self, connection: Connection, credentials: Credentials) -> None:
        super().__init__(f"pointsman/{__version__}", base_url=connection.api_url)
        self._connection = connection
        self._credentials = credentials
        self._clock = connection.clock
        self._slots = asyncio.Semaphore(AT_ONCE_MAX)
        self.limits = RateLimits(credentials.scope, connection.clock)

    async def collect(self, url: str, *, key: str = ITERABLE_KEY, items_max: int = ITEMS_MAX) -> list[Any]:
        """Give the items of all pages, at most `items_max`. `key` = where they are if a page is an object."""
        items: list[Any] = []
        async with aclosing(self.getiter(url, iterable_key=key)) as pages:
            async for item in pages:
                items.append(item)
                if len(items) >= items_max:
                    break
        return items

    async def graphql(self, query: str, *, endpoint: str = "", **variables: Any) -> Any:
        """Ask GraphQL and give `data`. The address is the configured one unless `endpoint` names another.

        Raises PassingFault and LastingFault as the REST verbs do, also for `errors` in an answer of 200.
        """
        question = Question(
            method="POST",
            url=endpoint or self._connection.graphql_url,
            body=msgspec.json.encode({"query": query, "variables": variables}),
            resource="graphql",
            writes=is_mutation(query),
        )
        answer = _decode(question, await self._ask(question))
        return data_of(answer, self.limits.seconds_to_reset("graphql"))

    async def manage_rate_limit(self, *, method: str, url: str) -> None:
        """Do not ask where GitHub would only refuse. Raises PassingFault with the time to wait."""
        self.limits.check("graphql" if url == self._connection.graphql_url else "core")

    async def sleep(self, seconds: float) -> None:
        """Wait on the injected clock."""
        await self._clock.sleep(seconds)

    async def _request(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes = b""
    ) -> tuple[int, Mapping[str, str], bytes]:
        return await self._connection.transport(method, url, headers, body)

    async def _make_request(  # noqa: PLR0913 - gidgethub's own signature, through which all its verbs go
        self,
        method: str,
        url: str,
        url_vars: Mapping[str, Any] | None,
        data: Any,
        accept: str,
        jwt: str | None = None,
        oauth_token: str | None = None,
        content_type: str = JSON_CONTENT_TYPE,
        extra_headers: dict[str, str] | None = None,
    ) -> tuple[Any, str | None, int]:
        """Ask by our rules, whichever verb was used: the decoded body, the next page, the status."""
        if jwt is not None or oauth_token is not None:
            raise TypeError("This client signs for itself; take the client of the caller that you mean.")
        is_json = content_type == JSON_CONTENT_TYPE
        question = Question(
            method=method,
            url=sansio.format_url(url, url_vars, base_url=self.base_url),
            accept=ACCEPT if accept == sansio.accept_format() else accept,
            body=None if data == b"" else msgspec.json.encode(data) if is_json else data,
            content_type=JSON if is_json else content_type,
            extra=extra_headers or {},
            writes=is_write(method),
        )
        reply = await self._ask(question)
        next_page = sansio._next_link(reply.headers.get("link"))
        return _decode(question, reply), next_page, reply.status

    async def _ask(self, question: Question) -> Reply:
        """Give an answer that says yes. Raises PassingFault or LastingFault for every other."""
        async with self._slots:
            token = await self._credentials.token()
            reply = await self._follow(question, token)
            if reply.status == 401:
                self._credentials.drop(token)
                reply = await self._follow(question, await self._credentials.token())
        if reply.status in DONE:
            self.limits.went_well()
            return reply
        if reply.status == 401:
            raise self._credentials.refused(reply)
        raise self.limits.fault_of(reply) or fault_of(question, reply)

    async def _follow(self, question: Question, token: str) -> Reply:
        """Go where GitHub says the thing is now: same method, same host, a few times at most."""
        for _ in range(REDIRECTS_MAX + 1):
            self._stay_at_home(question.url)
            reply = await self._exchange(question, token)
            location = reply.headers.get("location")
            if reply.status not in REDIRECTS or not location:
                return reply
            question = question.moved(location)
        raise LastingFault(
            f"GitHub redirected {question.method} {path_of(question.url)} more than {REDIRECTS_MAX} times.",
            hint="Check GITHUB_API_URL.",
        )

    def _stay_at_home(self, url: str) -> None:
        """A token goes nowhere but to the API's own hosts."""
        if origin(url) not in (origin(self._connection.api_url), origin(self._connection.graphql_url)):
            scheme, host, _ = origin(url)
            raise LastingFault(
                f"GitHub's API sent us to another place ({scheme}://{host}); no token is sent there.",
                hint="Set GITHUB_API_URL to the address that GitHub uses for itself.",
            )

    async def _exchange(self, question: Question, token: str) -> Reply:
        """One request over the wire; a 304 becomes the answer that we hold."""
        await self.manage_rate_limit(method=question.method, url=question.url)
        key = question.key(self._credentials.scope)
        held = self._connection.answers.get(key) if question.method == "GET" else None
        reply = await self._send(question, question.headers(self.requester, token, held))
        if reply.status == 304 and held is not None:
            return held
        if question.method == "GET" and reply.status == 200:
            self._connection.answers.keep(key, reply)
        return reply

    async def _send(self, question: Question, headers: Mapping[str, str]) -> Reply:
        started = self._clock.now()
        self.requests_in_flight += 1
        try:
            status, names, body = await self._request(
                question.method, question.url, headers, question.body or b""
            )
        except NoReply as lost:
            self._tell(question, 0, started)
            fault = PassingFault(
                f"GitHub gave no answer to {question.method} {path_of(question.url)}: {lost.reason}."
            )
            raise (in_doubt(fault) if lost.sent and question.writes else fault) from lost
        finally:
            self.requests_in_flight -= 1
        reply = Reply(status, {name.lower(): value for name, value in names.items()}, body)
        self.limits.note(reply)
        self._tell(question, status, started, reply.headers.get("x-github-request-id"))
        return reply

    def _tell(self, question: Question, status: int, started: Seconds, request_id: str | None = None) -> None:
        asked = Asked(
            scope=self._credentials.scope,
            method=question.method,
            path=path_of(question.url),
            status=status,
            duration=self._clock.now() - started,
            limit=self.limits.limit(question.resource),
        )
        self._connection.observe(asked)
        log.debug(
            "github.asked",
            scope=asked.scope,
            method=asked.method,
            path=asked.path,
            status=status,
            seconds=round(asked.duration, 3),
            request_id=request_id,
        )


def _decode(question: Question, reply: Reply) -> Any:
    if not reply.body:
        return None
    try:
        return msgspec.json.decode(reply.body)
    except msgspec.DecodeError as error:
        fault = PassingFault(
            f"The answer to {question.method} {path_of(question.url)} is no JSON: is that GitHub?"
        )
        raise (in_doubt(fault) if question.writes else fault) from error
