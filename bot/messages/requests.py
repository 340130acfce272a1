"""The story of a request: its one comment on the pull request and its one message in Slack.

Both are written anew from the newest picture each time. Must never show a state by a symbol or colour alone,
and never a live commit that nobody reported.
"""

from collections.abc import Iterable

from bot.domain.deployment import WENT_WRONG
from bot.domain.request import Part, Request
from bot.messages import blocks, endings, prompts
from bot.messages.dialects import GITHUB, SLACK, Dialect, listed
from bot.messages.escaping import web_address
from bot.messages.message import Message
from bot.messages.prompts import GITHUB_WEB
from bot.messages.states import SYMBOLS, WORDS, doing, live_now, state_of

PARTS_SHOWN_MAX = 40
NAMES_SHOWN_MAX = 10
REASON_LENGTH_MAX = 500


def comment(request: Request, web_url: str = GITHUB_WEB) -> str:
    """The request's comment in Markdown. `web_url` is GitHub's address for people."""
    parts = request.parts[:PARTS_SHOWN_MAX]
    written = [
        GITHUB.heading(_headline(GITHUB, request)),
        _table(parts),
        _left_out(request),
        "\n\n".join(_notes(GITHUB, request, parts)),
        *_questions(request, parts, web_url),
        _asked(GITHUB, request),
        _identity(GITHUB, request),
    ]
    return blocks.cut("\n\n".join(each for each in written if each), blocks.MARKDOWN_LENGTH_MAX)


def message(request: Request, web_url: str = GITHUB_WEB) -> Message:
    """The request's message in Slack."""
    parts = request.parts[:PARTS_SHOWN_MAX]
    headline = SLACK.heading(_headline(SLACK, request))
    lines = ["\n".join(_lines(part)) for part in parts]
    small = [_asked(SLACK, request), _identity(SLACK, request)]
    shown = [
        blocks.section(headline),
        *(blocks.section(line) for line in lines),
        *(blocks.section(each) for each in [_left_out(request)] if each),
        *(blocks.context(each) for each in small),
    ]
    return blocks.message([headline, *lines, _left_out(request), *small], shown, comment(request, web_url))


def _headline(dialect: Dialect, request: Request) -> str:
    made, state = request.made, request.state
    names = [dialect.code(part.deployment.order.service) for part in request.parts]
    if len(names) > NAMES_SHOWN_MAX:
        names = [*names[: NAMES_SHOWN_MAX - 1], f"{len(names) - NAMES_SHOWN_MAX + 1} more"]
    phrase = doing(
        made.action, listed(names), dialect.code(made.environment), dialect.commit(made.sha), state
    )
    others = " (others are still under way)" if state in WENT_WRONG and not request.ended else ""
    return f"{SYMBOLS[state]} {phrase}: {WORDS[state]}{others}"


def _table(parts: Iterable[Part]) -> str:
    rows = [_row(part) for part in parts]
    return "\n".join(
        ["| Service | State | Commit | Deployment | Log |", "|---|---|---|---|---|", *rows] if rows else []
    )


def _row(part: Part) -> str:
    deployment, order = part.deployment, part.deployment.order
    said = state_of(deployment, part.position)
    words = GITHUB.text(deployment.description or "") if deployment.state == "running" else ""
    cells = [
        GITHUB.code(order.service),
        f"{said}, “{words}”" if words else said,
        GITHUB.commit(order.sha),
        GITHUB.code(order.id),
        GITHUB.link(deployment.log_url, "log") if web_address(deployment.log_url) else "",
    ]
    return f"| {' | '.join(cells)} |"


def _lines(part: Part) -> Iterable[str]:
    """One service in Slack: its state, how it ended, what is live, what to do next."""
    deployment, order = part.deployment, part.deployment.order
    words = SLACK.text(deployment.description or "") if deployment.state == "running" else ""
    log = f" · {SLACK.link(deployment.log_url, 'log')}" if web_address(deployment.log_url) else ""
    said = f"{state_of(deployment, part.position)}" + (f", “{words}”" if words else "")
    yield f"{SLACK.code(order.service)}: {said} · {SLACK.commit(order.sha)} · {SLACK.code(order.id)}{log}"
    if deployment.ended and deployment.state != "succeeded":
        yield endings.happened(SLACK, deployment)
    if part.prompt is not None:
        yield (
            prompts.decided(SLACK, part.prompt)
            if part.prompt.answer
            else "A decision is asked for in the thread."
        )
    elif deployment.ended and endings.what_next(SLACK, deployment):
        yield endings.what_next(SLACK, deployment)
    if part.live is not None:
        yield live_now(SLACK, part.live)


def _notes(dialect: Dialect, request: Request, parts: Iterable[Part]) -> Iterable[str]:
    """What the table has no room for: how each part ended, and what is live."""
    for part in parts:
        deployment = part.deployment
        said = []
        if deployment.ended and deployment.state != "succeeded" and part.prompt is None:
            said += [endings.happened(dialect, deployment), endings.what_next(dialect, deployment)]
        if part.live is not None:
            said.append(live_now(dialect, part.live))
        whose = f"{dialect.code(deployment.order.service)}: " if len(request.parts) > 1 else ""
        if any(said):
            yield whose + " ".join(filter(None, said))


def _questions(request: Request, parts: Iterable[Part], web_url: str) -> Iterable[str]:
    for part in parts:
        if part.prompt is not None:
            yield from prompts.paragraphs(GITHUB, part.deployment, part.prompt, web_url)


def _left_out(request: Request) -> str:
    left = len(request.parts) - PARTS_SHOWN_MAX
    return f"{left} more services are left out here; `/pointsman status` lists all." if left > 0 else ""


def _asked(dialect: Dialect, request: Request) -> str:
    made = request.made
    who, when = dialect.person(made.asker), dialect.moment(made.requested_at)
    if made.automatic:
        said = f"Started by itself (`auto: merge`) at {when}, after {who} merged."
    else:
        said = f"Asked for by {who} at {when}."
    because = dialect.text(made.because or "", REASON_LENGTH_MAX)
    return f"{said} Because: {because}" if because else said


def _identity(dialect: Dialect, request: Request) -> str:
    made = request.made
    shas = {part.deployment.order.sha for part in request.parts}
    source = f" · {dialect.commit(made.sha)} from {dialect.code(made.ref)}" if len(shas) <= 1 else ""
    if made.action == "rollback":
        targets = [part.deployment.order.target for part in request.parts if part.deployment.order.target]
        source = f" · as deployed by {dialect.code(targets[0])}" if targets else source
    change = f" · {dialect.text(f'{made.repository.full_name}#{made.number}')}" if made.number else ""
    return f"Request {dialect.code(made.id)}{source}{change if dialect is SLACK else ''}"
