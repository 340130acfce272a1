"""The story of a request: its comment on GitHub and its message in Slack."""

from bot.domain.request import Part, Request
from bot.messages.message import Message


def comment(request: Request) -> str:
    """The request's one comment."""
    return "\n\n".join([_headline(request), *(_line(part) for part in request.parts)])


def message(request: Request) -> Message:
    """The request's message in Slack."""
    text = comment(request)
    section = {"type": "section", "text": {"type": "mrkdwn", "text": text[:3000]}}
    return Message(text, (section,), text)


def _headline(request: Request) -> str:
    return f"{request.id}: {request.made.action} to {request.made.environment}: {request.state}"


def _line(part: Part) -> str:
    deployment = part.deployment
    return f"{deployment.order.service} {deployment.id} {deployment.order.sha[:7]}: {deployment.state}"
