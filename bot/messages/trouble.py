"""What is said when people could not be told in the usual place: on GitHub of Slack, in Slack of GitHub.

Says what could not be written, why, and what to do about it. Must never say that the deployment itself is in
trouble: it goes on.
"""

from collections.abc import Iterable

from bot.domain.request import Request
from bot.messages.blocks import told
from bot.messages.dialects import Dialect, slack_of
from bot.messages.message import Message
from bot.messages.prompts import GITHUB_WEB

REASON_LENGTH_MAX = 300


def comment_not_written(
    request: Request, effect: str, reason: str, hint: str, web_url: str = GITHUB_WEB
) -> Message:
    """In Slack: the request's comment on GitHub could not be written."""
    where = f"{request.made.repository.full_name}#{request.made.number}"
    return told(
        lambda dialect: _lines(
            dialect,
            f"The comment on {dialect.link(request.made.url, where)}",
            request,
            (reason, hint, effect),
        ),
        slack_of(request.made.repository, web_url),
    )


def message_not_posted(
    request: Request, effect: str, reason: str, hint: str, web_url: str = GITHUB_WEB
) -> Message:
    """On GitHub, or to the person who asked: the request's message in Slack could not be posted."""
    channel = request.made.channel or ""
    return told(
        lambda dialect: _lines(
            dialect, f"The message in {dialect.channel(channel)}", request, (reason, hint, effect)
        ),
        slack_of(request.made.repository, web_url),
    )


def _lines(dialect: Dialect, what: str, request: Request, why: tuple[str, str, str]) -> Iterable[str]:
    reason, hint, effect = why
    yield f"⚠️ {what} about {dialect.code(request.id)} could not be written; the request itself goes on."
    yield f"Why: {dialect.text(reason, REASON_LENGTH_MAX)}"
    if hint:
        yield f"What to do: {dialect.text(hint, REASON_LENGTH_MAX)}"
    yield f"Then, on the bot's machine: {dialect.code(f'pointsman dead retry {effect}')}"
