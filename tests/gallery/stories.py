"""The stories of requests: every state, one service and several, deployments and rollbacks, every end."""

from collections.abc import Iterable, Mapping
from typing import Any

from msgspec.structs import replace

from bot.domain import verification
from bot.domain.deployment import WENT_WRONG, Deployment, State
from bot.domain.events import Live
from bot.domain.request import Part, Request
from bot.domain.values import DeployerState, SlackPlace
from bot.domain.verification import CheckProbe, HttpProbe, PrometheusProbe, Verification
from bot.messages import changes, prompts, requests, threads
from bot.messages.endings import ENDINGS
from bot.messages.states import WORDS
from tests.gallery.exhibits import Exhibit, Room, Said
from tests.unit.messages import samples
from tests.unit.messages.samples import AT, GOOD, HOSTILE, HUBOT, NEW, STATES
from tests.unit.messages.test_changes import Compared

CHANNEL, THREAD = "In the channel", "In its thread"
UNKNOWN = Live("d-0000000009", GOOD, False)
AS_BEFORE = Live("d-0000000009", GOOD, True)
NOW_LIVE = Live("d-0000000001", NEW, True)
NOTHING = Live(None, None, False)

# How each reason ends a deployment: the state, and what its description says there.
ENDED_BY: Mapping[str, tuple[State, str | None]] = {
    "deployer_succeeded": ("succeeded", None),
    "deployer_failed": ("failed", "health check failed: 503"),
    "deployer_cancelled": ("cancelled", "stopped by linus in the deployer"),
    "cancelled_by": ("cancelled", "octocat"),
    "rejected_by": ("refused", "octocat: the migration is missing"),
    "waited_too_long": ("refused", "checks, approvals"),
    "deployer_lost": ("unknown", "the program ended while nobody watched; its exit code is not known"),
    "deployer_refused": ("failed", "422: the input `region` is required"),
    "deployer_unreachable": ("failed", "connection refused"),
    "start_timeout": ("timed_out", None),
    "timeout": ("timed_out", "waiting for 2 of 6 instances"),
    "verification_failed": ("failed", "https://shop.example.com/healthz: answered 503 (3 times in a row)"),
    "alert_raised": ("failed", "Error budget of the shop is burning"),
    "rolled_back_from": ("failed", "d-0000000002"),
    "verified": ("succeeded", "5 of 5 instances ready"),
    "kept_by": ("succeeded", "octocat"),
    "newer_request": ("superseded", None),
    "target_not_recorded": ("refused", None),
    "joined": ("refused", "d-0000000002 by octocat"),
    "already_answered": ("refused", "d-0000000002 by octocat"),
    "prompt_outdated": ("refused", "d-0000000003 by octocat"),
    "busy": ("refused", "d-0000000003 by octocat"),
    "queue_full": ("refused", None),
    "github_unreadable": ("refused", "502 Bad Gateway"),
    "configuration_off": ("refused", None),
    "configuration_invalid": ("refused", None),
    "not_allowed": ("refused", "acme/backend, octocat"),
    "name_changed_hands": ("refused", "login: grace; name: grace"),
    "gate_not_active": ("refused", "requires.review, freeze"),
    "change_closed": ("refused", None),
    "head_moved": ("superseded", GOOD),
    "newer_is_live": ("superseded", GOOD),
    "held_after_rollback": ("refused", "d-0000000009"),
    "known_bad": ("refused", GOOD),
}


def story(name: str, title: str, request: Request, about: str = "") -> Exhibit:
    """A request as people see it now: its comment, its message, and what its thread was told last."""
    said = [Said(CHANNEL, requests.message(request))]
    for part in request.parts[:3]:
        said += (Said(THREAD, each) for each in _in_the_thread(request, part))
    return Exhibit(
        name=name,
        title=title,
        about=about,
        comment=requests.comment(request) if request.made.number else "",
        said=tuple(said),
    )


def _in_the_thread(request: Request, part: Part) -> list[Any]:
    deployment = part.deployment
    if deployment.state == "starting":
        return [threads.asked(request), changes.told(deployment, Compared(), None)]
    told = [threads.ended(deployment, part.live)] if deployment.ended else []
    asked = [prompts.message(deployment, part.prompt)] if part.prompt is not None else []
    return [*told, *asked]


def rooms() -> tuple[Room, ...]:
    """All stories."""
    return (
        Room(
            name="states",
            title="Every state of a request",
            about="One service; its comment, its message in the channel, and what its thread is told.",
            exhibits=tuple(story(f"state-{state}", WORDS[state], _in(state)) for state in STATES),
        ),
        Room(
            name="variants",
            title="Progress, several services, rollbacks, automation",
            about="The same two places, in the situations that need more words.",
            exhibits=tuple(_variants()),
        ),
        Room(
            name="prompts",
            title="The question after something went wrong",
            about="Open, then answered: the buttons go and who decided stands there.",
            exhibits=tuple(_prompts()),
        ),
        Room(
            name="verification",
            title="After the deployer is done",
            about="Each probe with what it showed; a person decides where nobody can tell.",
            exhibits=tuple(_verified()),
        ),
        Room(
            name="endings",
            title="Every reason for an end",
            about="What happened, and what to do next.",
            exhibits=tuple(story(f"ending-{reason}", _title(reason), ended_by(reason)) for reason in ENDINGS),
        ),
        Room(
            name="threads",
            title="Said once in the thread",
            about="Who asked, and what changes.",
            exhibits=tuple(_threads()),
        ),
    )


