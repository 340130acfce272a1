"""Takes out of recorded values what says who somebody is, what somebody wrote, and what opens doors.

People, accounts, repositories, branches and channels get names of their own (`person-1`), the same wherever
they stand, so that decisions still come out as they did. Of other words only those stay that are listed here
as harmless, and those that the program itself makes: a field that nobody thought of is a text, and hidden.
"""

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from bot.domain.tokens import TOKENS
from bot.gates import TABLE as GATES

TEXT = "(text)"
ADDRESS = "https://hidden.invalid/"

PEOPLE = frozenset(
    {"login", "author", "slack", "merged_by", "deployers", "approvers", "emergency"}
    | {"by", "excluded", "named", "reviewers"}
)
CHANNELS = frozenset({"channel", "slack_channel", "channel_name"})
TEAMS = frozenset({"team"})
BRANCHES = frozenset({"ref", "head_ref", "base_ref", "default_branch"})
FULL_NAMES = frozenset({"head_repository", "repository", "candidates"})
"""Fields whose texts are names, by what they name."""

KEYS = frozenset({"key", "effect"})
"""Fields that hold keys of the ledger, in which names stand between other things."""

KEPT = frozenset(
    {"after", "blob", "command", "configuration", "deployment", "driver", "environment", "github_environment"}
    | {"id", "kind", "name", "names", "of", "paths", "request", "service", "services", "sha", "target"}
    | {"app", "failed", "gate", "missing", "running", "trees"}
)
"""Fields whose texts are the program's words, ids, or names of services, environments and files."""

_PSEUDONYM = re.compile(
    r"(?:person|owner|repository|channel|team|branch|delivery)-\d+|owner-\d+/repository-\d+"
)
_PLAIN = re.compile(
    r"|[rdexf]-[0-9a-z]{10,16}|[0-9a-f]{40}|[0-9a-f]{64}|-?\d{1,20}(?:\.\d{1,9})?|"
    r"\d{4}-\d\d-\d\dT[0-9:.]{5,15}(?:Z|[+-][0-9:]{5})?"
)
_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)
_WORD = re.compile(r"[A-Za-z0-9_. -]{1,60}")
_KNOWN_BRANCHES = frozenset({"main", "master", "HEAD"})
_SHA_IN_REF = re.compile(r"[0-9a-f]{7,64}")
_ACCOUNT = re.compile(r"[A-Z][A-Z0-9]{6,}")
_SOME_COMMAND = "/hidden"
_GUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_GRAMMAR = frozenset(
    {
        "to",
        "for",
        "from",
        "all",
        "at",
        "in",
        "true",
        "false",
        "yes",
        "no",
        "on",
        "off",
        "dry-run",
        "emergency",
    }
)
_QUOTES = "'\"\u201c\u201d\u201e"
_CONFIGURED = frozenset({"deploy", "auto", "options"})
_DEPTH_MAX = 60

_CATEGORIES = (
    ("person", PEOPLE),
    ("channel", CHANNELS),
    ("team", TEAMS),
    ("branch", BRANCHES),
)


