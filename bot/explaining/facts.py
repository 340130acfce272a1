"""What an event or a decision holds, as rows of a label and a text.

A row says nothing that is a secret or only a default. Must never decide what a value means.
"""

import re
from collections.abc import Iterable, Mapping
from functools import cache
from itertools import islice
from typing import Any, Literal

import msgspec
from msgspec import Struct

from bot.domain.values import Person, PullRequestPlace, Repository, SlackPlace
from bot.explaining.masking import HIDDEN, is_secret, masked
from bot.explaining.moments import moment
from bot.messages.escaping import plain
from bot.messages.moments import duration

ROWS_MAX = 60
VALUE_CHARS_MAX = 400
SHA = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_SHORT_SHA = 7
_DURATIONS = re.compile(r"(?:.*_)?(?:seconds|timeout|look_after)")
_MOMENTS = re.compile(r"(?:.*_)?(?:at|deadline)|time")
_EPOCH_MIN = 1_000_000_000


class Fact(Struct, frozen=True):
    """One row. `code` = a name that programs use, written in their letters."""

    label: str
    text: str
    kind: Literal["text", "code"] = "text"


def facts_of(value: Struct | Mapping[str, Any], most: int = ROWS_MAX) -> tuple[Fact, ...]:
    """Give what a typed value, or the values that a rule compared, hold; at most so many rows of it."""
    rows = tuple(islice(_inside("", value), most + 1))
    return rows if len(rows) <= most else (*rows[:most], Fact("…", "and more"))


def person(who: Person) -> str:
    """Name somebody by what is known of them."""
    name = who.login or (f"Slack user {who.slack}" if who.slack else "somebody")
    return f"{name} (a bot)" if who.is_bot and not name.endswith("[bot]") else name


def _inside(label: str, value: Any) -> Iterable[Fact]:
    """The rows of a value with parts."""
    if isinstance(value, Struct):
        fields = _fields(type(value))
        pairs = [(each.name, getattr(value, each.name)) for each in fields if not _is_default(value, each)]
    else:
        pairs = [(str(name), inner) for name, inner in value.items()]
    for name, inner in pairs:
        yield from _rows(name, f"{label}: {_words(name)}" if label else _words(name), inner)


@cache
def _fields(kind: type[Struct]) -> tuple[msgspec.structs.FieldInfo, ...]:
    return msgspec.structs.fields(kind)


def _is_default(value: Struct, field: msgspec.structs.FieldInfo) -> bool:
    given = getattr(value, field.name)
    return given is None or given == () or bool(given == field.default)


def _rows(name: str, label: str, value: Any) -> Iterable[Fact]:
    if value and is_secret(name):
        yield Fact(label, HIDDEN)
    elif isinstance(value, Person):
        yield Fact(label, person(value))
    elif isinstance(value, Repository):
        yield Fact(label, value.full_name, "code")
    elif isinstance(value, PullRequestPlace | SlackPlace):
        yield Fact(label, _place(value))
    elif isinstance(value, Struct | Mapping):
        yield from _inside(label, value) if value else ()
    elif isinstance(value, list | tuple):
        yield from _several(name, label, value)
    else:
        yield Fact(label, _text(name, value), _kind(name, value))


def _several(name: str, label: str, values: list[Any] | tuple[Any, ...]) -> Iterable[Fact]:
    if not values:
        yield Fact(label, "none")
    elif any(isinstance(each, Struct | Mapping | list | tuple) for each in values):
        for number, each in enumerate(values, 1):
            yield from _rows(name, f"{label} {number}", each)
    else:
        yield Fact(label, plain(", ".join(_text(name, each) for each in values), VALUE_CHARS_MAX))


def _place(place: PullRequestPlace | SlackPlace) -> str:
    if isinstance(place, PullRequestPlace):
        where = f"{place.repository.full_name}#{place.number}"
        return f"{where}, comment {place.comment}" if place.comment is not None else where
    where = f"#{place.channel_name}" if place.channel_name else place.channel
    return f"Slack {where}, in a thread" if place.thread else f"Slack {where}"


def _text(name: str, value: Any) -> str:
    if value is None or value == "":
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return _number(name, value)
    text = str(masked(str(value)))
    return text[:_SHORT_SHA] if SHA.fullmatch(text) else plain(text, VALUE_CHARS_MAX)


def _number(name: str, value: float) -> str:
    if _DURATIONS.fullmatch(name):
        return duration(value)
    if _MOMENTS.fullmatch(name) and value > _EPOCH_MIN:
        return moment(value)
    return str(int(value)) if float(value).is_integer() else f"{value:g}"


def _kind(name: str, value: Any) -> Literal["text", "code"]:
    if not isinstance(value, str):
        return "text"
    is_name = name in ("key", "sha", "ref", "service", "environment", "deployment", "request", "id")
    return "code" if is_name or SHA.fullmatch(value) else "text"


def _words(name: str) -> str:
    return name.replace("_", " ")
