"""Takes one person out of recorded values: their names become others, what they wrote becomes nothing.

The same name becomes the same other one wherever it stands, so that rebuilding and deciding again still
agree. Only fields that hold people are renamed: a service that is called like somebody keeps its name.
"""

import re
from collections.abc import Mapping
from typing import Any

from msgspec import Struct

ERASED = "[erased]"
PEOPLE = frozenset(
    {
        "login",
        "author",
        "slack",
        "merged_by",
        "deployers",
        "approvers",
        "emergency",
        "names",
        "before",
        "after",
    }
    | {"by", "excluded", "named", "reviewers", "user", "holder", "person"}
)
"""Fields whose texts are GitHub logins or Slack user ids."""
_WORDS = frozenset({"because", "text", "title"})
"""Fields with somebody's own words; whose they are, the map that they stand in says."""
_OWNERS = ("person", "asker", "author", "change")
_SENTENCES = frozenset({"description", "evidence", "found", "reason"})
"""Fields with sentences of ours, in which a name or somebody's words may stand."""
_DEPTH_MAX = 60


class Erased(Struct, frozen=True, kw_only=True):
    """Who is taken out, and what stands in their place: a login and a Slack id that lead to nobody."""

    login: str
    slack: str | None = None
    other: str
    other_slack: str

    def is_person(self, name: object) -> bool:
        """Whether a text is one of their names; GitHub's ignore case."""
        return isinstance(name, str) and (name.lower() == self.login.lower() or name == self.slack)

    def renamed(self, text: str) -> str:
        """Put the other name for a name, if it is one of theirs."""
        if text.lower() == self.login.lower():
            return self.other
        return self.other_slack if text == self.slack else text

    def in_sentence(self, text: str, words: frozenset[str]) -> str:
        """Put the other names, and nothing for their words, into a sentence."""
        for each in sorted(words, key=len, reverse=True):
            text = text.replace(each, ERASED)
        text = re.sub(rf"(?<![\w-]){re.escape(self.login)}(?![\w-])", self.other, text, flags=re.IGNORECASE)
        return text.replace(self.slack, self.other_slack) if self.slack else text

    def stands_in(self, text: str, words: frozenset[str]) -> bool:
        """Whether a text names them, or holds their words."""
        return self.in_sentence(text, words) != text


def words_of(value: Any, erased: Erased, depth: int = 0) -> frozenset[str]:
    """Find what the person wrote in a value."""
    found: set[str] = set()
    if depth > _DEPTH_MAX:
        return frozenset()
    if isinstance(value, Mapping):
        if _is_theirs(value, erased):
            found.update(text for name in _WORDS if isinstance(text := value.get(name), str) and text.strip())
        for inner in value.values():
            found |= words_of(inner, erased, depth + 1)
    elif isinstance(value, list | tuple):
        for inner in value:
            found |= words_of(inner, erased, depth + 1)
    return frozenset(each for each in found if each != ERASED)


def without(value: Any, erased: Erased, words: frozenset[str], field: str = "", depth: int = 0) -> Any:
    """Give a value without the person; `words` are what they wrote anywhere."""
    if depth > _DEPTH_MAX:
        return value
    if isinstance(value, Mapping):
        return {name: without(inner, erased, words, str(name), depth + 1) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [without(inner, erased, words, field, depth + 1) for inner in value]
    if not isinstance(value, str):
        return value
    if field in PEOPLE:
        return erased.renamed(value)
    if field in _WORDS and value in words:
        return ERASED
    return erased.in_sentence(value, words) if field in _SENTENCES else value


def _is_theirs(value: Mapping[str, Any], erased: Erased) -> bool:
    for name in _OWNERS:
        owner = value.get(name)
        if isinstance(owner, Mapping):
            names = (owner.get("login"), owner.get("slack"), owner.get("author"))
            if any(erased.is_person(each) for each in names):
                return True
        elif erased.is_person(owner):
            return True
    return False
