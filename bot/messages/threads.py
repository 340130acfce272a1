"""What is said once in a request's thread."""

from bot.domain.deployment import Deployment
from bot.domain.events import Live
from bot.domain.request import Request
from bot.messages.message import Message


def asked(request: Request) -> Message:
    """Who asked for what."""
    return Message(f"{request.made.asker.login} asked for {request.made.action}")


def ended(deployment: Deployment, _live: Live | None) -> Message:
    """How a deployment ended."""
    return Message(f"{deployment.id} {deployment.state}")
