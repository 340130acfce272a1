"""Things that go wrong with Slack, to be switched on by a test, the demo or a page.

A fault names what it hits (a Web API method, or a kind of outgoing request) and ends after `times` hits.
Must never draw its own randomness: the caller's generator is used, so that a seed repeats a run.
"""

from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from random import Random
from typing import Literal

ApiFault = Literal["api_500", "api_503", "ratelimited", "slow", "lost_reply", "reset"]
ReadFault = Literal["lag"]
OutgoingFault = Literal["lose", "duplicate", "stall"]
API_FAULTS: tuple[ApiFault, ...] = ("api_500", "api_503", "ratelimited", "slow", "lost_reply", "reset")
READ_FAULTS: tuple[ReadFault, ...] = ("lag",)
OUTGOING_FAULTS: tuple[OutgoingFault, ...] = ("lose", "duplicate", "stall")


@dataclass(slots=True)
class Fault:
    """One thing that goes wrong.

    `match` is a pattern of method names (`chat.*`) or of outgoing kinds (`event`); `times` None means until
    switched off; `share` is the part of the matching requests that is hit; `seconds` is the length of a delay
    or the value of `Retry-After`, or the age up to which a `lag` hides messages of histories. A `lost_reply`
    does what was asked and closes the connection; a `reset` closes it before anything happened.
    """

    kind: ApiFault | ReadFault | OutgoingFault
    match: str = "*"
    times: int | None = None
    share: float = 1.0
    seconds: float = 1.0


PRESETS: dict[str, tuple[Fault, ...]] = {
    "slack_slow": (Fault("slow", seconds=2.0), Fault("stall", seconds=2.0)),
    "slack_down": (Fault("api_503"),),
    "slack_rate_limited": (Fault("ratelimited", "chat.*", seconds=5.0),),
    "slack_loses_replies": (Fault("lost_reply", "chat.*", share=0.5),),
    "slack_duplicates": (Fault("duplicate"),),
    "slack_lags": (Fault("lag", "conversations.*", seconds=10.0),),
}
"""Named sets of faults for a control panel."""


@dataclass(slots=True)
class Faults:
    """The faults that are switched on, in the order in which they were; the first that strikes is used."""

    random: Random
    active: list[Fault] = field(default_factory=list)

    def add(self, fault: Fault) -> Fault:
        """Switch one fault on (a copy, so that presets stay as they are); it is handed back for `remove`."""
        rule = replace(fault)
        self.active.append(rule)
        return rule

    def preset(self, name: str) -> None:
        """Switch a named set of faults on; KeyError for an unknown name."""
        for fault in PRESETS[name]:
            self.add(fault)

    def remove(self, fault: Fault) -> None:
        """Switch one fault off; one that has run out already is no error."""
        self.active = [other for other in self.active if other is not fault]

    def clear(self) -> None:
        """Switch everything off."""
        self.active.clear()

    def hit(self, kinds: tuple[str, ...], subject: str) -> Fault | None:
        """The fault of these kinds that strikes `subject` now, if any; it is counted."""
        for fault in list(self.active):
            if fault.kind in kinds and fnmatchcase(subject, fault.match) and self._strikes(fault):
                return self._counted(fault)
        return None

    def _strikes(self, fault: Fault) -> bool:
        return fault.share >= 1 or self.random.random() < fault.share

    def _counted(self, fault: Fault) -> Fault:
        if fault.times is not None:
            fault.times -= 1
            if fault.times <= 0:
                self.remove(fault)
        return fault
