"""The rollback prompt."""

from bot.domain.deployment import Deployment
from bot.domain.events import Prompt
from bot.messages.message import Message


def message(deployment: Deployment, prompt: Prompt) -> Message:
    """The prompt with its buttons, or who answered it."""
    text = f"{deployment.id} {deployment.state}: {prompt.evidence}"
    if prompt.answer:
        return Message(f"{text} ({prompt.answer})")
    order = deployment.order
    slot = f"{order.repository.full_name} {order.service} {order.environment}"
    values = {"keep": f"keep {order.id}", "retry": f"retry {order.id}"}
    if prompt.target:
        values["rollback"] = f"rollback {slot} to {prompt.target}"
    buttons = [
        {
            "type": "button",
            "text": {"type": "plain_text", "text": word},
            "action_id": f"pointsman:{word}",
            "value": value,
        }
        for word, value in values.items()
    ]
    section = {"type": "section", "text": {"type": "mrkdwn", "text": text}}
    return Message(text, (section, {"type": "actions", "elements": buttons}))
