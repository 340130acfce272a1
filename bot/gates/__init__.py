"""What stands between a request and its start. One file for each gate, one row here.

The order is that in which people are told: who, what holds everybody, then what the commit still lacks.
"""

from collections.abc import Mapping

from bot.gates import (
    after,
    approvals,
    automation,
    checks,
    deployers,
    emergency,
    forks,
    freeze,
    lock,
    protection,
    review,
    services,
    up_to_date,
)
from bot.gates.gate import Gate

_ROWS = (
    deployers.GATE,
    emergency.GATE,
    lock.GATE,
    freeze.GATE,
    forks.GATE,
    after.GATE,
    up_to_date.GATE,
    checks.GATE,
    review.GATE,
    protection.GATE,
    approvals.GATE,
    services.GATE,
    automation.GATE,
)

TABLE: Mapping[str, Gate] = {gate.name: gate for gate in _ROWS}
