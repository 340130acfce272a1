"""Slack's blocks, within Slack's limits by construction ("Block Kit reference").

Text is cut at a line's end, never inside a link or an escape. Must never give a message that Slack refuses.
"""

import re
from collections.abc import Callable, Iterable
from typing import Any

from msgspec import Struct

from bot.messages.dialects import GITHUB, SLACK, Dialect
from bot.messages.message import Message

BLOCKS_MAX = 50
SECTION_LENGTH_MAX = 3_000
TEXT_LENGTH_MAX = 3_000
MARKDOWN_LENGTH_MAX = 65_000  # GitHub takes 65,536 characters; the rest is for the hidden marker
BUTTON_LENGTH_MAX = 75
VALUE_LENGTH_MAX = 2_000
_DANGLING = re.compile(r"(?:<[^<>]*|&[^;\s]*)$")

Block = dict[str, Any]


def section(written: str) -> Block:
    """A paragraph of mrkdwn; `verbatim`, so that Slack links nothing by itself."""
    return {
        "type": "section",
        "text": {"type": "mrkdwn", "text": cut(written, SECTION_LENGTH_MAX), "verbatim": True},
    }


def context(written: str) -> Block:
    """A paragraph in small print."""
    element = {"type": "mrkdwn", "text": cut(written, SECTION_LENGTH_MAX), "verbatim": True}
    return {"type": "context", "elements": [element]}


class Question(Struct, frozen=True):
    """What is asked before a button does something: a title, what it means, and the two answers."""

    title: str
    text: str
    yes: str
    no: str = "Not now"

    @property
    def block(self) -> Block:
        """The confirmation dialog ("Confirmation dialog object")."""
        written = {
            "title": self.title[:100],
            "text": self.text[:300],
            "confirm": self.yes[:30],
            "deny": self.no[:30],
        }
        return {key: {"type": "plain_text", "text": text} for key, text in written.items()}


def button(
    word: str, value: str, label: str, style: str | None = None, confirm: Question | None = None
) -> Block:
    """A button that gives the command `value`; `confirm` is asked first, where there is any."""
    block: Block = {
        "type": "button",
        "text": {"type": "plain_text", "text": word[:BUTTON_LENGTH_MAX]},
        "action_id": f"pointsman:{value.split(maxsplit=1)[0]}",
        "value": value[:VALUE_LENGTH_MAX],
        "accessibility_label": label
        if len(label) <= BUTTON_LENGTH_MAX
        else label[: BUTTON_LENGTH_MAX - 1] + "…",
    }
    if style:
        block["style"] = style
    if confirm:
        block["confirm"] = confirm.block
    return block


def actions(buttons: Iterable[Block]) -> Block:
    """A row of buttons."""
    return {"type": "actions", "elements": list(buttons)}


def fitting(blocks: Iterable[Block]) -> tuple[Block, ...]:
    """Give at most as many blocks as Slack takes, and say so where some are left out."""
    every = tuple(blocks)
    if len(every) <= BLOCKS_MAX:
        return every
    return (*every[: BLOCKS_MAX - 1], context("The rest is left out: Slack takes no longer messages."))


def message(paragraphs: Iterable[str], blocks: Iterable[Block] | None = None, markdown: str = "") -> Message:
    """Make a message of paragraphs in mrkdwn: its blocks, and its text for notifications."""
    written = [each for each in paragraphs if each]
    shown = blocks if blocks is not None else (section(each) for each in written)
    return Message(cut("\n".join(written), TEXT_LENGTH_MAX), fitting(shown), markdown)


def told(write: Callable[[Dialect], Iterable[str]], slack: Dialect = SLACK) -> Message:
    """Make a message of what `write` says, in both dialects; `slack` may know where commits are."""
    document = "\n\n".join(each for each in write(GITHUB) if each)
    return message(write(slack), markdown=cut(document, MARKDOWN_LENGTH_MAX))


def cut(written: str, most: int) -> str:
    """Shorten at a line's end, else where no link, escape or code is open."""
    if len(written) <= most:
        return written
    line_end = written.rfind("\n", most // 2, most - 2)
    if line_end > 0:
        return written[:line_end] + "\n…"
    kept = _DANGLING.sub("", written[: most - 1])
    if kept.rpartition("\n")[2].count("`") % 2:
        kept = kept[: kept.rindex("`")]
    return kept + "…"
