"""What can be made to go wrong: answers that fail, are slow or get lost, and webhooks that do.

A fault matches requests by method and path, or webhooks by event, a number of times or until it is cleared.
It must never break the world's own records: a fault changes what the other side sees.
"""

import re
from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias, get_args

RequestFault: TypeAlias = Literal[
    "status",
    "rate_limit_primary",
    "rate_limit_secondary",
    "lost_reply",
    "reset",
    "slow",
    "not_found_once",
    "lag",
]
WebhookFault: TypeAlias = Literal["lose", "duplicate", "reorder", "stall"]
REQUEST_FAULTS: tuple[str, ...] = get_args(RequestFault)


@dataclass(slots=True)
class Fault:
    """One rule.

    `method` and `path` are regular expressions for requests (the path without `/api/v3` and query), `event`
    one for webhooks (`push`, `check_run`). `times` None: until cleared. `seconds` is the delay of `slow` and
    `stall`, the time until the reset of `rate_limit_primary`, the Retry-After of `rate_limit_secondary`, and
    the age up to which a `lag` hides entries of lists (None: it hides the newest one).
    `status` is the answer's of `status` and `rate_limit_secondary`.
    """

    kind: RequestFault | WebhookFault
    method: str = ".*"
    path: str = ".*"
    event: str = ".*"
    times: int | None = None
    status: int = 502
    seconds: float | None = None

    def concerns_request(self, method: str, path: str) -> bool:
        """Whether this rule is for a request like this one."""
        return (
            self.kind in REQUEST_FAULTS
            and re.fullmatch(self.method, method) is not None
            and re.fullmatch(self.path, path) is not None
        )

    def concerns_webhook(self, event: str) -> bool:
        """Whether this rule is for this event's webhooks."""
        return self.kind not in REQUEST_FAULTS and re.fullmatch(self.event, event) is not None


PRESETS: dict[str, tuple[Fault, ...]] = {
    "github_502": (Fault("status", status=502),),
    "webhooks_lost": (Fault("lose"),),
    "github_slow": (Fault("slow", seconds=5.0),),
    "rate_limited": (Fault("rate_limit_primary", seconds=60.0),),
    "github_lags": (Fault("lag", seconds=10.0),),
}
"""Named sets of faults for a control panel."""


@dataclass(slots=True)
class Faults:
    """The rules in force, in the order in which they were added; the first that matches is used."""

    rules: list[Fault] = field(default_factory=list)

    def add(self, fault: Fault) -> Fault:
        """Puts a rule in force (a copy, so that presets stay as they are)."""
        rule = replace(fault)
        if rule.kind == "not_found_once" and rule.times is None:
            rule.times = 1
        self.rules.append(rule)
        return rule

    def preset(self, name: str) -> None:
        """Puts a named set in force; KeyError if there is none of this name."""
        for fault in PRESETS[name]:
            self.add(fault)

    def clear(self) -> None:
        """Ends all faults."""
        self.rules.clear()

    def remove(self, kind: str) -> None:
        """Ends all faults of a kind."""
        self.rules[:] = [rule for rule in self.rules if rule.kind != kind]

    def for_request(self, method: str, path: str, kinds: tuple[str, ...]) -> Fault | None:
        """The first rule of these kinds for a request; counts as one use."""
        return self._use(
            next((r for r in self.rules if r.kind in kinds and r.concerns_request(method, path)), None)
        )

    def for_webhook(self, event: str) -> Fault | None:
        """The first rule for a webhook; counts as one use."""
        return self._use(next((r for r in self.rules if r.concerns_webhook(event)), None))

    def _use(self, rule: Fault | None) -> Fault | None:
        if rule is not None and rule.times is not None:
            rule.times -= 1
            if rule.times <= 0:
                self.rules.remove(rule)
        return rule
