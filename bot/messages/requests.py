"""The story of a request: its one comment on the pull request and its one message in Slack.

Both are written anew from the newest picture each time, with every thing in its place, so that nothing jumps
while somebody reads. Must never show a state by a symbol or colour alone, and never a live commit that nobody
reported.
"""

from collections.abc import Iterable, Sequence

from bot.domain.deployment import WENT_WRONG, Deployment
from bot.domain.request import Part, Request, waits_for_people
from bot.messages import alerts, blocks, endings, gates, prompts, verifications
from bot.messages.dialects import GITHUB, Dialect, listed, slack_of
from bot.messages.escaping import web_address
from bot.messages.message import Message
from bot.messages.prompts import GITHUB_WEB
from bot.messages.states import SYMBOLS, WORDS, doing, in_words, live_now, progress_of, state_of, took

PARTS_SHOWN_MAX = 40
NAMES_SHOWN_MAX = 10
REASON_LENGTH_MAX = 500
WORDS_LENGTH_MAX = 120
SILENT = "No word from the deployer yet."


def comment(request: Request, web_url: str = GITHUB_WEB) -> str:
    """The request's comment in Markdown. `web_url` is GitHub's address for people."""
    parts = request.parts[:PARTS_SHOWN_MAX]
    written = [
        GITHUB.heading(_headline(GITHUB, request)),
        _table(parts),
        _left_out(request),
        _newest_words(request, parts),
        *_waits_for(GITHUB, request, parts),
        *_notes(GITHUB, request, parts),
        *_questions(request, parts, web_url),
        f"{_asked(GITHUB, request)}\n{_identity(GITHUB, request)}",
    ]
    return blocks.cut("\n\n".join(each for each in written if each), blocks.MARKDOWN_LENGTH_MAX)


def message(request: Request, web_url: str = GITHUB_WEB) -> Message:
    """The request's message in Slack. Without `web_url` no commit is linked."""
    slack = slack_of(request.made.repository, web_url)
    parts = request.parts[:PARTS_SHOWN_MAX]
    headline = slack.heading(_headline(slack, request))
    several = len(request.parts) > 1
    lines = ["\n".join(_lines(slack, request, part)) for part in parts]
    lines += _waits_for(slack, request, parts)
    lines += ["\n".join(_live(slack, parts))] if several and any(part.live for part in parts) else []
    small = [_asked(slack, request), f"{_identity(slack, request)}{_change(slack, request)}"]
    shown = [
        blocks.section(headline),
        *(blocks.section(line) for line in lines),
        *(blocks.section(each) for each in [_left_out(request)] if each),
        *(blocks.context(each) for each in small),
        *_buttons(request),
    ]
    return blocks.message([headline, *lines, _left_out(request), *small], shown, comment(request, web_url))


# --- the first line -----------------------------------------------------------------------------------


def _headline(dialect: Dialect, request: Request) -> str:
    made, state = request.made, request.state
    names = [dialect.code(part.deployment.order.service) for part in request.parts]
    if len(names) > NAMES_SHOWN_MAX:
        names = [*names[: NAMES_SHOWN_MAX - 1], f"{len(names) - NAMES_SHOWN_MAX + 1} more"]
    target = dialect.commit(made.sha) if _one_commit(request) or made.action == "rollback" else ""
    phrase = doing(made.action, listed(names), dialect.code(made.environment), target, state)
    words = WORDS[state]
    if len(request.parts) == 1:
        words = in_words(request.parts[0].deployment, request.parts[0].position)
    others = " (others are still under way)" if state in WENT_WRONG and not request.ended else ""
    return f"{SYMBOLS[state]} {phrase}: {words}{others}"


def _one_commit(request: Request) -> bool:
    return len({part.deployment.order.sha for part in request.parts}) <= 1


# --- each service -------------------------------------------------------------------------------------


def _table(parts: Sequence[Part]) -> str:
    if not parts:
        return ""
    head = ["Service", "State", "Commit", "Deployment"]
    has_log = any(web_address(part.deployment.log_url) for part in parts)
    columns = [*head, "Log"] if has_log else head
    return "\n".join(
        [f"| {' | '.join(columns)} |", "|---" * len(columns) + "|", *(_row(part, has_log) for part in parts)]
    )


def _row(part: Part, has_log: bool) -> str:
    deployment, order = part.deployment, part.deployment.order
    cells = [
        GITHUB.code(order.service),
        state_of(deployment, part.position),
        GITHUB.commit(order.sha),
        GITHUB.code(order.id),
    ]
    if has_log:
        cells.append(GITHUB.link(deployment.log_url, "log") if web_address(deployment.log_url) else "")
    return f"| {' | '.join(cells)} |"


