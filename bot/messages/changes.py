"""What changes with a deployment: the commits since what was live, their authors, and where to compare.

Must never claim that nothing changes where it could not be read.
"""

from collections.abc import Iterable
from typing import Protocol

from bot.domain.deployment import Deployment
from bot.messages import blocks
from bot.messages.dialects import Dialect, counted, listed, slack_of
from bot.messages.message import Message
from bot.messages.prompts import GITHUB_WEB

COMMITS_SHOWN_MAX = 10
AUTHORS_SHOWN_MAX = 8
TITLE_LENGTH_MAX = 100


class Compared(Protocol):
    """How the new commit relates to the old; `commits` are (sha, first line, author), the newest last."""

    @property
    def status(self) -> str:
        """`ahead`, `behind`, `identical` or `diverged`."""
        ...

    @property
    def ahead_by(self) -> int:
        """How many commits are new."""
        ...

    @property
    def commits(self) -> tuple[tuple[str, str, str], ...]:
        """The new commits, as many as GitHub listed."""
        ...

    @property
    def url(self) -> str:
        """Where people compare."""
        ...


def told(
    deployment: Deployment, compared: Compared | None, unreadable: str | None, web_url: str = GITHUB_WEB
) -> Message:
    """What changes since what was live; `unreadable` says why it could not be read.

    `web_url` is GitHub's address for people.
    """
    return blocks.told(
        lambda dialect: _paragraphs(dialect, deployment, compared, unreadable),
        slack_of(deployment.order.repository, web_url),
    )


def _paragraphs(
    dialect: Dialect, deployment: Deployment, compared: Compared | None, unreadable: str | None
) -> Iterable[str]:
    service, environment = dialect.code(deployment.order.service), dialect.code(deployment.order.environment)
    yield dialect.bold(f"What changes: {service} in {environment}")
    previous = deployment.previous_sha
    if unreadable is not None:
        yield f"It could not be read: {dialect.text(unreadable)}"
    elif compared is not None:
        yield f"{_summary(dialect, deployment, compared)} {dialect.link(compared.url, 'Compare')}"
        yield dialect.bullets(_commits(dialect, compared))
    elif previous:
        new = dialect.commit(deployment.order.sha)
        yield f"{new} has no common history with {dialect.commit(previous)}, which was live before."
    else:
        yield "No earlier deployment is recorded here, so there is nothing to compare with."


def _summary(dialect: Dialect, deployment: Deployment, compared: Compared) -> str:
    old, new = dialect.commit(deployment.previous_sha or "?"), dialect.commit(deployment.order.sha)
    match compared.status:
        case "identical":
            return f"Nothing: {new} was live before."
        case "behind":
            return f"Back from {old} to {new}, an earlier commit; what came after it is no longer live."
        case "diverged":
            new_ones = f"{counted(compared.ahead_by, 'new commit')}{_authors(dialect, compared)}"
            return f"From {old} to {new}, which has left out some of it and has {new_ones}."
        case _:
            return f"{counted(compared.ahead_by, 'commit')}{_authors(dialect, compared)}, {old} to {new}."


def _authors(dialect: Dialect, compared: Compared) -> str:
    authors = list(dict.fromkeys(author for _, _, author in compared.commits if author))
    shown = [dialect.text(author, TITLE_LENGTH_MAX) for author in authors[:AUTHORS_SHOWN_MAX]]
    if len(authors) > AUTHORS_SHOWN_MAX:
        shown.append(f"{len(authors) - AUTHORS_SHOWN_MAX} others")
    return f" by {listed(shown)}" if shown else ""


def _commits(dialect: Dialect, compared: Compared) -> Iterable[str]:
    newest = list(reversed(compared.commits))[:COMMITS_SHOWN_MAX]
    for sha, title, author in newest:
        yield f"{dialect.commit(sha)} {dialect.text(title, TITLE_LENGTH_MAX)} ({dialect.text(author)})"
    earlier = max(compared.ahead_by, len(compared.commits)) - len(newest)
    if newest and earlier > 0:
        yield f"and {counted(earlier, 'earlier commit')}"