_VERIFY = Verification(
    http=(HttpProbe(url="https://shop.example.com/healthz"),),
    prometheus=(PrometheusProbe(url="https://prom.example.com", query="error_ratio", maximum=0.01),),
    checks=(CheckProbe(name="smoke"),),
)


def _verified() -> Iterable[Exhibit]:
    begun = verification.begin(_VERIFY, AT + 60)
    mixed = verification.taken(begun, 0, good=False, said="answered 503")
    mixed = verification.taken(mixed, 1, good=True, said="was 0.002")
    unsure = replace(mixed, inconclusive="check smoke: did not run after the deployment")
    hostile = verification.taken(begun, 0, good=None, said=HOSTILE)
    order = replace(samples.order(), verify=_VERIFY)
    for name, title, watch in (
        ("begun", "Nothing was asked yet", begun),
        ("mixed", "One is bad, one is good", mixed),
        ("hostile", "An answer from anywhere", hostile),
        ("inconclusive", "Nobody can tell", unsure),
    ):
        deployment = samples.deployment("verifying", order=order, watch=watch)
        asked = samples.prompt(evidence=watch.inconclusive) if watch.inconclusive else None
        part = samples.part("verifying", deployment=deployment, prompt=asked, live=NOW_LIVE)
        yield story(f"verification-{name}", title, samples.request(part))
    timed = samples.prompt(auto_at=AT + 730)
    yield story("verification-timed", "Nobody decides", samples.request(samples.part("failed", prompt=timed)))


def _title(reason: str) -> str:
    return reason.replace("_", " ").capitalize()


def _in(state: State) -> Request:
    part = samples.part(state)
    if state == "cancelled":
        part = replace(part, live=UNKNOWN)
    if state in ("requested", "waiting", "queued", "refused", "superseded"):
        part = replace(part, deployment=samples.deployment(state, started_at=None))
    return samples.request(part)


def ended_by(reason: str) -> Request:
    """A request that ended for this reason, where nobody is asked to roll back."""
    state, description = ENDED_BY[reason]
    ran = state in WENT_WRONG or reason in ("deployer_cancelled",) or state == "succeeded"
    of_rollback = reason in ("target_not_recorded", "joined")
    made = samples.rollback(state) if of_rollback else samples.request(samples.part(state))
    (part,) = made.parts
    deployment = replace(
        part.deployment,
        order=replace(part.deployment.order, rollback="never"),
        reason=reason,
        description=description,
        log_url="https://ci.example.com/runs/7" if ran else None,
        started_at=AT + 5 if ran else None,
        percent=None,
    )
    live = NOW_LIVE if state == "succeeded" else UNKNOWN if ran else AS_BEFORE
    return replace(made, parts=(Part(deployment, None, None, live),))


def _several(*states: State) -> Request:
    names = ("api", "web", "worker", "mailer")
    return samples.request(*(_part_of(names[n], n, state) for n, state in enumerate(states)))


def _part_of(service: str, number: int, state: State) -> Part:
    part = samples.part(state)
    order = samples.order(id=f"d-000000000{number + 1}", service=service)
    deployment = replace(part.deployment, order=order)
    prompt = replace(part.prompt, deployment=order.id) if part.prompt is not None else None
    return replace(part, deployment=deployment, prompt=prompt)


def _with(state: State, **changes: Any) -> Request:
    return samples.request(samples.part(state, deployment=samples.deployment(state, **changes)))


