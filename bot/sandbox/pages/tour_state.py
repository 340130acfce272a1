"""How far somebody went on the guided tour: plain data that can be saved with the worlds.

Must never know what the steps are.
"""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Mark:
    """How much had happened when a step began; what came later counts for it.

    There were so many runs of the deployer and requests from Slack; `comment` and `delivery` are GitHub's
    newest ids.
    """

    runs: int = 0
    requests: int = 0
    comment: int = 0
    delivery: int = 0


@dataclass(slots=True)
class Tour:
    """The tour's place: the number of finished steps, when the present one began, whether it is shown."""

    finished: int = 0
    mark: Mark = field(default_factory=Mark)
    shown: bool = True

    def go_on(self, mark: Mark) -> None:
        """The present step is done; the next one begins now."""
        self.finished, self.mark = self.finished + 1, mark

    def begin_again(self, mark: Mark) -> None:
        """From the first step."""
        self.finished, self.mark, self.shown = 0, mark, True
