"""What Slack takes of a message."""

from slack_sdk.models.blocks import Block

from bot.messages.message import Message


def assert_slack_takes(message: Message) -> None:
    """Check a message with Slack's own models, and with the limits that those leave out."""
    assert message.text.strip()
    assert len(message.text) <= 3_001
    assert 0 < len(message.blocks) <= 50
    parsed = Block.parse_all(list(message.blocks))
    assert len(parsed) == len(message.blocks)
    for block, given in zip(parsed, message.blocks, strict=True):
        assert block.to_dict() == given
    for shown in message.blocks:
        elements = shown.get("elements", [shown])
        for element in elements:
            if element.get("type") == "button":
                assert len(element["text"]["text"]) <= 75
                assert len(element["accessibility_label"]) <= 75
                assert len(element["value"]) <= 2_000
            else:
                text = element["text"]
                assert len(text["text"] if isinstance(text, dict) else text) <= 3_000
