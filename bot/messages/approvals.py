"""What is said once about approvals: who is asked, who agreed, who refused, and that somebody still waits."""

from collections.abc import Iterable

from bot.domain.request import Request
from bot.domain.values import Person
from bot.domain.verdict import Verdict
from bot.messages.blocks import told
from bot.messages.dialects import Dialect, counted, listed
from bot.messages.message import Message
from bot.messages.moments import duration

NAMES_SHOWN_MAX = 10


def given(request: Request, person: Person) -> Message:
    """Somebody agreed."""
    return told(
        lambda dialect: [
            f"👍 {dialect.person(person)} approved. {counted(len(request.approvals), 'approval')} now."
        ]
    )


def withdrawn(person: Person) -> Message:
    """Somebody took their approval back."""
    return told(
        lambda dialect: [
            f"↩️ {dialect.person(person)} took their approval back. `/reject` once more refuses the request."
        ]
    )


def rejected(person: Person, because: str | None) -> Message:
    """Somebody refused the request."""

    def written(dialect: Dialect) -> Iterable[str]:
        said = f"⛔ {dialect.person(person)} rejected it."
        yield f"{said} Because: {dialect.text(because, 500)}" if because else said

    return told(written)


def wanted(verdict: Verdict) -> Message:
    """Who is asked to approve, the first time."""
    return told(lambda dialect: [f"👋 {_wanted(dialect, verdict)}"])


def still_wanted(verdict: Verdict, waited_seconds: float, left_seconds: float) -> Message:
    """Nobody has said anything for half of the time."""

    def written(dialect: Dialect) -> Iterable[str]:
        yield f"⏳ Still waiting, for {duration(waited_seconds)} now. {_wanted(dialect, verdict)}"
        yield f"In {duration(left_seconds)} the request is refused."

    return told(written)


def _wanted(dialect: Dialect, verdict: Verdict) -> str:
    names = verdict.values.get("approvers") or verdict.values.get("reviewers")
    if names is None:
        who = "somebody with write access"
    else:
        listed_names = [f"@{dialect.text(str(each))}" for each in names[:NAMES_SHOWN_MAX]]
        who = listed(listed_names, "or") or "nobody: the configuration names no approver"
    return f"An approval by {who} is needed: `/approve`, or `/reject` with a reason."
