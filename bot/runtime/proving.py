"""Counts what a sender sent beside what is stored and finished here, hour by hour. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from itertools import chain

from bot.domain.values import Seconds
from bot.ports import DeliveryProof, DeliveryRow, Sent, Tally

HOUR_SECONDS: Seconds = 3600.0
UNDER_WAY_SECONDS: Seconds = 60.0
"""What was sent so short a time ago may be on its way: it is counted, and not called missing."""


class Ledgered:
    """How far each delivery came, by its row."""

    def __init__(self, rows: Mapping[str, DeliveryRow]) -> None:
        self._rows = rows

    def tally(self, deliveries: Iterable[str]) -> Tally:
        """Count deliveries."""
        ids = list(deliveries)
        states = [self._rows[id].state for id in ids if id in self._rows]
        return Tally(len(ids), len(states), states.count("done"), states.count("failed"))

    def state(self, delivery: str) -> str:
        """`received`, `done`, `failed`, or `missing`."""
        row = self._rows.get(delivery)
        return "missing" if row is None else row.state


def first_sent(attempts: Iterable[Sent]) -> dict[str, Seconds]:
    """When each delivery was sent first, the oldest first."""
    first: dict[str, Seconds] = {}
    for attempt in attempts:
        first[attempt.delivery] = min(attempt.at, first.get(attempt.delivery, attempt.at))
    return dict(sorted(first.items(), key=lambda pair: pair[1]))


def prove(
    sent: Mapping[str, Seconds], rows: Mapping[str, DeliveryRow], window: tuple[Seconds, Seconds]
) -> DeliveryProof:
    """Compare deliveries, with when each was sent first, with their rows. `window`: from when until when."""
    since, until = window
    counted = {id: at for id, at in sent.items() if since <= at <= until}
    ledgered = Ledgered(rows)
    hours: dict[Seconds, list[str]] = defaultdict(list)
    for id, at in counted.items():
        hours[at - at % HOUR_SECONDS].append(id)
    settled = [id for id, at in counted.items() if at <= until - UNDER_WAY_SECONDS]
    by_state: dict[str, list[str]] = defaultdict(list)
    for id in settled:
        by_state[ledgered.state(id)].append(id)
    return DeliveryProof(
        since=since,
        until=until,
        total=ledgered.tally(chain.from_iterable(hours.values())),
        hours=tuple((hour, ledgered.tally(ids)) for hour, ids in sorted(hours.items())),
        missing=tuple(by_state["missing"]),
        unfinished=tuple(by_state["received"]),
        failed=tuple(by_state["failed"]),
    )
