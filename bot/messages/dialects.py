"""The two ways in which a sentence is written: GitHub's Markdown and Slack's mrkdwn.

A sentence is worded once, as a function of its dialect. Everything that is not our own wording passes one of
the dialect's methods, which make it inert. Must never escape what is already written.
"""

import re
from collections.abc import Iterable
from typing import Protocol

from bot.domain.speech import is_commit_sha
from bot.domain.values import Person, Repository, Seconds
from bot.messages import escaping, moments

SHORT_SHA = 7
TEXT_LENGTH_MAX = escaping.TEXT_LENGTH_MAX

_LOGIN = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,38})")
_SLACK_USER = re.compile(r"[UW][A-Z0-9]{2,30}")
_SLACK_CHANNEL = re.compile(r"[CDG][A-Z0-9]{2,30}")


class Dialect(Protocol):
    """Writes pieces of sentences; every method takes raw text, except `bold` and `heading`."""

    def text(self, text: str, most: int = TEXT_LENGTH_MAX) -> str:
        """Somebody's words, inert."""
        ...

    def code(self, text: str, most: int = TEXT_LENGTH_MAX) -> str:
        """A name, an id or a command."""
        ...

    def command(self, said: str, prefix: str = "") -> str:
        """A command to type; `prefix` stands before its word where the repository wants it."""
        ...

    def bold(self, written: str) -> str:
        """Stress what is already written."""
        ...

    def heading(self, written: str) -> str:
        """A line above others, already written."""
        ...

    def link(self, url: str | None, label: str) -> str:
        """A link, or the label alone where the address may not be linked."""
        ...

    def person(self, person: Person) -> str:
        """Who: a mention where the platform knows them."""
        ...

    def channel(self, channel: str) -> str:
        """A Slack channel, by id or name."""
        ...

    def moment(self, at: Seconds) -> str:
        """A time in epoch seconds."""
        ...

    def commit(self, sha: str) -> str:
        """A commit, shortened."""
        ...

    def bullets(self, written: Iterable[str]) -> str:
        """A list of what is already written."""
        ...


class GitHubDialect:
    """GitHub's Markdown."""

    def text(self, text: str, most: int = TEXT_LENGTH_MAX) -> str:
        return escaping.markdown(text, most)

    def code(self, text: str, most: int = TEXT_LENGTH_MAX) -> str:
        return escaping.markdown_code(text, most)

    def command(self, said: str, prefix: str = "") -> str:
        return self.code(f"/{prefix}{said}")

    def bold(self, written: str) -> str:
        return f"**{written}**"

    def heading(self, written: str) -> str:
        return f"### {written}"

    def link(self, url: str | None, label: str) -> str:
        address = escaping.web_address(url)
        return f"[{self.text(label)}](<{address.replace('&', '&amp;')}>)" if address else self.text(label)

    def person(self, person: Person) -> str:
        if person.login and not person.is_bot and _LOGIN.fullmatch(person.login):
            return f"@{person.login}"
        if person.login:
            return self.text(person.login)
        return f"Slack user {self.code(person.slack)}" if person.slack else "somebody unknown"

    def channel(self, channel: str) -> str:
        if _SLACK_CHANNEL.fullmatch(channel):
            return f"Slack channel {self.code(channel)}"
        return f"Slack channel {self.code('#' + channel.lstrip('#'))}"

    def moment(self, at: Seconds) -> str:
        return moments.moment(at)

    def commit(self, sha: str) -> str:
        # Bare, since GitHub links a commit's SHA only outside code.
        return sha[:SHORT_SHA] if is_commit_sha(sha) else self.code(sha)

    def bullets(self, written: Iterable[str]) -> str:
        return "\n".join(f"- {line}" for line in written)


class SlackDialect:
    """Slack's mrkdwn. `commits` is the address that a commit's SHA is added to; without it none is linked."""

    def __init__(self, commits: str = "") -> None:
        self._commits = commits

    def text(self, text: str, most: int = TEXT_LENGTH_MAX) -> str:
        return escaping.mrkdwn(text, most)

    def code(self, text: str, most: int = TEXT_LENGTH_MAX) -> str:
        return escaping.mrkdwn_code(text, most)

    def command(self, said: str, prefix: str = "") -> str:
        # Slack knows the commands of the manifest; `/pointsman status` for one is Slack's own.
        registered = said.startswith(("deploy ", "rollback "))
        return self.code(f"/{said}" if registered else f"/pointsman {said}")

    def bold(self, written: str) -> str:
        return f"*{written}*"

    def heading(self, written: str) -> str:
        return f"*{written}*"

    def link(self, url: str | None, label: str) -> str:
        address = escaping.web_address(url)
        return f"<{address.replace('&', '&amp;')}|{self.text(label)}>" if address else self.text(label)

    def person(self, person: Person) -> str:
        if person.slack and _SLACK_USER.fullmatch(person.slack):
            return f"<@{person.slack}>"
        return self.text(person.login or person.slack or "somebody unknown")

    def channel(self, channel: str) -> str:
        if _SLACK_CHANNEL.fullmatch(channel):
            return f"<#{channel}>"
        return self.text("#" + channel.lstrip("#"))

    def moment(self, at: Seconds) -> str:
        written = moments.moment(at)
        return f"<!date^{int(at)}^{{date_num}} {{time}}|{written}>" if at > 0 else written

    def commit(self, sha: str) -> str:
        if not is_commit_sha(sha):
            return self.code(sha)
        short = sha[:SHORT_SHA]
        return self.link(self._commits + sha, short) if self._commits else self.code(short)

    def bullets(self, written: Iterable[str]) -> str:
        return "\n".join(f"• {line}" for line in written)


GITHUB: Dialect = GitHubDialect()
SLACK: Dialect = SlackDialect()


def slack_of(repository: Repository, web_url: str) -> Dialect:
    """Slack's mrkdwn that links a repository's commits. `web_url` is GitHub's address; empty = no links."""
    return SlackDialect(f"{web_url.rstrip('/')}/{repository.full_name}/commit/") if web_url else SLACK


def listed(written: Iterable[str], last: str = "and") -> str:
    """Join pieces that are already written: `a`, `a and b`, `a, b and c`."""
    pieces = list(written)
    return f" {last} ".join(filter(None, [", ".join(pieces[:-1]), *pieces[-1:]]))


def counted(count: int, word: str) -> str:
    """`1 commit`, `3 commits`."""
    return f"{count} {word}" if count == 1 else f"{count} {word}s"


def sentence(written: str) -> str:
    """Begin with a capital letter."""
    return written[:1].upper() + written[1:]
