"""What is answered to a command: refusals, answers to questions, and where a story is told.

Every refusal has the same shape; see `refusals` for the reasons and `confusions` for what was not understood.
Must never leave a person without what to do next.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from bot.domain.verdict import Verdict
from bot.messages.blocks import told
from bot.messages.confusions import misunderstood
from bot.messages.dialects import Dialect
from bot.messages.gates import held, line
from bot.messages.message import Message
from bot.messages.refusals import refusal
from bot.messages.standing import help_text, status

__all__ = ["dry_run", "held", "help_text", "misunderstood", "refusal", "right_refused", "status", "told_in"]


class Compared(Protocol):
    """What a right compared, and the reason where it is missing."""

    @property
    def permission(self) -> str:
        """The person's permission in the repository."""
        ...

    @property
    def deployers(self) -> tuple[str, ...]:
        """Who may, by the configuration."""
        ...

    @property
    def changed_hands(self) -> str | None:
        """A name that is another account's by now."""
        ...

    @property
    def refusal(self) -> str:
        """The reason code where it is missing."""
        ...


def right_refused(login: str, environment: str, right: Compared) -> tuple[str, dict[str, Any]]:
    """Give the reason and the values of a right that is missing."""
    values = {
        "login": login,
        "environment": environment,
        "permission": right.permission,
        "deployers": list(right.deployers),
    }
    return right.refusal, values if right.changed_hands is None else {**values, "name": right.changed_hands}


def dry_run(
    environment: str, plan: Mapping[str, str], verdicts: Mapping[str, tuple[Verdict, ...]]
) -> Message:
    """Say what would be deployed; `plan` is each service's SHA, `verdicts` what its gates say."""

    def written(dialect: Dialect) -> Iterable[str]:
        yield dialect.heading(f"Dry run: this would be deployed to {dialect.code(environment)}")
        yield dialect.bullets(f"{dialect.code(name)} at {dialect.commit(sha)}" for name, sha in plan.items())
        for name, said in verdicts.items():
            if said:
                listed = dialect.bullets(line(dialect, each) for each in said)
                yield f"Gates of {dialect.code(name)}:\n{listed}"
        yield "Nothing was done. Without `--dry-run` it is; every rule is checked again then."

    return told(written)


def told_in(request: str, channel: str) -> Message:
    """Say where a request's story is told."""
    return told(
        lambda dialect: [f"Accepted as {dialect.code(request)}. Follow it in {dialect.channel(channel)}."]
    )
