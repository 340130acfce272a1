"""What a request's and a deployment's page say above the story: who, what, where, since when, what is live.

Pure. Must never say more than is known of what is live, nor link anywhere but to web pages.
"""

from collections.abc import Iterable, Mapping

from msgspec import Struct

from bot.domain.deployment import Deployment, Order
from bot.domain.events import Live, Prompt
from bot.domain.request import Part, Request
from bot.domain.values import PullRequestPlace, SlackPlace
from bot.domain.verdict import Verdict
from bot.explaining.gathering import Whereabouts
from bot.explaining.marks import Mark, Tone, state_mark
from bot.explaining.moments import moment
from bot.explaining.plain import PLAIN
from bot.explaining.wording import Who
from bot.messages import endings, gates, prompts
from bot.messages.dialects import SHORT_SHA
from bot.messages.escaping import plain, web_address
from bot.messages.moments import duration
from bot.messages.states import live_now

BECAUSE_CHARS_MAX = 500
_TONES: Mapping[str, Tone] = {"passed": "good", "failed": "bad", "waiting": "busy"}


class Row(Struct, frozen=True):
    """One line of a page's table; `href` is a page of ours or a checked web address."""

    label: str
    text: str
    href: str | None = None


class PartView(Struct, frozen=True):
    """One deployment of a request, in one line."""

    id: str
    service: str
    mark: Mark
    progress: str
    said: str
    live: str
    log_url: str | None
    question: str


class RequestView(Struct, frozen=True):
    """A request's page."""

    id: str
    title: str
    mark: Mark
    rows: tuple[Row, ...]
    parts: tuple[PartView, ...]


class GateView(Struct, frozen=True):
    """What a gate said of a deployment when it was asked last."""

    mark: Mark
    gate: str
    said: str


class DeploymentView(Struct, frozen=True):
    """A deployment's page."""

    id: str
    title: str
    mark: Mark
    rows: tuple[Row, ...]
    percent: float | None
    happened: str
    next: str
    question: str
    gates: tuple[GateView, ...] = ()
    gates_at: str = ""


def request(told: Request, live: Mapping[str, Live], who: Who, web_url: str) -> RequestView:
    """Describe a request; `live` is what is live now where its deployments went, by deployment."""
    made = told.made
    services = ", ".join(order.service for order in made.orders)
    verb = "Roll back" if made.action == "rollback" else "Deploy"
    rows = [
        Row("Repository", made.repository.full_name, f"{web_url}/{made.repository.full_name}"),
        Row("Environment", made.environment),
        *_commit(made.sha, made.ref, made.repository.full_name, web_url),
        *_change(made.number, made.title, made.repository.full_name, web_url),
        Row("Asked by", "automation, for " + who(made.asker) if made.automatic else who(made.asker)),
        Row("Asked", moment(made.requested_at)),
        *_place(made.place, made.url),
        *([Row("Because", plain(made.because, BECAUSE_CHARS_MAX))] if made.because else []),
    ]
    return RequestView(
        id=told.id,
        title=f"{verb} {services} {'in' if made.action == 'rollback' else 'to'} {made.environment}",
        mark=state_mark(told.state),
        rows=tuple(rows),
        parts=tuple(_part(part, live.get(part.deployment.id), who) for part in told.parts),
    )


def _part(part: Part, live: Live | None, who: Who) -> PartView:
    deployment = part.deployment
    place = f"place {part.position} in the queue" if part.position is not None else ""
    percent = deployment.percent
    running = f"{percent:.0f} %" if percent is not None and not deployment.ended else ""
    return PartView(
        id=deployment.id,
        service=deployment.order.service,
        mark=state_mark(deployment.state),
        progress=place or running,
        said=_said(deployment),
        live=live_now(PLAIN, live) if live is not None else "",
        log_url=web_address(deployment.log_url),
        question=_question(part.prompt, who),
    )


def _said(deployment: Deployment) -> str:
    if deployment.ended:
        return endings.happened(PLAIN, deployment)
    return plain(deployment.description or "", BECAUSE_CHARS_MAX)


