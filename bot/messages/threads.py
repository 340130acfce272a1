"""What is said once in a request's Slack thread: who asked for what, and how it ended.

Must never call a deployment done that nobody reported as done.
"""

from collections.abc import Iterable

from bot.domain.deployment import Deployment
from bot.domain.events import Live
from bot.domain.request import Request
from bot.domain.values import PullRequestPlace
from bot.messages import endings
from bot.messages.blocks import told
from bot.messages.dialects import Dialect, listed, slack_of
from bot.messages.escaping import web_address
from bot.messages.message import Message
from bot.messages.prompts import GITHUB_WEB
from bot.messages.states import SYMBOLS, WORDS, deployment_named, live_now, took

REASON_LENGTH_MAX = 500
NAMES_SHOWN_MAX = 10


def asked(request: Request, web_url: str = GITHUB_WEB) -> Message:
    """Who asked for what, from where and why. `web_url` is GitHub's address for people."""
    return told(
        lambda dialect: [_asked(dialect, request), _because(dialect, request)],
        slack_of(request.made.repository, web_url),
    )


def _asked(dialect: Dialect, request: Request) -> str:
    made = request.made
    names = [dialect.code(order.service) for order in made.orders[:NAMES_SHOWN_MAX]]
    if len(made.orders) > NAMES_SHOWN_MAX:
        names.append(f"{len(made.orders) - NAMES_SHOWN_MAX} more")
    what, environment = listed(names), dialect.code(made.environment)
    commit = f"{dialect.commit(made.sha)} ({dialect.code(made.ref)})"
    who = dialect.person(made.asker)
    if made.automatic and made.action == "rollback":
        back = dialect.commit(made.sha)
        return f"By the configuration (`rollback`), {what} in {environment} goes back to {back} by itself."
    if made.automatic and made.number is None:
        return f"{what} goes to {environment} by itself: {commit}."
    if made.automatic:
        return (
            f"{who} merged {_where(dialect, request)}, so {what} goes to {environment} by itself: {commit}."
        )
    if made.action == "rollback":
        wanted = f"to roll back {what} in {environment} to {dialect.commit(made.sha)}"
    else:
        wanted = f"to deploy {what} to {environment}: {commit}"
    return f"{who} asked {_where(dialect, request)} {wanted}."


def _where(dialect: Dialect, request: Request) -> str:
    made = request.made
    if not isinstance(made.place, PullRequestPlace) and not made.automatic:
        return "in Slack"
    named = f"{made.repository.full_name}#{made.number}"
    title = f" (“{dialect.text(made.title)}”)" if made.title else ""
    return f"{'' if made.automatic else 'on '}{dialect.link(made.url, named)}{title}"


def _because(dialect: Dialect, request: Request) -> str:
    because = dialect.text(request.made.because or "", REASON_LENGTH_MAX)
    return f"Because: {because}" if because else ""


def ended(deployment: Deployment, live: Live | None, web_url: str = GITHUB_WEB) -> Message:
    """How a deployment ended, what is live now, and what to do next."""
    return told(
        lambda dialect: _ended(dialect, deployment, live), slack_of(deployment.order.repository, web_url)
    )


def _ended(dialect: Dialect, deployment: Deployment, live: Live | None) -> Iterable[str]:
    named = deployment_named(dialect, deployment.order, deployment.state)
    title = f"{SYMBOLS[deployment.state]} {named}: {WORDS[deployment.state]}"
    lasted = took(deployment)
    yield dialect.bold(title) + (f" after {lasted}" if lasted is not None else "")
    said = [endings.happened(dialect, deployment), endings.what_next(dialect, deployment)]
    if live is not None:
        said.append(live_now(dialect, live))
    yield " ".join(filter(None, said))
    log = dialect.link(deployment.log_url, "log")
    yield f"{dialect.code(deployment.id)}" + (f" · {log}" if web_address(deployment.log_url) else "")
