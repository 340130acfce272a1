"""Reads what a person said into one typed command, with the names that a repository's configuration knows.

The same for pull requests and Slack. Text that is not a command in full is refused with the reason, the
offending word and the nearest names. No word is ever guessed, skipped or taken for something else.
"""

import re
from collections.abc import Callable, Mapping, Sequence

from msgspec import structs

from bot.commands.confusion import Confused, folded
from bot.commands.deploy_grammar import read_deploy
from bot.commands.places import is_name, missing_target, one_environment, read_names, read_slot, read_targets
from bot.commands.words import split
from bot.domain.durations import parse_duration
from bot.domain.speech import (
    USAGE,
    Approve,
    Ask,
    Cancel,
    Command,
    Confusion,
    Deploy,
    Expected,
    Freeze,
    Help,
    Keep,
    Link,
    Lock,
    Misunderstood,
    Parsed,
    RawCommand,
    Reject,
    Resume,
    Retry,
    Rollback,
    Scale,
    Status,
    Unfreeze,
    Unlock,
    Vocabulary,
    Why,
    is_ref,
    read_id,
)

SPAN_SECONDS_MAX = 366 * 86_400
"""The longest that a lock or a freeze may be asked for."""

_TAKES_NO_FLAG = frozenset({"status", "help", "why", "link"})
"""Questions do nothing, so that there is nothing to try; `--emergency` is for `deploy` alone."""
_TAKES_NO_REASON = frozenset({"status", "help", "why", "link", "scale", "unfreeze"})
_COUNT = re.compile(r"[0-9]{1,4}")

Reader = Callable[[RawCommand, Vocabulary], Command]


def parse(text: str, vocabulary: Vocabulary) -> Parsed:
    """Read a whole command line, without its prefix: `deploy api staging because …`."""
    raw = split(text)
    return raw if isinstance(raw, Misunderstood) else interpret(raw, vocabulary)


def interpret(raw: RawCommand, vocabulary: Vocabulary) -> Parsed:
    """Read a command that `split` has cut, once its repository's names are known."""
    try:
        _refuse_what_is_not_taken(raw)
        command = _READERS[raw.word](raw, vocabulary)
        is_tried = "dry-run" in raw.flags and not isinstance(command, Deploy)
        return structs.replace(command, dry_run=True) if is_tried else command
    except Confused as confused:
        return structs.replace(confused.problem, word=raw.word)


def _refuse_what_is_not_taken(raw: RawCommand) -> None:
    for flag in raw.flags:
        if raw.word in _TAKES_NO_FLAG or (flag != "dry-run" and raw.word != "deploy"):
            raise Confused(Confusion.FLAG_NOT_TAKEN, f"--{flag}")
    if raw.because is not None and raw.word in _TAKES_NO_REASON:
        raise Confused(Confusion.REASON_NOT_TAKEN, "because")


def _rollback(raw: RawCommand, vocabulary: Vocabulary) -> Rollback:
    names, target = _before(raw.tokens, "to", Expected.REF)
    service, environment = read_slot(names, vocabulary)
    return Rollback(
        service=service,
        environment=environment,
        to=None if target is None else _target(target),
        because=raw.because,
        repository=raw.repository,
    )


def _target(token: str) -> str:
    identity = read_id(token)
    if identity is None:
        if not is_ref(token):
            raise Confused(Confusion.BAD_REF, token, expected=(Expected.REF, Expected.DEPLOYMENT_ID))
        return token
    if not identity.startswith("d-"):
        raise Confused(Confusion.BAD_ID, token, expected=(Expected.DEPLOYMENT_ID,))
    return identity


def _status(raw: RawCommand, vocabulary: Vocabulary) -> Status:
    service, environment = read_names(raw.tokens, vocabulary)
    return Status(service=service, environment=environment, repository=raw.repository)


def _lock(raw: RawCommand, vocabulary: Vocabulary) -> Lock:
    names, duration = _before(raw.tokens, "for", Expected.DURATION)
    targets, everything = _targets(raw, names, vocabulary)
    return Lock(
        targets=targets,
        all_targets=everything,
        lasts_seconds=None if duration is None else _seconds(duration),
        because=raw.because,
        repository=raw.repository,
    )


def _unlock(raw: RawCommand, vocabulary: Vocabulary) -> Unlock:
    targets, everything = _targets(raw, raw.tokens, vocabulary)
    return Unlock(targets=targets, all_targets=everything, because=raw.because, repository=raw.repository)


def _ask(raw: RawCommand, vocabulary: Vocabulary) -> Ask:
    targets, everything = _targets(raw, raw.tokens, vocabulary)
    if not targets and not everything:
        raise missing_target(vocabulary)
    return Ask(targets=targets, all_targets=everything, because=raw.because, repository=raw.repository)


