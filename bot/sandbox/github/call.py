"""One API call on its way through the endpoint that serves it, and its answer.

It must never be kept: it lives as long as the request.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar
from urllib.parse import quote, urlencode

from bot.sandbox.github.authentication import Caller
from bot.sandbox.github.exchange import ApiRequest, Json, Refusal, not_found
from bot.sandbox.github.history import Commit
from bot.sandbox.github.limits import RateLimits
from bot.sandbox.github.memory import Memory
from bot.sandbox.github.records import Account, Repository

T = TypeVar("T")
PER_PAGE_DEFAULT = 30
PER_PAGE_MAX = 100


@dataclass(slots=True)
class Answer:
    """What an endpoint says. `raw` replaces the JSON."""

    payload: Any = None
    status: int = 200
    raw: bytes | None = None
    content_type: str = "application/json; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A row of the table of endpoints.

    `needs` names the permission (`checks:write`); alternatives are separated by `|`, nothing means none.
    """

    method: str
    template: str
    handler: Callable[["Call"], Answer]
    needs: str = ""
    by: Literal["app", "installation", "either"] = "installation"


@dataclass(slots=True)
class Call:
    """An authenticated, checked request."""

    memory: Memory
    limits: RateLimits
    request: ApiRequest
    endpoint: Endpoint
    params: dict[str, str]
    caller: Caller
    body: Json
    found_repository: Repository | None = None
    headers: dict[str, str] = field(default_factory=dict)
    _query: dict[str, str] | None = None

    @property
    def query(self) -> dict[str, str]:
        """The query's parameters."""
        if self._query is None:
            self._query = self.request.query
        return self._query

    @property
    def repository(self) -> Repository:
        """The repository that the path names."""
        if self.found_repository is None:
            raise LookupError("only endpoints under /repos have a repository")
        return self.found_repository

    @property
    def actor(self) -> Account:
        """The bot account under which the App acts."""
        return self.memory.bot

    def number(self, name: str) -> int:
        """A numeric part of the path; a 404 where it is none."""
        if not self.params[name].isdigit():
            raise not_found()
        return int(self.params[name])

    def per_page(self, default: int = PER_PAGE_DEFAULT) -> int:
        """How many entries are asked for, at most 100."""
        asked = self.query.get("per_page", "")
        return min(int(asked), PER_PAGE_MAX) if asked.isdigit() and int(asked) else default

    def page(self, items: Sequence[T], *, newest: Literal["first", "last"] = "last") -> Sequence[T]:
        """The page that is asked for; sets the Link header. A lag hides the newest entries."""
        shown = self.behind(items, newest)
        size = self.per_page()
        asked = self.query.get("page", "1")
        number = max(int(asked), 1) if asked.isdigit() else 1
        last = max((len(shown) + size - 1) // size, 1)
        relations = {"prev": number - 1, "next": number + 1, "last": last, "first": 1}
        if number >= last:
            relations = {"prev": number - 1, "first": 1}
        if number == 1:
            relations = {name: page for name, page in relations.items() if name not in ("prev", "first")}
        self.link({name: {"page": str(page)} for name, page in relations.items()})
        return shown[(number - 1) * size : number * size]

    def behind(self, items: Sequence[T], newest: Literal["first", "last"]) -> Sequence[T]:
        """The entries as a list shows them; one that lags behind lacks the newest, or all young ones."""
        lag = self.memory.faults.for_request(self.request.method, self.request.route, ("lag",))
        if lag is None:
            return items
        if lag.seconds is None:
            return items[1:] if newest == "first" else items[:-1]
        since = self.memory.clock() - lag.seconds
        return [item for item in items if _made_at(item) <= since]

    def link(self, relations: dict[str, dict[str, str]]) -> None:
        """Sets the Link header: each relation is this address with other parameters."""
        base = self.memory.api_url + self.request.route
        links = [
            f'<{base}?{urlencode({**self.query, **changed}, quote_via=quote)}>; rel="{name}"'
            for name, changed in relations.items()
        ]
        if links:
            self.headers["link"] = ", ".join(links)

    def commit(self, ref: str) -> Commit:
        """The commit of a branch, tag, `heads/…`, `tags/…`, full or short SHA; a 422 otherwise."""
        repository = self.repository
        sha = resolve(repository, ref)
        if sha is None:
            raise Refusal(422, f"No commit found for SHA: {ref}")
        return repository.history.commits[sha]


def _made_at(item: object) -> float:
    """When a record was made; one that says nothing of it is old."""
    for name in ("created_at", "started_at", "timestamp"):
        at = getattr(item, name, None)
        if isinstance(at, float | int):
            return float(at)
    return float("-inf")


def resolve(repository: Repository, ref: str) -> str | None:
    """The SHA that a ref means in a repository."""
    short = ref.removeprefix("refs/")
    for prefix, refs in (("heads/", repository.branches), ("tags/", repository.tags)):
        if short.startswith(prefix) and short.removeprefix(prefix) in refs:
            return refs[short.removeprefix(prefix)]
        if ref in refs:
            return refs[ref]
    commit = repository.history.by_prefix(ref)
    return commit.sha if commit else None
