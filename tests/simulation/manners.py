"""How the bot behaves towards others while it runs: what it was asked not to do, and whether it did.

Each life of the bot knows only what it was told itself. Must never stop the bot: it takes notes.
"""

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import parse_qs

from bot.sandbox.deployer import Order
from bot.sandbox.github.exchange import ApiResponse
from bot.sandbox.github.faults import Fault
from bot.sandbox.slack.exchange import Request, Response
from tests.simulation.weather import Weather

SLACK_SECONDS = 1.0
"""By so much a clock that is set may be wrong about a pause."""


@dataclass
class _Limit:
    kind: str
    until: float
    status: int


class Manners:
    """Notes of what should not have been done."""

    def __init__(self, now: Callable[[], float], clock_jumped: Callable[[], float]) -> None:
        self._now = now
        self._clock_jumped = clock_jumped
        self._limit: _Limit | None = None
        self._github: dict[int, float] = {}
        self._slack: dict[tuple[int, str, str], float] = {}
        self._deployer: dict[tuple[int, str], float] = {}
        self.broken: list[str] = []
        self.orders: list[tuple[float, Order]] = []
        self.is_free: Callable[[Order], str | None] = lambda _: None

    # GitHub's limits hold for an installation, so for all that is asked about repositories.

    def github_limit(self, path: str, fate: str, weather: Weather) -> Fault | None:
        """The limit that GitHub holds this request to, if it does: a new one, or one that still lasts."""
        if not path.startswith("/repos/"):
            return None
        now = self._now()
        if self._limit is None or self._limit.until <= now:
            self._limit = None
            if fate in ("primary", "secondary"):
                seconds = weather.seconds(20, 60) if fate == "secondary" else weather.seconds(30, 90)
                self._limit = _Limit(fate, now + seconds, int(weather.seconds(403, 429)))
        if self._limit is None:
            return None
        kind = "rate_limit_primary" if self._limit.kind == "primary" else "rate_limit_secondary"
        left = max(self._limit.until - now, 1.0)
        return Fault(kind, times=1, seconds=left + 0.999, status=self._limit.status)  # type: ignore[arg-type]

    def github_answered(self, life: int, path: str, answer: ApiResponse) -> None:
        """GitHub answered: from a refusal for its limits on, nothing may be asked until it ends."""
        if self._limit is not None and path.startswith("/repos/") and answer.status in (403, 429):
            self._github[life] = min(self._limit.until, self._now() + 90.0)

    def asks_github(self, life: int, method: str, path: str) -> None:
        """The bot asks GitHub for something."""
        until = self._github.get(life, 0.0)
        if path.startswith("/repos/") and self._too_early(until):
            self.broken.append(
                f"{method} {path} was asked {until - self._now():.1f} s before GitHub's limit ended"
            )

    def asks_slack(self, life: int, request: Request) -> None:
        """The bot asks Slack for something."""
        until = self._slack.get(_slack_key(life, request), 0.0)
        if self._too_early(until):
            self.broken.append(
                f"{request.path} was asked {until - self._now():.1f} s before Slack's Retry-After"
            )

    def slack_answered(self, life: int, request: Request, answer: Response) -> None:
        """Slack answered; 429 asks for a pause."""
        if answer.status == 429:
            self._slack[_slack_key(life, request)] = self._now() + float(answer.headers["retry-after"])

    def asks_deployer(self, life: int, name: str) -> None:
        """The bot asks a deployer for something."""
        if self._too_early(self._deployer.get((life, name), 0.0)):
            self.broken.append(f"the deployer was asked for {name} before its Retry-After")

    def deployer_is_busy(self, life: int, name: str, seconds: float) -> None:
        """A deployer asks for a pause."""
        self._deployer[life, name] = self._now() + seconds

    def ordered(self, order: Order) -> None:
        """A deployer took an order."""
        self.orders.append((self._now(), order))
        problem = None if order.action == "cancel" else self.is_free(order)
        if problem is not None:
            self.broken.append(problem)

    def _too_early(self, until: float) -> bool:
        """Whether it is; a clock that was set meanwhile excuses the bot by as much."""
        return self._now() + SLACK_SECONDS + self._clock_jumped() < until


def _slack_key(life: int, request: Request) -> tuple[int, str, str]:
    """What a pause is kept for: a method in a channel, or for a person where only that person sees it."""
    whom = b'"user":"' if request.path.endswith("postEphemeral") else b'"channel":"'
    named = request.body.partition(whom)[2].partition(b'"')[0].decode()
    return life, request.path, named or parse_qs(request.query).get("channel", [""])[0]
