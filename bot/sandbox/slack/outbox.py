"""What the simulated Slack sends to the app, and when it tries again ("Using the Events API").

An event that is not answered with a 2xx in 3 s is sent up to three times more under the same `event_id`; a
command, a press or a form is sent once, and the person sees that nothing answered.
Must never open a connection: the shell carries, and says what came of it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["command", "interaction", "options", "view", "event", "challenge"]
State = Literal["waiting", "sending", "done", "failed", "lost"]
RETRY_SCHEDULE_SECONDS = (0.0, 60.0, 300.0)


@dataclass(frozen=True, slots=True)
class Answer:
    """What the app answered; `status` None when nothing came, and then `trouble` says why."""

    status: int | None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    trouble: Literal["", "timeout", "connection"] = ""

    @property
    def accepted(self) -> bool:
        """Whether it was a 2xx."""
        return self.status is not None and 200 <= self.status < 300

    @property
    def retry_reason(self) -> str:
        """The `X-Slack-Retry-Reason` of the attempt after this one."""
        return {"timeout": "http_timeout", "connection": "connection_failed"}.get(self.trouble, "http_error")


@dataclass(slots=True)
class Outgoing:
    """One request to the app. `body` never changes; it is signed anew for each attempt.

    `due_at` is a time of the world's clock. `user`, `channel`, `view` and `name` say who did what and where.
    """

    number: int
    kind: Kind
    body: bytes
    content_type: str
    due_at: float
    user: str = ""
    channel: str = ""
    view: str = ""
    name: str = ""
    state: State = "waiting"
    attempts: int = 0
    retry_reason: str = ""
    answers: list[Answer] = field(default_factory=list)

    @property
    def is_over(self) -> bool:
        """Whether nothing more will happen to it."""
        return self.state in ("done", "failed", "lost")

    @property
    def retry_headers(self) -> dict[str, str]:
        """The headers that tell the app that it was asked before."""
        if not self.retry_reason:
            return {}
        return {"X-Slack-Retry-Num": str(self.attempts), "X-Slack-Retry-Reason": self.retry_reason}


@dataclass(slots=True)
class Outbox:
    """All that was sent or waits to be sent, oldest first."""

    schedule_seconds: tuple[float, ...] = RETRY_SCHEDULE_SECONDS
    sent: list[Outgoing] = field(default_factory=list)
    _fetched: int = 0

    def put(self, outgoing: Outgoing) -> Outgoing:
        """Queue a request."""
        self.sent.append(outgoing)
        return outgoing

    def take_new(self) -> list[Outgoing]:
        """What was queued since the last call, for a shell that carries each through its retries."""
        fresh = self.sent[self._fetched :]
        self._fetched = len(self.sent)
        return [outgoing for outgoing in fresh if not outgoing.is_over]

    def carry_again(self) -> None:
        """Let `take_new` begin at the first request: there is a new shell, and it carries none yet."""
        self._fetched = 0

    def due(self, now: float) -> list[Outgoing]:
        """What is to be sent now, for a simulation that owns the clock."""
        return [outgoing for outgoing in self.sent if outgoing.state == "waiting" and outgoing.due_at <= now]

    def pending(self) -> list[Outgoing]:
        """What is not over yet."""
        return [outgoing for outgoing in self.sent if not outgoing.is_over]

    def settle(self, outgoing: Outgoing, answer: Answer, now: float) -> None:
        """Take note of an answer, and of when the next attempt is due if there is one."""
        outgoing.answers.append(answer)
        outgoing.attempts += 1
        if answer.accepted:
            outgoing.state = "done"
        elif self._gives_up(outgoing, answer):
            outgoing.state = "failed"
        else:
            outgoing.state = "waiting"
            outgoing.retry_reason = answer.retry_reason
            outgoing.due_at = now + self.schedule_seconds[outgoing.attempts - 1]

    def _gives_up(self, outgoing: Outgoing, answer: Answer) -> bool:
        told_to_stop = answer.headers.get("x-slack-no-retry") == "1"
        return outgoing.kind != "event" or told_to_stop or outgoing.attempts > len(self.schedule_seconds)