def _waits_for(dialect: Dialect, request: Request, parts: Sequence[Part]) -> Iterable[str]:
    """What each part waits for; parts that wait for the same are said together."""
    said: dict[str, list[str]] = {}
    for part in parts:
        if part.deployment.state == "waiting":
            waits = gates.waits(dialect, part.deployment.verdicts)
            said.setdefault(waits, []).append(dialect.code(part.deployment.order.service))
    for waits, names in said.items():
        whose = f"{listed(names)} waits for:" if len(request.parts) > 1 else "It waits for:"
        yield f"{whose}\n{waits}"


def _newest_words(request: Request, parts: Iterable[Part]) -> str:
    """What the deployers said last: a line for each that runs, below the table so that no column moves."""
    running = [part.deployment for part in parts if part.deployment.state == "running"]
    lines = []
    for deployment in running:
        words = GITHUB.text(deployment.description or "", WORDS_LENGTH_MAX) or SILENT
        whose = f"{GITHUB.code(deployment.order.service)}: " if len(request.parts) > 1 else ""
        lines.append(f"> {whose}{words}")
    return "\n".join(lines)


def _lines(dialect: Dialect, request: Request, part: Part) -> Iterable[str]:
    """One service in Slack: its state, how it ended, and what to do next."""
    deployment = part.deployment
    yield " · ".join(_details(dialect, request, part))
    watched = verifications.sentence(dialect, deployment)
    yield from filter(None, [_to_be_stopped(dialect, deployment), watched, _known(dialect, part)])
    if deployment.ended and deployment.state != "succeeded":
        yield endings.happened(dialect, deployment)
    yield from filter(None, [endings.started_again(deployment)])
    if part.prompt is not None:
        asks = "A decision is asked for in the thread."
        yield prompts.decided(dialect, part.prompt) if part.prompt.answer else asks
    elif deployment.ended and endings.what_next(dialect, deployment):
        yield endings.what_next(dialect, deployment)
    if part.live is not None and len(request.parts) == 1:
        yield live_now(dialect, part.live)


def _details(dialect: Dialect, request: Request, part: Part) -> Iterable[str]:
    """What the headline did not say of a service: all of it where there are several."""
    deployment, order = part.deployment, part.deployment.order
    if len(request.parts) > 1:
        said = f"{dialect.code(order.service)}: {state_of(deployment, part.position)}"
    else:
        lasted = took(deployment)
        said = progress_of(deployment) or (f"Took {lasted}" if lasted is not None else "")
    words = dialect.text(deployment.description or "") if deployment.state == "running" else ""
    first = ", ".join(filter(None, [said, f"“{words}”" if words else ""]))
    yield from filter(None, [first])
    if not _one_commit(request):
        yield dialect.commit(order.sha)
    yield dialect.code(order.id)
    if web_address(deployment.log_url):
        yield dialect.link(deployment.log_url, "log")


def _to_be_stopped(dialect: Dialect, deployment: Deployment) -> str:
    if deployment.cancel is None or deployment.ended:
        return ""
    who = dialect.person(deployment.cancel)
    return f"{who} asked to stop it; it goes on until the deployer says that it has stopped."


# --- how it ended, and what is live -------------------------------------------------------------------


def _notes(dialect: Dialect, request: Request, parts: Sequence[Part]) -> Iterable[str]:
    """What the table has no room for: how each part ended, what to do next, and what is live."""
    several = len(request.parts) > 1
    for part in parts:
        said = [*_said_of(dialect, part)]
        if part.live is not None and not several:
            said.append(live_now(dialect, part.live))
        if said:
            whose = f"{dialect.code(part.deployment.order.service)}: " if several else ""
            yield whose + " ".join(said)
        if known := _known(dialect, part):
            yield known
    if several:
        yield "\n".join(_live(dialect, parts))


def _known(dialect: Dialect, part: Part) -> str:
    """What probes and alerts showed; a question that is asked says the latter itself."""
    alerted = [] if part.prompt is not None else alerts.lines(dialect, part.deployment)
    known = [*verifications.lines(dialect, part.deployment), *alerted]
    return dialect.bullets(known) if known else ""


