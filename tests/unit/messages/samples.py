"""Deployments and requests in every state, for the tests of what people read."""

from collections.abc import Iterable
from typing import Any, get_args

from msgspec.structs import replace

from bot.domain.deployment import ENDED, WENT_WRONG, Deployment, DriverCall, Order, State
from bot.domain.events import Live, Prompt, RequestMade
from bot.domain.request import Part, Request
from bot.domain.values import Person, PullRequestPlace, Repository
from bot.domain.verdict import Verdict

AT = 1_767_362_580.0  # 2026-01-02 14:03 UTC
SHOP = Repository("acme", "shop", 1, 7)
MONA = Person(login="mona", slack="U0MONA001")
HUBOT = Person(login="octocat")
NEW = "c0ffee1" + "0" * 33
GOOD = "600d5ea" + "0" * 33
STATES: tuple[State, ...] = get_args(State)
HOSTILE = (
    "@acme/team ](https://evil.example) <img src=x onerror=1> ``` <!channel> <@U1> | \n# h\r- x #12 "
    "https://evil.example www.evil.example GH-3 \u202e `code` *b* _i_ ~s~ &lt; \\| $x$ <!-- x"
)
REASONS = {
    "succeeded": "deployer_succeeded",
    "failed": "deployer_failed",
    "timed_out": "timeout",
    "cancelled": "deployer_cancelled",
    "refused": "not_allowed",
    "superseded": "head_moved",
    "unknown": "deployer_unreachable",
}
DESCRIPTIONS = {
    "running": "copying files",
    "failed": "health check failed: 503",
    "refused": "acme/backend",
    "superseded": GOOD,
    "unknown": "connection reset",
}


def order(**changes: Any) -> Order:
    made = Order(
        id="d-0000000001",
        request="r-0000000001",
        action="deploy",
        repository=SHOP,
        service="api",
        environment="production",
        sha=NEW,
        ref="feature/x",
        call=DriverCall("http"),
        asker=MONA,
        requested_at=AT,
    )
    return replace(made, **changes)


def deployment(state: State = "running", **changes: Any) -> Deployment:
    made = Deployment(
        order=order(),
        state=state,
        started_at=AT + 5,
        ended_at=AT + 130 if state in ENDED else None,
        previous_sha=GOOD,
        percent=40.0 if state == "running" else None,
        description=DESCRIPTIONS.get(state),
        log_url="https://ci.example.com/runs/7?a=1&b=2" if state in ("running", "failed") else None,
        reason=REASONS.get(state),
    )
    return replace(made, **changes)


def prompt(**changes: Any) -> Prompt:
    made = Prompt("d-0000000001", "d-0000000009", GOOD, "health check failed: 503", AT + 130)
    return replace(made, **changes)


def answered(answer: str = "rollback") -> Prompt:
    led_to = None if answer == "keep" else "d-0000000002"
    return prompt(answer=answer, answered_by=MONA, answered_at=AT + 190, led_to=led_to)


def request(*parts: Part, **changes: Any) -> Request:
    made = RequestMade(
        id="r-0000000001",
        action="deploy",
        place=PullRequestPlace(SHOP, 12, 99),
        asker=MONA,
        automatic=False,
        repository=SHOP,
        number=12,
        title="Faster checkout",
        environment="production",
        sha=NEW,
        ref="feature/x",
        orders=tuple(part.deployment.order for part in parts),
        channel="C0DEPLOY01",
        because="the hotfix is due",
        requested_at=AT,
    )
    return Request(replace(made, **changes), parts)


def part(state: State = "running", **changes: Any) -> Part:
    position = 2 if state == "queued" else None
    evidence = DESCRIPTIONS.get(state) or REASONS.get(state, "")
    asked = prompt(evidence=evidence) if state in WENT_WRONG else None
    known = state == "succeeded"
    live = Live("d-0000000001", NEW if known else GOOD, known or state not in WENT_WRONG)
    return replace(Part(deployment(state), position, asked, live), **changes)


def rollback(state: State = "running") -> Request:
    back = order(id="d-0000000002", action="rollback", sha=GOOD, target="d-0000000009", of="d-0000000001")
    live = Live("d-0000000002", GOOD, True) if state == "succeeded" else Live("d-0000000009", GOOD, False)
    shown = part(state, deployment=deployment(state, order=back), prompt=None, live=live)
    made = request(shown, action="rollback")
    return replace(made, made=replace(made.made, sha=GOOD, ref="main", orders=(back,), because=None))


def hostile() -> Request:
    """Everything that can come from outside says the worst."""
    bad = order(service=HOSTILE, environment=HOSTILE, ref=HOSTILE, sha=HOSTILE)
    worst = deployment(
        "failed", order=bad, description=HOSTILE, log_url="javascript:alert(1)", reason=HOSTILE
    )
    asked = prompt(target=HOSTILE, target_sha=HOSTILE, evidence=HOSTILE + "!")
    running = deployment("running", order=bad, description=HOSTILE, log_url="https://x.example/)](<>|x")
    live = Live(HOSTILE, HOSTILE, True)
    return request(
        Part(worst, None, asked, live),
        Part(running, None, None, live),
        because=HOSTILE,
        asker=Person(login=HOSTILE, slack=HOSTILE),
        title=HOSTILE,
        ref=HOSTILE,
        environment=HOSTILE,
        sha=HOSTILE,
        url="javascript:alert(1)",
    )


def many(count: int) -> Request:
    """More services than anybody has."""
    parts: Iterable[Part] = (
        part("failed", deployment=deployment("failed", order=order(id=f"d-{n:010}", service=f"s{n}")))
        for n in range(count)
    )
    return request(*parts)


VERDICTS = (
    Verdict(gate="checks", state="waiting", reason="checks_pending", values={"running": ["ci/test"]}),
    Verdict(
        gate="up_to_date", state="failed", reason="out_of_date", values={"head": GOOD, "branch": HOSTILE}
    ),
    Verdict(gate="deployers", state="passed", reason="may_deploy", values={"login": "mona"}),
)
"""What gates say: one waits, one says no, one is open."""