def _variants() -> list[Exhibit]:
    automatic = samples.request(samples.part("running"), automatic=True, because=None)
    from_slack = samples.request(
        samples.part("queued"), place=SlackPlace("T0ACME", "C0DEPLOY01"), number=None, title=None, ref="main"
    )
    late = samples.part("timed_out", live=NOW_LIVE)
    return [
        story(
            "running-started",
            "Running, nothing reported yet",
            _with("running", percent=None, description=None),
        ),
        story(
            "running-nearly",
            "Running, nearly there",
            _with("running", percent=97.0, description="warming up caches"),
        ),
        story(
            "stopping", "To be stopped", _with("running", cancel=HUBOT), "Somebody gave /cancel while it ran."
        ),
        story("queued-far", "Waiting behind others", samples.request(samples.part("queued", position=7))),
        story("several-running", "Several services, under way", _several("succeeded", "running", "queued")),
        story(
            "several-mixed",
            "Several services, one failed",
            _several("succeeded", "failed", "running", "queued"),
        ),
        story(
            "several-succeeded", "Several services, all live", _several("succeeded", "succeeded", "succeeded")
        ),
        story("rollback-running", "A rollback, under way", samples.rollback()),
        story("rollback-succeeded", "A rollback, done", samples.rollback("succeeded")),
        story("rollback-failed", "A rollback that failed", _failed_rollback()),
        story("automatic", "Started by itself on merge", automatic),
        story("from-slack", "Asked for in Slack", from_slack),
        story("first-ever", "The first deployment here failed", _first_ever()),
        story(
            "late-success",
            "A late success after a timeout",
            samples.request(late),
            "What is live is corrected; the outcome stays.",
        ),
        story("again-running", "Started again at the deployer", _again("in_progress")),
        story("again-succeeded", "Started again at the deployer, with success", _again("succeeded")),
        story(
            "live-unknown",
            "Cancelled at the deployer: what is live is not known",
            samples.request(samples.part("cancelled", live=UNKNOWN)),
        ),
        story(
            "hostile",
            "Everything from outside says the worst",
            samples.hostile(),
            "Nothing may be mentioned, linked or styled by it.",
        ),
        story("many", "More services than anybody has", samples.many(60)),
    ]


def _failed_rollback() -> Request:
    made = samples.rollback("failed")
    (part,) = made.parts
    asked = samples.prompt(
        deployment=part.deployment.id, target="d-0000000007", target_sha="5afe123" + "0" * 33
    )
    return replace(made, parts=(replace(part, prompt=asked),))


def _again(state: DeployerState) -> Request:
    live = NOW_LIVE if state == "succeeded" else UNKNOWN
    return samples.request(
        samples.part("failed", deployment=samples.deployment("failed", again=state), live=live)
    )


def _first_ever() -> Request:
    nothing_good = samples.prompt(target=None, target_sha=None)
    return samples.request(samples.part("failed", prompt=nothing_good, live=NOTHING))


def _prompts() -> list[Exhibit]:
    alert = "alert HighErrorRate: 4.2 % of requests failed"
    same = samples.prompt(target_sha=NEW)
    shown = {
        "open": ("Asked", samples.prompt()),
        "evidence": ("Asked, with evidence of its own", samples.prompt(evidence=alert)),
        "nothing-good": ("Asked, with nothing to go back to", samples.prompt(target=None, target_sha=None)),
        "same-commit": ("Asked, the same commit was good before", same),
        "rollback": ("Answered: roll back", samples.answered("rollback")),
        "retry": ("Answered: retry", samples.answered("retry")),
        "keep": ("Answered: keep", samples.answered("keep")),
    }
    return [
        story(f"prompt-{name}", title, samples.request(samples.part("failed", prompt=prompt)))
        for name, (title, prompt) in shown.items()
    ]


def _threads() -> list[Exhibit]:
    failed = samples.request(samples.part("failed"))
    merged = replace(failed.made, automatic=True, because=None, url="https://github.com/acme/shop/pull/12")
    in_slack = replace(failed.made, place=SlackPlace("T0ACME", "C0DEPLOY01"), because=None)
    asked = {
        "asked-github": ("Asked on a pull request", failed),
        "asked-slack": ("Asked in Slack", replace(failed, made=in_slack)),
        "asked-merge": ("Merged", replace(failed, made=merged)),
        "asked-rollback": ("A rollback was asked for", samples.rollback()),
    }
    told = {name: (title, threads.asked(request)) for name, (title, request) in asked.items()}
    starting = samples.deployment("starting")
    many = Compared(
        ahead_by=42, commits=tuple((f"{n:040x}", f"Change number {n}", f"dev{n % 11}") for n in range(42))
    )
    compared: dict[str, tuple[str, Deployment, Compared | None, str | None]] = {
        "ahead": ("What changes: two commits", starting, Compared(), None),
        "many": ("What changes: many commits", starting, many, None),
        "behind": ("What changes: back to an earlier commit", starting, Compared("behind", 0, ()), None),
        "diverged": ("What changes: another branch", starting, Compared("diverged", 1), None),
        "identical": ("What changes: nothing", starting, Compared("identical", 0, ()), None),
        "first": (
            "What changes: the first one here",
            samples.deployment("starting", previous_sha=None),
            None,
            None,
        ),
        "unrelated": ("What changes: no common history", starting, None, None),
        "unreadable": ("What changes: could not be read", starting, None, "502 Bad Gateway"),
        "hostile": (
            "What changes: hostile titles",
            starting,
            Compared(commits=((NEW, HOSTILE, HOSTILE),)),
            None,
        ),
    }
    for name, (title, deployment, how, problem) in compared.items():
        told[f"changes-{name}"] = (title, changes.told(deployment, how, problem))
    return [
        Exhibit(name=f"thread-{name}", title=title, said=(Said(THREAD, message),))
        for name, (title, message) in told.items()
    ]
