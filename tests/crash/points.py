"""Moments of a story that can be told apart from outside, at each of which the bot is killed with certainty.

What it asked for is then done and unanswered, or never done and unanswered; the next one cannot know which.
Must never strike a bot that is not the one that was given.
"""

import signal
from collections.abc import Callable
from dataclasses import dataclass

from tests.crash.house import House
from tests.crash.program import Program

Count = Callable[[House], int]


def answered(method: str, ending: str) -> Count:
    """How often GitHub has done this; the last time it is still to be answered."""

    def count(house: House) -> int:
        return sum(
            each.request.method == method and each.status > 0 and (each.template or "").endswith(ending)
            for each in house.github.requests
        )

    return count


def acknowledged(event: str) -> Count:
    """How many of such webhooks GitHub knows to be taken."""
    return lambda house: sum(
        entry.webhook.event == event and entry.status_code == 202
        for entry in house.github.deliveries.entries.values()
    )


def called(method: str) -> Count:
    """How often Slack has done this."""
    return lambda house: sum(each.method == method and each.answer == "ok" for each in house.slack.calls)


@dataclass(frozen=True)
class Point:
    """A moment, which is there when the count rises."""

    name: str
    count: Count


TAKEN = Point("a command's 2xx was just received", acknowledged("issue_comment"))
REACTION = Point("a reaction was made, its reply is on the way", answered("POST", "/reactions"))
COMMENT = Point("a comment was made, its reply is on the way", answered("POST", "/comments"))
CHECK = Point("a check run was made, its reply is on the way", answered("POST", "/check-runs"))
DEPLOYMENT = Point("a deployment was made, its reply is on the way", answered("POST", "/deployments"))
STATUS = Point("a status was set, its reply is on the way", answered("POST", "/statuses"))
CHANGED = Point("a comment was changed, its reply is on the way", answered("PATCH", "/{comment_id}"))
MESSAGE = Point("a message was posted, its reply is on the way", called("chat.postMessage"))
UPDATE = Point("a message was changed, its reply is on the way", called("chat.update"))
ORDER = Point("the deployer has an order, its reply is on the way", lambda house: len(house.deployer.orders))
READ = Point("a decision's facts are being read", answered("GET", "/permission"))
LIST = Point("the list of deliveries is being read", answered("GET", "/app/hook/deliveries"))
AGAIN = Point("a redelivery was asked for", answered("POST", "/attempts"))
DISPATCH = Point("a workflow was started, its reply is on the way", answered("POST", "/dispatches"))


class Striking:
    """Kills a bot once (or sends it another signal) when a point is reached; `struck` says that it was."""

    def __init__(
        self, house: House, program: Program, point: Point, number: signal.Signals = signal.SIGKILL
    ) -> None:
        self._house = house
        self._program = program
        self._point = point
        self._number = number
        self._before = point.count(house)
        self.struck = False
        house.stage.worlds.listen(self._changed)

    def close(self) -> None:
        """Look no longer."""
        self._house.stage.worlds.unlisten(self._changed)

    def _changed(self) -> None:
        if self.struck or not self._program.is_running:
            return
        if self._point.count(self._house) > self._before:
            self.struck = True
            self._program.signal(self._number)
