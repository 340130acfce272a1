"""What changes with a deployment."""

from typing import Any

from bot.domain.deployment import Deployment
from bot.messages.message import Message


def told(deployment: Deployment, compared: Any, unreadable: str | None) -> Message:
    """The commits since what was live."""
    return Message(f"{deployment.id}: {unreadable or (compared.ahead_by if compared else 'first')}")
