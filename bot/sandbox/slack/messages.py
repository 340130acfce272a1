"""Messages as people see them: what they say, which buttons they carry, how they changed.

Must never decide whether a message is allowed; that is the business of the Web API's methods.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from bot.sandbox.slack.block_rules import elements_of
from bot.sandbox.slack.exchange import Json


@dataclass(frozen=True, slots=True)
class Element:
    """One thing in a message or view that a person can press or fill in."""

    block_id: str
    data: Json

    @property
    def action_id(self) -> str:
        """The name under which the app hears of it."""
        return str(self.data["action_id"])

    @property
    def label(self) -> str:
        """What is written on it."""
        written = self.data.get("text") or self.data.get("placeholder") or {}
        return str(written.get("text", ""))

    @property
    def is_button(self) -> bool:
        """Whether it is a plain button."""
        return self.data.get("type") == "button"

    @property
    def options(self) -> list[Json]:
        """What can be chosen, groups flattened."""
        groups = self.data.get("option_groups") or []
        grouped = [option for group in groups for option in group.get("options", [])]
        return list(self.data.get("options") or []) + grouped


@dataclass(frozen=True, slots=True)
class Version:
    """What a message said before it was changed."""

    text: str
    blocks: list[Json]


@dataclass(slots=True)
class Message:
    """One message. `only_for` is set for an ephemeral one; `versions` are earlier states, oldest first."""

    ts: str
    channel: str
    user: str
    text: str
    blocks: list[Json] = field(default_factory=list)
    thread_ts: str | None = None
    metadata: Json | None = None
    only_for: str | None = None
    edited: bool = False
    broadcast: bool = False
    reactions: dict[str, list[str]] = field(default_factory=dict)
    versions: list[Version] = field(default_factory=list)

    @property
    def is_reply(self) -> bool:
        """Whether it stands in somebody else's thread."""
        return self.thread_ts is not None and self.thread_ts != self.ts

    @property
    def spoken(self) -> str:
        """What a person reads: the blocks' words, or the text where there are none."""
        return spoken(self.blocks) if self.blocks else self.text

    @property
    def elements(self) -> list[Element]:
        """Everything in it that can be pressed or filled in, in reading order."""
        return elements(self.blocks)

    @property
    def buttons(self) -> list[str]:
        """The labels of its buttons, in reading order."""
        return [element.label for element in self.elements if element.is_button]

    def element(self, name: str) -> Element:
        """The element with this label or action_id; LookupError naming the ones that there are."""
        return find_element(self.elements, name)

    def change(self, text: str, blocks: list[Json]) -> None:
        """Replace what it says and remember what it said."""
        self.versions.append(Version(self.text, self.blocks))
        self.text, self.blocks = text, blocks


def elements(blocks: list[Json]) -> list[Element]:
    """Everything in these blocks that can be pressed or filled in."""
    return [Element(str(block.get("block_id", "")), part) for block in blocks for part in elements_of(block)]


def find_element(among: list[Element], name: str) -> Element:
    """The element with this label, action_id or block_id; LookupError naming the ones that there are."""
    for element in among:
        if name in (element.label, element.action_id, element.block_id):
            return element
    there = ", ".join(f"{element.label!r} ({element.action_id})" for element in among) or "none"
    raise LookupError(f"no element {name!r}; there are: {there}")


def spoken(blocks: list[Json]) -> str:
    """The words of these blocks, one line for each block; buttons are left out."""
    return "\n".join(line for block in blocks if (line := " ".join(_words(block)).strip()))


def _words(part: Any) -> Iterator[str]:
    if isinstance(part, list):
        for inner in part:
            yield from _words(inner)
    elif isinstance(part, dict) and part.get("type") not in ("button", "actions"):
        text = part.get("text")
        if isinstance(text, str):
            yield text
        for key in ("title", "label", "text", "fields", "elements", "accessory"):
            if isinstance(part.get(key), (dict, list)):
                yield from _words(part[key])


def with_ids(blocks: list[Json], prefix: str) -> list[Json]:
    """The blocks with a `block_id` and `action_id` wherever the app gave none, as Slack does."""
    named = []
    for index, block in enumerate(blocks):
        copy = {**block, "block_id": block.get("block_id") or f"{prefix}{index}"}
        named.append(_with_action_ids(copy, f"{prefix}{index}a"))
    return named


def _with_action_ids(block: Json, prefix: str) -> Json:
    if block.get("type") in ("actions", "context_actions"):
        parts = enumerate(block.get("elements") or [])
        block["elements"] = [
            {**part, "action_id": part.get("action_id") or f"{prefix}{n}"} for n, part in parts
        ]
    for key in ("accessory", "element"):
        part = block.get(key)
        if isinstance(part, dict) and part.get("type") != "image":
            block[key] = {**part, "action_id": part.get("action_id") or f"{prefix}{key}"}
    return block
