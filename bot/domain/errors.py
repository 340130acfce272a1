"""The kinds of failure that the machinery tells apart.

A person's mistake is not an error here: it is an answer with a reason code. `Passing` faults are
retried, everything else is parked where people can see it. Nothing may be swallowed.
"""


class PassingFault(Exception):
    """The target cannot answer now; trying again later can help.

    `retry_after` is the number of seconds that the target asked for, if it did. `applied_maybe` says
    that the request may have had its effect although no reply came. `pause_lane` says that the whole
    target asked for a pause (a rate limit), not only this request.
    """

    def __init__(
        self,
        reason: str,
        *,
        retry_after: float | None = None,
        applied_maybe: bool = False,
        pause_lane: bool = False,
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.retry_after = retry_after
        self.applied_maybe = applied_maybe
        self.pause_lane = pause_lane


class LastingFault(Exception):
    """The target refused and will refuse again; `hint` says what a person can do about it.

    `not_yet` says that where an event has just named the thing, it may only not be there yet.
    """

    not_yet = False

    def __init__(self, reason: str, *, hint: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.hint = hint


class LeaseLost(Exception):
    """Somebody else took over while we were deciding; nothing of the decision was recorded."""


class StoreUnavailable(Exception):
    """The ledger cannot store now; a webhook is answered 503 so that its sender knows."""
