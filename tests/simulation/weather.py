"""What goes wrong outside, drawn from a seed: how often each thing does, and when all of it ends.

Every draw is counted under its name. Must never be asked for chance by the bot.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass

from tests.simulation.counting import Trace

_WEBHOOKS = ("lost", "late", "twice")
_REQUESTS = ("lost_reply", "reset", "status", "slow", "unreachable")


@dataclass
class Climate:
    """How often things go wrong, as parts of one; `pace` is how long a message travels, in seconds."""

    webhook: float
    github: float
    github_limits: float
    slack: float
    deployer: float
    disk: float
    pace: float


def climate_of(chance: random.Random) -> Climate:
    """A climate: some are fair, some are foul in one respect or in all."""

    def often(most: float) -> float:
        return chance.choice((0.0, most / 4, most))

    return Climate(
        webhook=often(0.3),
        github=often(0.12),
        github_limits=often(0.01),
        slack=often(0.2),
        deployer=often(0.3),
        disk=often(0.004),
        pace=chance.choice((0.05, 0.3, 1.0)),
    )


class Weather:
    """What goes wrong now."""

    def __init__(self, chance: random.Random, trace: Trace, now: Callable[[], float]) -> None:
        self._chance = chance
        self._trace = trace
        self._now = now
        self._climate = climate_of(chance)
        self._disk_until = 0.0
        self.is_over = False

    def end(self) -> None:
        """From now on everything works."""
        self.is_over = True

    def lag(self) -> float:
        """By how many seconds lists are behind; with more than ten, more could happen than is promised."""
        seconds = self._chance.choice((0.0, 0.0, 3.0, 10.0))
        if seconds:
            self._trace.count("lists: behind")
        return seconds

    def travel(self) -> float:
        """How long a message is on its way, in seconds."""
        pace = 0.05 if self.is_over else self._climate.pace
        return pace * (0.2 + self._chance.random())

    def later(self, least: float, most: float) -> float:
        """Some time between these, in seconds."""
        return self._chance.uniform(least, most)

    def webhook(self) -> str:
        """What becomes of a webhook: empty, `lost`, `late` or `twice`."""
        return self._drawn("webhook", self._climate.webhook, _WEBHOOKS)

    def report(self) -> str:
        """What becomes of a deployer's report: empty, `lost`, `late`, `twice` or `overtaken`."""
        return self._drawn("report", self._climate.deployer, (*_WEBHOOKS, "overtaken"))

    def slack_request(self) -> str:
        """What becomes of a request from Slack: empty, `lost`, `late` or `twice`."""
        return self._drawn("from slack", self._climate.slack / 2, _WEBHOOKS)

    def github(self) -> str:
        """What becomes of a request to GitHub."""
        limit = self._drawn("github", self._climate.github_limits, ("primary", "secondary"))
        return limit or self._drawn("github", self._climate.github, _REQUESTS)

    def slack(self) -> str:
        """What becomes of a request to Slack."""
        return self._drawn("slack", self._climate.slack, (*_REQUESTS, "limited"))

    def deployer(self) -> str:
        """What becomes of a request to a deployer."""
        return self._drawn("deployer", self._climate.deployer, (*_REQUESTS, "busy"))

    def disk_fails(self) -> bool:
        """Whether the disk takes nothing now; where it fails, it does for a while."""
        if self.is_over or not self._climate.disk:
            return False
        if self._now() < self._disk_until:
            return True
        if self._chance.random() < self._climate.disk:
            self._disk_until = self._now() + self._chance.choice((0.0, 2.0, 20.0))
            self._trace.count("disk: fails")
            return True
        return False

    def status(self) -> int:
        """An answer of a server in trouble."""
        return self._chance.choice((500, 502, 503))

    def seconds(self, *choices: float) -> float:
        """One of these times."""
        return self._chance.choice(choices)

    def _drawn(self, where: str, share: float, kinds: tuple[str, ...]) -> str:
        if self.is_over or self._chance.random() >= share:
            return ""
        kind = self._chance.choice(kinds)
        self._trace.count(f"{where}: {kind}")
        return kind
