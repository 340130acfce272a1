"""Where the bot may die, and when it does.

The points are those between any two of which something becomes durable or is said to somebody. A plan names
points and how often each is passed before it strikes. Must never strike by itself: who passes one says so.
"""

import random
from dataclasses import dataclass

BEFORE_INSERT = 1
BEFORE_COMMIT = 2
BEFORE_ACKNOWLEDGED = 3
BEFORE_CLAIM = 4
AFTER_CLAIM = 5
IN_HANDLER = 6
BEFORE_DECISION_COMMIT = 7
BEFORE_CALL = 8
BEFORE_REPLY = 9
BEFORE_RESULT_COMMIT = 10
WHILE_SWEEPING = 11

POINTS = {
    BEFORE_INSERT: "the signature is right, nothing is stored yet",
    BEFORE_COMMIT: "the delivery is inserted, not committed",
    BEFORE_ACKNOWLEDGED: "the delivery is committed, not acknowledged",
    BEFORE_CLAIM: "the delivery is acknowledged, nobody works on it",
    AFTER_CLAIM: "a key is leased",
    IN_HANDLER: "facts are being read",
    BEFORE_DECISION_COMMIT: "a decision is made, not committed",
    BEFORE_CALL: "an effect is leased, nothing was called",
    BEFORE_REPLY: "the call was served, its reply is on the way",
    BEFORE_RESULT_COMMIT: "the reply came, it is not recorded",
    WHILE_SWEEPING: "the list of deliveries is being swept",
}

_PASSED_MAX = {1: 40, 2: 40, 3: 40, 4: 40, 5: 60, 6: 60, 7: 60, 8: 60, 9: 30, 10: 60, 11: 6}


@dataclass
class _Planned:
    """A crash that is to come, after its point was passed so often."""

    point: int
    passed: int


class Crashes:
    """The crashes of one run."""

    def __init__(self, chance: random.Random, count: int) -> None:
        self._planned = [_plan(chance) for _ in range(count)]
        self.struck: list[int] = []

    @property
    def ended(self) -> bool:
        """Whether none is left."""
        return not self._planned

    def strikes(self, point: int) -> bool:
        """A point is passed; whether a bot dies there."""
        if not self._planned or self._planned[0].point != point:
            return False
        self._planned[0].passed -= 1
        if self._planned[0].passed > 0:
            return False
        self._planned.pop(0)
        self.struck.append(point)
        return True

    def end(self) -> None:
        """There are no more."""
        self._planned.clear()


def _plan(chance: random.Random) -> _Planned:
    point = chance.choice(list(POINTS))
    return _Planned(point, chance.randint(1, _PASSED_MAX[point]))
