"""Writes a command as the text that the grammar reads back as the same command.

It shows people what was understood and is what a button or a repeated command says. It must never
shorten or drop a part: what is shown is what would be run.
"""

import re
from collections.abc import Iterable

from msgspec import Struct

from bot.domain.durations import format_duration
from bot.domain.speech import (
    Ask,
    ByIdentity,
    Command,
    Deploy,
    Freeze,
    Help,
    Lock,
    ParamValue,
    Rollback,
    Scale,
    ServiceRef,
    Status,
    Unfreeze,
    Unlock,
    Why,
)

QUOTES = '"\u201c\u201d\u201e'
"""What opens and closes a quoted value: `"`, and what phones and Slack turn it into."""

_PLAIN_VALUE = re.compile(rf"[^\s\\{QUOTES}]+")
_ESCAPED = re.compile(rf"[\\{QUOTES}]")


def format_command(command: Command) -> str:
    """Write a command as one line without its slash: `deploy api@v2 production because hotfix`."""
    words = [word_of(command)]
    repository = getattr(command, "repository", None)
    if repository is not None:
        words.append(repository)
    words += _arguments(command)
    if getattr(command, "dry_run", False) and not isinstance(command, Deploy):
        words.append("--dry-run")
    because = getattr(command, "because", None)
    if because is not None:
        words += ["because", because]
    return " ".join(words)


def word_of(command: Struct) -> str:
    """Give the word that a command begins with, in lower case."""
    return str(command.__struct_config__.tag)


def _arguments(command: Command) -> Iterable[str]:
    match command:
        case Deploy():
            return _deploy(command)
        case Rollback(service=service, environment=environment, to=target):
            return [service, environment, *(["to", target] if target else [])]
        case Status(service=service, environment=environment):
            return filter(None, [service, environment])
        case Lock(lasts_seconds=seconds) | Freeze(lasts_seconds=seconds):
            return [*_places(command), *(["for", format_duration(seconds)] if seconds else [])]
        case Unlock() | Unfreeze() | Ask():
            return _places(command)
        case Scale(service=service, environment=environment, count=count):
            return [service, environment, str(count)]
        case ByIdentity(id=word) | Help(topic=word) | Why(subject=word):
            return filter(None, [word])
        case _:
            return []


def _places(command: Lock | Unlock | Ask | Freeze | Unfreeze) -> list[str]:
    if isinstance(command, Freeze | Unfreeze):
        return [command.environment]
    return ["all"] if command.all_targets else [*command.targets]


def _deploy(command: Deploy) -> list[str]:
    words = ["all"] if command.all_services else [_service(service) for service in command.services]
    if command.ref is not None:
        words.append(f"@{command.ref}")
    words.append(command.environment)
    words += [f"{name}={_value(value)}" for name, value in command.params.items()]
    words += [f"--{flag}" for flag, said in _flags(command) if said]
    return words


def _flags(command: Deploy) -> tuple[tuple[str, bool], ...]:
    return ("dry-run", command.dry_run), ("emergency", command.emergency)


def _service(service: ServiceRef) -> str:
    return service.name if service.ref is None else f"{service.name}@{service.ref}"


def _value(value: ParamValue) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return repr(value)
    if _PLAIN_VALUE.fullmatch(value):
        return value
    return '"' + _ESCAPED.sub(r"\\\g<0>", value) + '"'