def deployment(found: Whereabouts, who: Who, web_url: str) -> DeploymentView:
    """Describe a deployment."""
    it, order = found.deployment, found.deployment.order
    decided = found.prompt is not None and found.prompt.answer is not None
    verb, way = ("Rollback", "in") if order.action == "rollback" else ("Deployment", "to")
    rows = [
        Row("Request", order.request, f"/requests/{order.request}"),
        Row("Repository", order.repository.full_name, f"{web_url}/{order.repository.full_name}"),
        Row("Service", order.service),
        Row("Environment", order.environment, web_address(order.url)),
        *_commit(order.sha, order.ref, order.repository.full_name, web_url),
        *([Row("Live before", it.previous_sha[:SHORT_SHA])] if it.previous_sha else []),
        *([Row("Live now", _live(found.live))] if found.live is not None else []),
        *([Row("Place in the queue", str(found.position))] if found.position is not None else []),
        *_change(order.number, None, order.repository.full_name, web_url),
        Row("Asked by", "automation, for " + who(order.asker) if order.automatic else who(order.asker)),
        *_course(it, order),
        *([Row("Log", "what the deployer did", url)] if (url := web_address(it.log_url)) else []),
    ]
    return DeploymentView(
        id=it.id,
        title=f"{verb} of {order.service} {way} {order.environment}",
        mark=state_mark(it.state),
        rows=tuple(rows),
        percent=None if it.ended else it.percent,
        happened=_said(it),
        next=endings.what_next(PLAIN, it) if it.ended and not decided else "",
        question=_question(found.prompt, who),
        gates=tuple(_gate(each) for each in it.verdicts),
        gates_at=moment(it.looked_at) if it.looked_at is not None else "",
    )


def _gate(verdict: Verdict) -> GateView:
    symbol, word = gates.GATE_SYMBOLS[verdict.state], gates.WORDS[verdict.state]
    return GateView(Mark(symbol, word, _TONES[verdict.state]), verdict.gate, gates.said(PLAIN, verdict))


def _live(live: Live) -> str:
    return live_now(PLAIN, live).removeprefix("Live now: ").rstrip(".")


def _course(it: Deployment, order: Order) -> Iterable[Row]:
    yield Row("Asked", moment(order.requested_at))
    if it.started_at is not None:
        yield Row("Started", moment(it.started_at))
    if it.accepted_at is not None:
        yield Row("Taken by the deployer", moment(it.accepted_at))
    if it.ended_at is not None:
        since = it.started_at
        took = f", after {duration(it.ended_at - since)}" if since is not None else ""
        yield Row("Ended", moment(it.ended_at) + took)
    if order.attempt > 1:
        yield Row("Attempt", str(order.attempt))
    if order.of:
        yield Row("Goes back from" if order.action == "rollback" else "Follows", order.of)
    if order.target:
        yield Row("Goes back to", order.target, f"/deployments/{order.target}")
    if order.because:
        yield Row("Because", plain(order.because, BECAUSE_CHARS_MAX))
    if order.params:
        given = ", ".join(f"{name}={value}" for name, value in order.params.items())
        yield Row("Parameters", plain(given, BECAUSE_CHARS_MAX))
    yield Row("Driver", order.call.driver)


def _commit(sha: str, ref: str, repository: str, web_url: str) -> Iterable[Row]:
    if sha:
        named = f"{sha[:SHORT_SHA]} ({plain(ref)})" if ref and ref != sha else sha[:SHORT_SHA]
        yield Row("Commit", named, f"{web_url}/{repository}/commit/{sha}")


def _change(number: int | None, title: str | None, repository: str, web_url: str) -> Iterable[Row]:
    if number is not None:
        named = f"#{number} {plain(title)}" if title else f"#{number}"
        yield Row("Pull request", named, f"{web_url}/{repository}/pull/{number}")


def _place(place: PullRequestPlace | SlackPlace | None, url: str | None) -> Iterable[Row]:
    if isinstance(place, SlackPlace):
        yield Row("Asked in", f"Slack #{place.channel_name or place.channel}")
    elif place is not None:
        yield Row("Asked on", f"{place.repository.full_name}#{place.number}", web_address(url))


def _question(prompt: Prompt | None, who: Who) -> str:
    """What people are asked after it went wrong, or who answered."""
    if prompt is None:
        return ""
    if prompt.answer is None:
        good = f"roll back to `{prompt.target_sha[:SHORT_SHA]}`, " if prompt.target_sha else ""
        return (
            f"People are asked since {moment(prompt.opened_at)}: {good}retry, or keep it. Nobody decided yet."
        )
    return prompts.decided(PLAIN, prompt)
