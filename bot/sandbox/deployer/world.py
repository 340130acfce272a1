"""The simulated deployer as one value: it takes signed orders, plays deployments and reports how they go.

It is a state machine without a clock, a connection or a task of its own, so that a simulation can own it; the
HTTP shell serves the same world. Must never start an order twice, and never import the rest of the product.
"""

import json
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any, Literal
from urllib.parse import parse_qs, urlsplit

from bot.sandbox.deployer.behaviours import (
    CANCELLATION,
    LATE_SUCCESS,
    OVERTAKEN,
    PLANS,
    REJECTION,
    Behaviour,
    Step,
)
from bot.sandbox.deployer.orders import BadOrder, Order, read_order
from bot.sandbox.deployer.signing import key_of, signature_problem, signed_headers
from bot.sandbox.slack.exchange import Request, Response, json_response

Trouble = Literal["unavailable", "lost_reply", "reset", "slow"]
RETRY_SECONDS = (0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0, 60.0, 60.0)


@dataclass(frozen=True, slots=True)
class Live:
    """What runs in a slot; `healthy` is False where the deployment of it failed."""

    sha: str
    deployment: str
    healthy: bool = True


@dataclass(frozen=True, slots=True)
class Report:
    """One signed report on its way to the bot; the same `headers["webhook-id"]` over all its tries."""

    url: str
    body: bytes
    headers: dict[str, str]


@dataclass(slots=True)
class Run:
    """One deployment that the deployer plays.

    `steps` are still to be reported, `told` were; `statuses` are the answers, None where none came.
    `due_at` is when its next report goes out, on the world's clock; `held` waits for `release_late` instead.
    """

    order: Order
    behaviour: Behaviour
    steps: list[Step]
    due_at: float
    sequence: int = 1
    tries: int = 0
    told: list[Step] = field(default_factory=list)
    held: bool = False
    told_twice: bool = False
    lost_reports: int = 0
    statuses: list[int | None] = field(default_factory=list)

    @property
    def is_over(self) -> bool:
        """Whether no report is left to send."""
        return not self.steps

    @property
    def is_waiting(self) -> bool:
        """Whether it ends only when somebody lets it: its last report is held, or it never said a word."""
        return self.held or (self.behaviour == "silent" and not self.steps and not self.told)

    @property
    def log(self) -> str:
        """The name of its log, the same over everything that the deployer says of it."""
        return f"{self.order.deployment}-{self.order.attempt}"


WELL = {"error_ratio": "0.001"}
"""What Prometheus measures while all is well, by query."""


