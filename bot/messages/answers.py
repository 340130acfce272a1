"""Answers and refusals."""

from typing import Any

from bot.messages.message import Message


def _plain(text: str) -> Message:
    return Message(text, (), text)


def refusal(reason: str, values: dict[str, Any]) -> Message:
    """Why something was not done."""
    return _plain(f"{reason}: {values}")


def right_values(login: str, environment: str, right: Any) -> dict[str, Any]:
    """The values that a right compared."""
    return {
        "login": login,
        "environment": environment,
        "permission": right.permission,
        "deployers": list(right.deployers),
    }


def dry_run(environment: str, plan: dict[str, str]) -> Message:
    """What would be deployed."""
    return _plain(f"{environment}: {plan}")


def told_in(request: str, channel: str) -> Message:
    """Where the story is told."""
    return _plain(f"{request} is told in {channel}")


def misunderstood(problem: Any) -> Message:
    """What was not understood."""
    return _plain(f"{problem.code} {problem.token} {problem.suggestions} {problem.usage}")


def status(repository: Any, slots: Any) -> Message:
    """What is where."""
    return _plain(
        f"{repository.full_name}: {[(service, environment, slot.live.sha) for service, environment, slot in slots]}"
    )


def help_text(repository: Any, policy: Any, rows: Any) -> Message:
    """The commands."""
    return _plain("\n".join(usage for usage, _ in rows))
