"""One message in its forms: plain text, Slack's blocks, GitHub's Markdown."""

from typing import Any

from msgspec import Struct


class Message(Struct, frozen=True):
    """`text` is for notifications and screen readers, `blocks` for Slack, `markdown` for GitHub."""

    text: str
    blocks: tuple[dict[str, Any], ...] = ()
    markdown: str = ""
