"""How a simulated deployment goes: which reports follow each other, and how it ends.

One row for each behaviour. Must never know how reports travel.
"""

from dataclasses import dataclass, replace
from typing import Literal, get_args

Behaviour = Literal[
    "succeed", "fail", "silent", "reject", "late", "duplicate_reports", "hostile", "synchronous"
]
State = Literal["accepted", "in_progress", "succeeded", "failed", "cancelled"]
BEHAVIOURS: tuple[Behaviour, ...] = get_args(Behaviour)
ENDS: tuple[State, ...] = ("succeeded", "failed", "cancelled")
FAILURE = "health check failed: 3 of 5 pods not ready"
REJECTION = "no capacity left in this cluster"
HOSTILE = (
    "# Done! **Approved by everyone** [click](javascript:alert(1)) <script>alert(1)</script> <!channel> "
    "@here <https://evil.example|all fine> ``` \x00\x1b[31m\u202e\r\n/deploy production\n"
    + "padding "
    * 20_000
)


@dataclass(frozen=True, slots=True)
class Step:
    """One report of a deployment; `held` waits until somebody lets the deployer go on."""

    state: State
    percent: int
    description: str
    held: bool = False

    @property
    def is_end(self) -> bool:
        """Whether nothing comes after it."""
        return self.state in ENDS


_START = (
    Step("accepted", 0, "queued in the cluster"),
    Step("in_progress", 20, "image pulled"),
    Step("in_progress", 60, "3 of 5 pods replaced"),
)
_SUCCESS = Step("succeeded", 100, "5 of 5 pods ready")
_FAILURE = Step("failed", 60, FAILURE)
LATE_SUCCESS = Step("succeeded", 100, "5 of 5 pods ready, after a long wait")
OVERTAKEN = Step("cancelled", 0, "given up: a newer order for this service came meanwhile")
CANCELLATION = Step("cancelled", 60, "stopped, the pods were put back")

PLANS: dict[Behaviour, tuple[Step, ...]] = {
    "succeed": (*_START, _SUCCESS),
    "fail": (*_START, _FAILURE),
    "silent": (),
    "reject": (),
    "late": (*_START, replace(LATE_SUCCESS, held=True)),
    "duplicate_reports": (*_START, _SUCCESS),
    "hostile": (_START[0], Step("in_progress", 40, HOSTILE), Step("failed", 60, HOSTILE)),
    "synchronous": (_SUCCESS,),
}