@dataclass(slots=True)
class DeployerWorld:
    """One deployer with one shared secret (`whsec_…`; ValueError when it is none).

    `behaviour` is how deployments go; `play_next` overrides it for the next order. `step_seconds` is the
    pause before each report. `violations` is what was wrong with orders, `repeats` counts repeated ones.
    `sick` are commits that do not work once they are live, `unwell` = nothing works; `metrics` are what
    Prometheus measures now (None = it does not answer), `metrics_before` at an earlier time.
    """

    clock: Callable[[], float]
    random: Random
    secret: str = field(repr=False)
    behaviour: Behaviour = "succeed"
    step_seconds: float = 0.0
    retry_seconds: tuple[float, ...] = RETRY_SECONDS
    base_url: str = "http://deployer.test"
    runs: list[Run] = field(default_factory=list)
    live: dict[tuple[str, str], Live] = field(default_factory=dict)
    orders: list[Order] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)
    repeats: int = 0
    listeners: list[Callable[[], None]] = field(default_factory=list)
    sick: set[str] = field(default_factory=set)
    unwell: bool = False
    metrics: dict[str, str] | None = field(default_factory=lambda: dict(WELL))
    metrics_before: dict[str, str] = field(default_factory=dict)
    _next: deque[Behaviour] = field(default_factory=deque)
    _troubles: deque[Trouble] = field(default_factory=deque)
    _taken: dict[str, tuple[bytes, Response]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        key_of(self.secret)

    # What the demo and tests decide

    def look(self, url: str) -> tuple[int, str]:
        """What a service shows of itself (`…/health/SERVICE/ENVIRONMENT`), or Prometheus of a query.

        Where nothing was deployed there is nothing that could be well.
        """
        address = urlsplit(url)
        if address.path.endswith("/api/v1/query"):
            asked = parse_qs(address.query)
            return self._measured(asked.get("query", [""])[0], before="time" in asked)
        service, environment = address.path.rsplit("/", 2)[-2:]
        runs = self.live.get((service, environment))
        return (
            (503, "not well\n") if runs is None or self.unwell or runs.sha in self.sick else (200, "well\n")
        )

    def _measured(self, query: str, *, before: bool) -> tuple[int, str]:
        if self.metrics is None:
            return 503, "Prometheus is down\n"
        value = (self.metrics_before if before else self.metrics).get(query)
        result = [] if value is None else [{"metric": {}, "value": [self.clock(), value]}]
        data = {"resultType": "vector", "result": result}
        return 200, json.dumps({"status": "success", "data": data})

    def play_next(self, *behaviours: Behaviour) -> None:
        """How the next orders go, one each; after them `behaviour` counts again."""
        self._next.extend(behaviours)

    def break_next(self, trouble: Trouble, times: int = 1) -> None:
        """Let the next requests meet trouble: a `lost_reply` is taken but not answered."""
        self._troubles.extend([trouble] * times)

    @property
    def upcoming(self) -> tuple[Behaviour | Trouble, ...]:
        """What `break_next` and `play_next` were told and no order has met yet."""
        return (*self._troubles, *self._next)

    def forget_next(self) -> None:
        """The next orders go as all others do."""
        self._troubles.clear()
        self._next.clear()

    def release_late(self) -> None:
        """Let the late and the silent deployments report their end now."""
        for run in self.runs:
            if run.is_waiting:
                run.steps = run.steps or [self._silent_end(run.order)]
                run.held, run.due_at = False, self.clock()
        self.changed()

    @property
    def waiting(self) -> int:
        """How many deployments end only when somebody lets them."""
        return sum(run.is_waiting for run in self.runs)

    def _silent_end(self, order: Order) -> Step:
        """How a deployment ended of which nothing was told: what was ordered after it counts."""
        later = self.orders[self.orders.index(order) + 1 :]
        if any(one.action == "cancel" and one.deployment == order.deployment for one in later):
            return CANCELLATION
        return OVERTAKEN if any(one.slot == order.slot for one in later) else LATE_SUCCESS

    # What the bot asks for

    def receive(self, request: Request) -> Response:
        """Answer one request to the hook."""
        trouble = self._troubles.popleft() if self._troubles else None
        if trouble == "unavailable":
            return json_response({"error": "the deployer is being updated"}, 503)
        if trouble == "reset":
            return Response(0, cut=True)
        answer = self._take(request)
        delay_seconds = 2.0 if trouble == "slow" else 0.0
        return Response(answer.status, answer.body, answer.headers, delay_seconds, trouble == "lost_reply")

    def _take(self, request: Request) -> Response:
        problem = signature_problem(self.secret, request.headers, request.body, self.clock())
        if problem:
            return self._refused(401, [problem])
        message_id = request.headers["webhook-id"]
        if message_id in self._taken:
            return self._again(message_id, request.body)
        try:
            order = read_order(request.headers, request.body)
        except BadOrder as error:
            return self._refused(error.status, error.problems)
        answer = self._start(order)
        if answer.status < 300:
            self._taken[message_id] = (request.body, answer)
        self.changed()
        return answer

    def _again(self, message_id: str, body: bytes) -> Response:
        first_body, answer = self._taken[message_id]
        self.repeats += 1
        if body != first_body:
            self.violations.append(f"webhook-id {message_id}: used again for another body")
        self.changed()
        return self._as_it_ended(first_body) or answer

    def _as_it_ended(self, first_body: bytes) -> Response | None:
        """How a deployment ended that is asked for again: whoever repeats it has lost what was reported."""
        asked = json.loads(first_body)["data"]
        for run in self.runs:
            order = run.order
            is_meant = (order.deployment, order.attempt) == (asked["deployment"], asked["attempt"])
            if is_meant and order.action == asked["action"] and run.is_over and run.told:
                return json_response(self._document(run, run.told[-1]))
        return None

    def _refused(self, status: int, problems: list[str]) -> Response:
        self.violations += problems
        self.changed()
        return json_response({"error": "; ".join(problems)}, status)

    def _start(self, order: Order) -> Response:
        self.orders.append(order)
        if order.action == "cancel":
            return self._cancel(order)
        behaviour = self._next.popleft() if self._next else self.behaviour
        if behaviour == "reject":
            return json_response({"error": REJECTION}, 422)
        run = Run(order, behaviour, list(PLANS[behaviour]), self.clock() + self.step_seconds)
        run.held = run.steps[0].held if run.steps else False
        self.runs.append(run)
        if behaviour != "synchronous":
            return Response(202)
        document = self._document(run, run.steps[0])
        self._tell(run, run.steps.pop())
        return json_response(document)

    def _cancel(self, order: Order) -> Response:
        for run in self.runs:
            if run.order.deployment == order.deployment and not run.is_over:
                run.steps, run.held, run.tries = [CANCELLATION], False, 0
        return Response(202)

    # What the deployer reports

    def pending(self) -> list[Run]:
        """The deployments that still have something to report."""
        return [run for run in self.runs if not run.is_over]

    def due(self, now: float) -> list[Run]:
        """Those whose next report is to be sent now, for a simulation that owns the clock."""
        return [run for run in self.pending() if not run.held and run.due_at <= now]

    def next_report(self, run: Run) -> Report:
        """The run's next report, signed with the time that it is now; what is live changes with an end."""
        step = run.steps[0]
        if not run.told or run.told[-1] is not step:
            self._tell(run, step)
        body = json.dumps(self._document(run, step)).encode()
        message_id = f"msg_{run.log}_{run.sequence}"
        headers = signed_headers(self.secret, message_id, int(self.clock()), body)
        return Report(run.order.callback_url, body, {"content-type": "application/json", **headers})

    def answered(self, run: Run, status: int | None) -> None:
        """Take note of the answer to a report (None: none came): the next one, or another try later."""
        run.statuses.append(status)
        run.tries += 1
        accepted = status is not None and 200 <= status < 300
        if not accepted and run.tries <= len(self.retry_seconds):
            run.due_at = self.clock() + self.retry_seconds[run.tries - 1]
        elif accepted and run.behaviour == "duplicate_reports" and not run.told_twice:
            run.told_twice = True
        else:
            run.lost_reports += 0 if accepted else 1
            self._go_on(run)
        self.changed()

    def _go_on(self, run: Run) -> None:
        if run.steps and run.steps[0] is run.told[-1]:  # a cancellation may have replaced the plan meanwhile
            run.steps.pop(0)
        run.sequence += 1
        run.tries, run.told_twice = 0, False
        run.due_at = self.clock() + self.step_seconds
        run.held = bool(run.steps) and run.steps[0].held

    def _tell(self, run: Run, step: Step) -> None:
        """Do what the step says; its report follows, and may come late or never arrive."""
        run.told.append(step)
        order = run.order
        if step.is_end and order.changes_version and step.state != "cancelled":
            self.live[order.slot] = Live(order.sha, order.deployment, step.state == "succeeded")

    def _document(self, run: Run, step: Step) -> dict[str, Any]:
        order = run.order
        document = {
            "deployment": order.deployment,
            "attempt": order.attempt,
            "sequence": run.sequence,
            "state": step.state,
            "description": step.description,
            "percent": step.percent,
            "log_url": "javascript:alert(1)" if run.behaviour == "hostile" else self.log_url(run),
        }
        return document if order.step is None else document | {"step": order.step["index"]}

    # What there is to see

    def log_url(self, run: Run) -> str:
        """Where people read what the deployer did."""
        return f"{self.base_url}/logs/{run.log}"

    def log_of(self, name: str) -> str:
        """The log under this name, as text; KeyError when there is none."""
        for run in self.runs:
            if run.log == name:
                return _log(run)
        raise KeyError(name)

    def changed(self) -> None:
        """Tell everybody who listens that something is different now."""
        for listener in list(self.listeners):
            listener()


def _log(run: Run) -> str:
    order = run.order
    head = f"{order.action} {order.repository} {order.service} {order.sha[:7]} to {order.environment}"
    return "\n".join([head, *(f"{step.percent:3d}% {step.state}: {step.description}" for step in run.told)])
