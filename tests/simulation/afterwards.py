"""What happens to services after they were deployed: they fall ill, recover, and are watched by others.

Only in some runs (`VERIFIED`), with chance of its own, so that the others go as they went before.
"""

import asyncio
import random

from bot.domain.slot import Slot
from bot.sandbox import alerting
from bot.sandbox.github.seed import SHOP
from tests.simulation.carriers import Carriers
from tests.simulation.counting import Trace
from tests.simulation.stage import Stage

VERIFIED = """\
    verify:
      for: 40s
      http: [{{url: "https://deployer.test/health/api/production", every: 5s, failures: 2}}]
      prometheus: [{{url: "https://deployer.test/prom", query: errors, max: 0.1, every: 7s, failures: 2}}]
      alerts: true
    rollback: {{{rollback}}}
"""
ROLLBACKS = ("mode: prompt", "mode: prompt, auto_after: 1m", "mode: auto", "mode: auto", "mode: never")
GOOD, BAD = {"errors": "0.01"}, {"errors": "0.7"}
DECIDERS = ("ada", "grace", "lin")


def configured(chance: random.Random) -> str:
    """What production says of the time after a deployment; empty in most runs."""
    return VERIFIED.format(rollback=chance.choice(ROLLBACKS)) if chance.random() < 1 / 3 else ""


class Afterwards:
    """Lets services fall ill and recover, and others tell of it."""

    def __init__(self, stage: Stage, carriers: Carriers, chance: random.Random, trace: Trace) -> None:
        self._stage = stage
        self._carriers = carriers
        self._chance = chance
        self._trace = trace
        self._alerts = 0
        self._decided: set[str] = set()
        stage.deployer.metrics = dict(GOOD)

    async def live(self) -> None:
        """Do this and that until cancelled."""
        if not self._stage.afterwards:
            return
        deeds = (self._sicken, self._sicken, self._cure, self._measure, self._alert, self._alert)
        while True:
            await asyncio.sleep(self._chance.uniform(5, 90))
            self._chance.choice(deeds)()

    def recover(self) -> None:
        """All is well at the end."""
        self._stage.deployer.sick.clear()
        self._stage.deployer.metrics = dict(GOOD)

    def decide(self, slots: list[Slot]) -> None:
        """Somebody decides what nobody can tell from the probes."""
        pull = self._stage.github.repository(SHOP).pulls[0]
        for slot in slots:
            current = slot.current
            if current is None or current.watch is None or current.watch.inconclusive is None:
                continue
            if current.id not in self._decided:
                self._decided.add(current.id)
                self._stage.github.comment("grace", SHOP, pull.number, f"/keep {current.id}")
                self._trace.count("afterwards: kept what nobody can tell")

    def _sicken(self) -> None:
        live = self._stage.deployer.live.get(("api", "production"))
        if live is not None:
            self._stage.deployer.sick.add(live.sha)
            self._trace.count("afterwards: falls ill")

    def _cure(self) -> None:
        self._stage.deployer.sick.clear()
        self._trace.count("afterwards: recovers")

    def _measure(self) -> None:
        self._stage.deployer.metrics = self._chance.choice((None, {}, dict(GOOD), dict(BAD)))
        self._trace.count("afterwards: is measured otherwise")

    def _alert(self) -> None:
        self._alerts += 1
        now = self._stage.github.clock()
        service = self._chance.choice(("api", "web", "worker"))
        labels = {"service": service, "environment": "production"}
        product = self._chance.choice(("cloudevents", "alertmanager", "sentry"))
        name, over = f"a{self._chance.randint(1, 5)}", self._chance.random() < 0.4
        alarm = alerting.Alarm("Too many errors", labels, now, now, name, over)
        self._carriers.alert(alerting.SENDERS[product](alarm))
        self._trace.count(f"afterwards: an alert {'is over' if over else 'comes'}")