def _targets(raw: RawCommand, names: Sequence[str], vocabulary: Vocabulary) -> tuple[tuple[str, ...], bool]:
    """Read what to lock. Nothing at all is a question; a reason or duration without a name is a slip."""
    if not names and (raw.tokens or raw.because is not None):
        raise missing_target(vocabulary)
    return read_targets(names, vocabulary)


def _freeze(raw: RawCommand, vocabulary: Vocabulary) -> Freeze:
    names, duration = _before(raw.tokens, "for", Expected.DURATION)
    return Freeze(
        environment=one_environment(names, vocabulary),
        lasts_seconds=None if duration is None else _seconds(duration),
        because=raw.because,
        repository=raw.repository,
    )


def _unfreeze(raw: RawCommand, vocabulary: Vocabulary) -> Unfreeze:
    return Unfreeze(environment=one_environment(raw.tokens, vocabulary), repository=raw.repository)


def _scale(raw: RawCommand, vocabulary: Vocabulary) -> Scale:
    *names, count = raw.tokens or ("",)
    is_count = _COUNT.fullmatch(count) is not None
    if not count or (not is_count and is_name(folded(count), vocabulary)):
        read_slot(raw.tokens, vocabulary)  # a mistake in the names is the better answer
        raise Confused(Confusion.MISSING_VALUE, expected=(Expected.NUMBER,))
    service, environment = read_slot(names, vocabulary)
    if not is_count:
        raise Confused(Confusion.BAD_VALUE, count, expected=(Expected.NUMBER,))
    return Scale(service=service, environment=environment, count=int(count), repository=raw.repository)


def _by_identity(kind: type[Keep | Retry | Resume | Approve | Reject | Cancel]) -> Reader:
    def read(raw: RawCommand, vocabulary: Vocabulary) -> Command:
        token = _at_most_one(raw.tokens)
        identity = None if token is None else read_id(token)
        if token is not None and identity is None:
            raise Confused(Confusion.BAD_ID, token, expected=(Expected.ID,))
        return kind(id=identity, because=raw.because)

    return read


def _why(raw: RawCommand, vocabulary: Vocabulary) -> Why:
    return Why(subject=_at_most_one(raw.tokens))


def _help(raw: RawCommand, vocabulary: Vocabulary) -> Help:
    token = _at_most_one(raw.tokens)
    topic = None if token is None else folded(token.removeprefix("/"))
    if topic is not None and topic not in USAGE:
        raise Confused(Confusion.UNKNOWN_COMMAND, topic, expected=(Expected.COMMAND,), choices=tuple(USAGE))
    return Help(topic=topic)


def _link(raw: RawCommand, vocabulary: Vocabulary) -> Link:
    if raw.tokens:
        raise Confused(Confusion.UNEXPECTED, raw.tokens[0], expected=(Expected.NOTHING,))
    return Link()


def _at_most_one(tokens: Sequence[str]) -> str | None:
    if len(tokens) > 1:
        raise Confused(Confusion.UNEXPECTED, tokens[1], expected=(Expected.NOTHING,))
    return tokens[0] if tokens else None


def _before(tokens: Sequence[str], keyword: str, expected: Expected) -> tuple[Sequence[str], str | None]:
    """Part `names … keyword VALUE`: the names, and the value if the keyword was said."""
    words = [folded(token) for token in tokens]
    if keyword not in words:
        return tokens, None
    place = words.index(keyword)
    if place + 1 == len(tokens):
        raise Confused(Confusion.MISSING_VALUE, keyword, expected=(expected,))
    if place + 2 < len(tokens):
        raise Confused(Confusion.UNEXPECTED, tokens[place + 2], expected=(Expected.REASON,))
    return tokens[:place], tokens[place + 1]


def _seconds(token: str) -> int:
    try:
        seconds = parse_duration(folded(token))
    except ValueError:
        seconds = None
    if seconds is None or seconds > SPAN_SECONDS_MAX:
        raise Confused(Confusion.BAD_DURATION, token, expected=(Expected.DURATION,))
    return seconds


_READERS: Mapping[str, Reader] = {
    "deploy": read_deploy,
    "rollback": _rollback,
    "lock": _lock,
    "unlock": _unlock,
    "ask": _ask,
    "freeze": _freeze,
    "unfreeze": _unfreeze,
    "approve": _by_identity(Approve),
    "reject": _by_identity(Reject),
    "cancel": _by_identity(Cancel),
    "retry": _by_identity(Retry),
    "resume": _by_identity(Resume),
    "keep": _by_identity(Keep),
    "scale": _scale,
    "status": _status,
    "why": _why,
    "help": _help,
    "link": _link,
}
