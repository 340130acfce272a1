"""What operators can watch of the outside: whether all that GitHub sent is here, and what its limits leave.

Labels come from a fixed set or are limited in number: nobody outside may make series without end.
"""

from collections import OrderedDict
from collections.abc import Mapping
from typing import Protocol

from prometheus_client import CollectorRegistry, Counter, Gauge

from bot.domain.values import Seconds
from bot.ports import DeliveryProof, Recovery, Tally

INSTALLATIONS_MAX = 100
HOUR_SECONDS: Seconds = 3600.0


class Quota(Protocol):
    """What is left of an hourly limit."""

    @property
    def resource(self) -> str:
        """Which of GitHub's limits it is."""
        ...

    @property
    def remaining(self) -> int:
        """How many requests are left."""
        ...


class Exchange(Protocol):
    """One exchange with GitHub, as its client tells it."""

    @property
    def scope(self) -> str:
        """`the App`, or `installation 123`."""
        ...

    @property
    def status(self) -> int:
        """The answer's status; 0 = none came."""
        ...

    @property
    def limit(self) -> Quota | None:
        """The limit that it counted against, where GitHub told it."""
        ...


class GitHubMetrics:
    """Requests to GitHub, and what is left of its limits."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._requests = Counter(
            "pointsman_github_requests",
            "Requests to GitHub by who asked (app, installation) and the answer's status; 0 = none came.",
            ("scope", "status"),
            registry=registry,
        )
        self._remaining = Gauge(
            "pointsman_github_rate_limit_remaining",
            f"Requests left in this hour, for the {INSTALLATIONS_MAX} installations that asked last.",
            ("installation", "resource"),
            registry=registry,
        )
        self._shown: OrderedDict[tuple[str, str], None] = OrderedDict()

    def asked(self, exchange: Exchange) -> None:
        """Count one exchange."""
        kind, _, number = exchange.scope.rpartition(" ")
        is_installation = kind == "installation"
        self._requests.labels("installation" if is_installation else "app", str(exchange.status)).inc()
        if exchange.limit is not None:
            self._show(number if is_installation else "app", exchange.limit)

    def _show(self, installation: str, quota: Quota) -> None:
        labels = (installation, quota.resource)
        self._remaining.labels(*labels).set(quota.remaining)
        self._shown[labels] = None
        self._shown.move_to_end(labels)
        if len(self._shown) > INSTALLATIONS_MAX:
            oldest, _ = self._shown.popitem(last=False)
            self._remaining.remove(*oldest)


class RecoveryMetrics:
    """The proof that nothing was lost, and how the search for what is missing goes."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._deliveries = {
            name: Gauge(
                f"pointsman_deliveries_{name}",
                f"Deliveries that {meaning}: of this hour and the last one, or of a day as far as known.",
                ("window",),  # hour, day
                registry=registry,
            )
            for name, meaning in (
                ("sent", "GitHub says it sent"),
                ("stored", "are stored here"),
                ("finished", "ended here in a stated outcome"),
                ("failed", "were given up here"),
            )
        }
        self._gauges = {
            name: Gauge(f"pointsman_{name}", meaning, registry=registry) for name, meaning in _GAUGES.items()
        }
        self._effects = Gauge(
            "pointsman_effects",
            "Effects that wait, are under way or were given up.",
            ("kind", "state"),
            registry=registry,
        )

    def show(self, recovery: Recovery) -> None:
        """Set the gauges; what is not known is not shown."""
        figures = {
            "sweep_success_timestamp_seconds": recovery.swept_at,
            "comparison_success_timestamp_seconds": recovery.compared_at,
            "sweep_failures": recovery.failures,
            "deliveries_asked_again": recovery.asked_again,
            "deliveries_never_came": recovery.never_came,
            "comparison_findings": recovery.found,
        }
        proof = recovery.proof
        if proof is not None:
            figures["deliveries_missing"] = len(proof.missing)
            figures["deliveries_proof_since_timestamp_seconds"] = proof.since
            self._show_tallies("day", proof.total)
            self._show_tallies("hour", _last_hour(proof))
        for name, value in figures.items():
            self._gauges[name].set(float("nan") if value is None else value)

    def show_effects(self, counts: Mapping[tuple[str, str], int]) -> None:
        """Set the effects anew."""
        self._effects.clear()
        for (kind, state), count in counts.items():
            self._effects.labels(kind, state).set(count)

    def _show_tallies(self, window: str, tally: Tally) -> None:
        for name, gauge in self._deliveries.items():
            gauge.labels(window).set(getattr(tally, name))


def _last_hour(proof: DeliveryProof) -> Tally:
    """The hour of the clock that is not over, with the one before it: between one and two hours."""
    begun = proof.until - proof.until % HOUR_SECONDS - HOUR_SECONDS
    recent = [tally for hour, tally in proof.hours if hour >= begun]
    return Tally(
        sent=sum(each.sent for each in recent),
        stored=sum(each.stored for each in recent),
        finished=sum(each.finished for each in recent),
        failed=sum(each.failed for each in recent),
    )


_GAUGES = {
    "deliveries_missing": "Deliveries that GitHub sent more than a minute ago, and that are not here.",
    "deliveries_proof_since_timestamp_seconds": "Since when everything that GitHub sent is counted.",
    "deliveries_asked_again": "Deliveries that this process asked GitHub for again.",
    "deliveries_never_came": "Deliveries that did not come although they were asked for several times.",
    "sweep_success_timestamp_seconds": "When GitHub's list of deliveries was last read to its end.",
    "sweep_failures": "Sweeps and comparisons of this process that failed.",
    "comparison_success_timestamp_seconds": "When pull requests were last compared with GitHub.",
    "comparison_findings": "Pull requests that GitHub had otherwise than we knew, found by this process.",
}