class Redaction:
    """Hides, and remembers for one bundle which name stands for which."""

    def __init__(self, words: frozenset[str]) -> None:
        """`words` are harmless wherever they stand where no name is expected, such as reason codes."""
        self._words = words
        self._names: dict[str, dict[str, str]] = {}
        self._vocabulary: set[str] = set()

    def hide(self, value: Any, field: str = "") -> Any:
        """Give plain values (maps, lists, texts, numbers) without what nobody else may see."""
        return self._value(msgspec.to_builtins(value, str_keys=True), field, 0)

    def key(self, key: str) -> str:
        """Give a key of the ledger, or an effect's, with other names in it."""
        for full_name, other in sorted(self._full_names().items(), key=lambda pair: -len(pair[0])):
            key = re.sub(rf"(?<![\w.-]){re.escape(full_name)}(?![\w-])", other, key)
        known = {
            name: other for kind in ("person", "channel", "team") for name, other in self._of(kind).items()
        }
        pieces = re.split(r"([:#@])", key)
        return "".join(self._piece(piece, known) for piece in pieces)

    def _piece(self, piece: str, known: Mapping[str, str]) -> str:
        if piece in known or not _ACCOUNT.fullmatch(piece):
            return known.get(piece, piece)
        return self._other("channel", piece)

    def subject(self, subject: str) -> str:
        """Give what a bundle is about, with other names in it."""
        return subject if _PLAIN.fullmatch(subject) or _SHA_IN_REF.fullmatch(subject) else self.key(subject)

    def delivery(self, id: str) -> str:
        """Give a sender's id for a delivery: random ones stay, those that name somebody are hidden."""
        return id if _GUID.fullmatch(id) else self._other("delivery", id)

    def _of(self, kind: str) -> dict[str, str]:
        return self._names.setdefault(kind, {})

    def _full_names(self) -> dict[str, str]:
        return self._of("full")

    def _value(self, value: Any, field: str, depth: int) -> Any:
        if depth > _DEPTH_MAX:
            return None
        if isinstance(value, str):
            return self._text(value, field)
        if isinstance(value, Mapping):
            return self._map(value, field, depth)
        if isinstance(value, list | tuple):
            return [self._value(each, field, depth + 1) for each in value]
        return value

    def _map(self, value: Mapping[str, Any], field: str, depth: int) -> dict[str, Any]:
        if isinstance(value.get("owner"), str) and "installation" in value:
            return self._repository(value)
        if isinstance(value.get("name"), str) and not _CONFIGURED.isdisjoint(value):
            self._vocabulary.add(value["name"])
        self._vocabulary.update(each for each in value.get("options") or () if isinstance(each, str))
        return {self._name(name): self._value(inner, name, depth + 1) for name, inner in value.items()}

    def _name(self, name: str) -> str:
        """A map's own words: fields, parameters, settings, and what a gate's facts are kept under."""
        pieces = re.split("[/@]", name) if "/" in name or "@" in name else [name]
        if len(pieces) > 1 and pieces[0] not in GATES:
            return TEXT
        hidden = any(not _WORD.fullmatch(piece) or piece in self._of("person") for piece in pieces)
        return TEXT if hidden else name

    def _repository(self, value: Mapping[str, Any]) -> dict[str, Any]:
        owner, name = str(value["owner"]), str(value.get("name", ""))
        other = {**value, "owner": self._other("owner", owner), "name": self._other("repository", name)}
        self._full_names()[f"{owner}/{name}"] = f"{other['owner']}/{other['name']}"
        return other

    def _text(self, text: str, field: str) -> str:
        named = self._by_field(text, field)
        return self._harmless(text, field) if named is None else named

    def _by_field(self, text: str, field: str) -> str | None:
        """What a field's name says about its text; None = it names nothing."""
        for kind, fields in _CATEGORIES:
            if field in fields:
                return self._named(kind, text)
        if field in FULL_NAMES:
            return self._full_name(text)
        if field in KEYS:
            return self.key(text)
        if field == "text":
            return self._spoken(text)
        return self._token(text) if field in ("tokens", "flags") else None

    def _harmless(self, text: str, field: str) -> str:
        if text in self._words or _PLAIN.fullmatch(text) or _PSEUDONYM.fullmatch(text):
            return text
        if _ADDRESS.match(text):
            return ADDRESS
        if (field in KEPT or text in self._vocabulary) and not TOKENS.search(text):
            return self._full_names().get(text, text)
        for kind in ("person", "full", "branch", "channel"):
            if text in self._of(kind):
                return self._of(kind)[text]
        code, colon, _ = text.partition(": ")
        return f"{code}: {TEXT}" if colon and code in self._words else TEXT

    def _spoken(self, text: str) -> str:
        """Of what somebody said only which commands it is made of, and where code begins and ends."""
        return "\n".join(dict.fromkeys(self._line(line) for line in text.splitlines()))

    def _line(self, line: str) -> str:
        if line.startswith("```"):
            return "```"
        words = line.split()[:2]
        if words and words[0].startswith("/") and words[0][1:] not in self._words:
            return f"{_SOME_COMMAND} {TEXT}"
        kept = [word for word in words if word.removeprefix("/") in self._words]
        return " ".join([*kept, TEXT]) if kept and kept[0] == words[0] else TEXT

    def _token(self, token: str) -> str:
        """A word of a command: what the configuration names stays, `service@branch` and `name=value` too."""
        if "," in token and "=" not in token:
            return ",".join(self._token(piece) for piece in token.split(","))
        name, equals, value = token.partition("=")
        if equals and name in self._vocabulary:
            return f"{name}={self._word(value.strip(_QUOTES), TEXT)}"
        if equals and name == "ref":
            return f"{name}={self._named('branch', value)}"
        service, at, ref = token.partition("@")
        if at:
            return f"{self._word(service, TEXT)}@{self._named('branch', ref)}"
        return self._word(token, TEXT)

    def _word(self, word: str, otherwise: str) -> str:
        if word in self._of("branch") or word in _KNOWN_BRANCHES:
            return self._named("branch", word)
        harmless = word in self._vocabulary or word in self._words or word in _GRAMMAR
        return word if harmless or _PLAIN.fullmatch(word) or _SHA_IN_REF.fullmatch(word) else otherwise

    def _named(self, kind: str, text: str) -> str:
        if kind == "branch" and (text in _KNOWN_BRANCHES or _SHA_IN_REF.fullmatch(text)):
            return text
        if kind == "person" and "/" in text:  # a team of an organisation
            owner, _, team = text.partition("/")
            return f"{self._other('owner', owner)}/{self._other('team', team)}"
        return self._other(kind, text)

    def _full_name(self, text: str) -> str:
        owner, slash, name = text.partition("/")
        if not slash:
            return self._other("repository", text)
        other = f"{self._other('owner', owner)}/{self._other('repository', name)}"
        self._full_names()[text] = other
        return other

    def _other(self, kind: str, text: str) -> str:
        if not text or _PSEUDONYM.fullmatch(text):
            return text
        known = self._of(kind)
        return known.setdefault(text, f"{kind}-{len(known) + 1}")