def _said_of(dialect: Dialect, part: Part) -> Iterable[str]:
    deployment, said = part.deployment, [_to_be_stopped(dialect, part.deployment)]
    said.append(verifications.sentence(dialect, deployment))
    if deployment.ended and deployment.state != "succeeded":
        if part.prompt is not None:
            said.append(prompts.happened(dialect, deployment, part.prompt))
        else:
            said += [endings.happened(dialect, deployment), endings.what_next(dialect, deployment)]
    return filter(None, [*said, endings.started_again(deployment)])


def _live(dialect: Dialect, parts: Iterable[Part]) -> Iterable[str]:
    """What is live of several services: a line for those of which the same is known."""
    said: dict[str, list[str]] = {}
    for part in parts:
        if part.live is not None:
            name = dialect.code(part.deployment.order.service)
            said.setdefault(live_now(dialect, part.live), []).append(name)
    return (f"{listed(names)}: {words}" for words, names in said.items())


def _questions(request: Request, parts: Iterable[Part], web_url: str) -> Iterable[str]:
    for part in parts:
        if part.prompt is not None:
            deployment = part.deployment
            if len(request.parts) > 1:
                symbol, words = SYMBOLS[deployment.state], WORDS[deployment.state]
                yield GITHUB.bold(f"{symbol} {GITHUB.code(deployment.order.service)}: {words}")
            yield from prompts.question(GITHUB, deployment, part.prompt, web_url)


def _left_out(request: Request) -> str:
    left = len(request.parts) - PARTS_SHOWN_MAX
    return f"{left} more services are left out here; `/pointsman status` lists all." if left > 0 else ""


# --- where it comes from ------------------------------------------------------------------------------


def _asked(dialect: Dialect, request: Request) -> str:
    made = request.made
    who, when = dialect.person(made.asker), dialect.moment(made.requested_at)
    if made.automatic and made.action == "rollback":
        said = f"Rolled back by itself (`rollback`), asked for at {when}."
    elif made.automatic:
        by_merge = f"Started by itself (`auto: merge`) at {when}, after {who} merged."
        said = by_merge if made.number is not None else f"Started by itself at {when}."
    else:
        said = f"Asked for by {who} at {when}."
    because = dialect.text(made.because or "", REASON_LENGTH_MAX)
    return f"{said} Because: {because}" if because else said


def _identity(dialect: Dialect, request: Request) -> str:
    made = request.made
    source = f" · from {dialect.code(made.ref)}" if _one_commit(request) else ""
    if made.action == "rollback":
        targets = [part.deployment.order.target for part in request.parts if part.deployment.order.target]
        source = f" · as deployed by {dialect.code(targets[0])}" if targets else source
    return f"Request {dialect.code(made.id)}{source}"


def _change(dialect: Dialect, request: Request) -> str:
    made = request.made
    return f" · {dialect.link(made.url, f'{made.repository.full_name}#{made.number}')}" if made.number else ""


def _buttons(request: Request) -> Iterable[blocks.Block]:
    """What can be said of it here: yes or no while people are asked, and stop while there is something to."""
    shown = [*_approve(request), *_cancel(request)]
    if shown:
        yield blocks.actions(shown)


def _approve(request: Request) -> Iterable[blocks.Block]:
    if not waits_for_people(request):
        return
    made, names = request.made, listed(order.service for order in request.made.orders[:NAMES_SHOWN_MAX])
    question = blocks.Question(
        "Approve this?", f"{names} to {made.environment} at {made.sha[:7]}", "Yes, approve it", "Not now"
    )
    label = f"Approve {made.id}: {made.environment}"
    yield blocks.button("Approve", f"approve {made.id}", label, confirm=question)
    yield blocks.button("Reject", f"reject {made.id}", f"Reject {made.id}: {made.environment}")


def _cancel(request: Request) -> Iterable[blocks.Block]:
    """The button that stops it, while there is something to stop that nobody has stopped yet."""
    going = [
        part.deployment
        for part in request.parts
        if not part.deployment.ended and part.deployment.state != "verifying"
    ]
    if not going or request.state == "requested" or all(each.cancel is not None for each in going):
        return
    made, names = request.made, listed(each.order.service for each in going[:NAMES_SHOWN_MAX])
    waits = all(each.state in ("waiting", "queued") for each in going)
    if waits:
        means = "It is taken out of the queue at once."
    else:
        means = (
            "What waits is taken out of the queue. What runs is asked to stop, which may leave it half done."
        )
    question = blocks.Question(
        "Cancel this?", f"{names} in {made.environment}. {means}", "Yes, cancel it", "Let it go on"
    )
    label = f"Cancel {made.id}: {made.environment}"
    yield blocks.button("Cancel", f"cancel {made.id}", label, confirm=question)
