"""What operators can watch: deliveries by outcome, how fast they are acknowledged, what waits.

Labels come from a fixed set only: nothing that a sender chooses may make a new series.
"""

import hmac
import ipaddress
from collections.abc import Awaitable, Callable, Mapping

from aiohttp import web
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from bot.domain.errors import StoreUnavailable
from bot.domain.values import Seconds
from bot.inbox import Answer, Refused
from bot.ports import Recovery
from bot.web.recovery_metrics import GitHubMetrics, RecoveryMetrics

_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_FORWARDED = ("Forwarded", "X-Forwarded-For", "X-Real-IP")


class Metrics:
    """The numbers of one process, in a registry of its own. `registry` is open to other parts of the bot."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry(auto_describe=True)
        ProcessCollector(registry=self.registry)
        self._accepted = Counter(
            "pointsman_deliveries_accepted",
            "Deliveries stored before they were acknowledged, by what storing found.",
            ("source", "state"),
            registry=self.registry,
        )
        self._refused = Counter(
            "pointsman_deliveries_refused",
            "Requests that were refused or could not be stored, by the status of the answer.",
            ("source", "status"),
            registry=self.registry,
        )
        self._acknowledgement = Histogram(
            "pointsman_acknowledgement_seconds",
            "From a request's headers to its answer, for deliveries that were stored.",
            ("source",),
            buckets=_BUCKETS,
            registry=self.registry,
        )
        self._backlog = Gauge(
            "pointsman_backlog", "What waits to be done, by kind.", ("kind",), registry=self.registry
        )
        self._store_up = Gauge(
            "pointsman_store_up", "1 if the store answered just now.", registry=self.registry
        )
        self.github = GitHubMetrics(self.registry)
        self.recovery = RecoveryMetrics(self.registry)

    def answered(self, source: str, answer: Answer, seconds: Seconds) -> None:
        """Count one answer of a door."""
        if answer.stored is not None:
            self._accepted.labels(source, answer.stored).inc()
            self._acknowledgement.labels(source).observe(seconds)
        elif answer.status >= 400:
            self._refused.labels(source, str(answer.status)).inc()

    def show_backlog(self, backlog: Mapping[str, int] | None) -> None:
        """Set the gauges; None = the store did not answer, and then no old number may stand there."""
        self._store_up.set(backlog is not None)
        self._backlog.clear()
        for kind, count in (backlog or {}).items():
            self._backlog.labels(kind).set(count)

    def text(self) -> bytes:
        """Write all numbers in Prometheus' format."""
        return generate_latest(self.registry)


async def _no_effects() -> Mapping[tuple[str, str], int]:
    """Where nothing is performed."""
    return {}


class MetricsPage:
    """`GET /metrics`: with the token if there is one, else for callers on this machine only.

    `backlog` and `effects` count in the store; `recovery` says how the search for what is missing goes.
    """

    def __init__(
        self,
        metrics: Metrics,
        token: str | None,
        backlog: Callable[[], Awaitable[Mapping[str, int]]],
        effects: Callable[[], Awaitable[Mapping[tuple[str, str], int]]] = _no_effects,
        recovery: Callable[[], Recovery] = Recovery,
    ) -> None:
        self._metrics = metrics
        self._token = token
        self._backlog = backlog
        self._effects = effects
        self._recovery = recovery

    async def handle(self, request: web.Request) -> web.Response:
        """Answer with the numbers. Raises Refused."""
        self._check(request)
        self._metrics.recovery.show(self._recovery())
        try:
            self._metrics.show_backlog(await self._backlog())
            self._metrics.recovery.show_effects(await self._effects())
        except StoreUnavailable:
            self._metrics.show_backlog(None)
            self._metrics.recovery.show_effects({})
        return web.Response(body=self._metrics.text(), headers={"Content-Type": CONTENT_TYPE_LATEST})

    def _check(self, request: web.Request) -> None:
        if self._token is None:
            if not is_from_this_machine(request):
                raise Refused(403, "Without METRICS_TOKEN the metrics are for callers on this machine only.")
            return
        given = request.headers.get("Authorization", "").encode("utf-8", "surrogateescape")
        if not hmac.compare_digest(given, f"Bearer {self._token}".encode()):
            raise Refused(
                401, "The metrics need the bearer token of METRICS_TOKEN.", {"WWW-Authenticate": "Bearer"}
            )


def is_from_this_machine(request: web.Request) -> bool:
    """Whether the caller is on loopback; one that a proxy on this machine speaks for is not."""
    if any(name in request.headers for name in _FORWARDED):
        return False
    try:
        address = ipaddress.ip_address(request.remote or "")
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return bool((mapped or address).is_loopback)
