"""Reads the names in a command: services first, then the environment.

An unknown name is answered with the nearest ones; it is never taken for a ref or anything else.
"""

import re
from collections.abc import Sequence

from bot.commands.confusion import Confused, folded
from bot.domain.speech import Confusion, Expected, Vocabulary

PARAM = re.compile(r"([A-Za-z0-9][A-Za-z0-9_.-]*)=(.*)", re.DOTALL)


def read_names(tokens: Sequence[str], vocabulary: Vocabulary) -> tuple[str | None, str | None]:
    """Read `[SERVICE] [ENVIRONMENT]`, each at most once."""
    service: str | None = None
    environment: str | None = None
    for token in tokens:
        if environment is not None:
            raise after_environment(folded(token), environment, vocabulary)
        name = plain_name(token, vocabulary)
        if name in vocabulary.environments:
            environment = name
        elif service is None:
            service = name
        else:
            code = Confusion.REPEATED_NAME if name == service else Confusion.SECOND_SERVICE
            raise Confused(code, name, expected=(Expected.ENVIRONMENT,))
    return service, environment


def read_slot(tokens: Sequence[str], vocabulary: Vocabulary) -> tuple[str, str]:
    """Read `[SERVICE] ENVIRONMENT`; the service may be left out where there is only one."""
    service, environment = read_names(tokens, vocabulary)
    if environment is None:
        raise missing_environment(vocabulary)
    service = service or vocabulary.only_service
    if service is None:
        raise Confused(Confusion.MISSING_SERVICE, expected=(Expected.SERVICE,), choices=vocabulary.services)
    return service, environment


def read_targets(tokens: Sequence[str], vocabulary: Vocabulary) -> tuple[tuple[str, ...], bool]:
    """Read services and environments in any order and number, or `all` (the second value)."""
    names = tuple(_target(token, vocabulary) for token in tokens)
    for place, name in enumerate(names):
        if name in names[:place]:
            raise Confused(Confusion.REPEATED_NAME, name)
    if "all" not in names:
        return names, False
    if len(names) > 1:
        raise Confused(Confusion.ALL_WITH_NAMES, "all")
    return (), True


def one_environment(tokens: Sequence[str], vocabulary: Vocabulary) -> str:
    """Read exactly one environment and nothing else."""
    if not tokens:
        raise missing_environment(vocabulary)
    service, environment = read_names(tokens, vocabulary)
    if service is not None or environment is None:
        raise Confused(
            Confusion.UNEXPECTED,
            tokens[0],
            expected=(Expected.ENVIRONMENT,),
            choices=vocabulary.environments,
        )
    return environment


def plain_name(token: str, vocabulary: Vocabulary) -> str:
    """Read one token as a known service or environment, without a ref."""
    name, at, _ = token.partition("@")
    name = folded(name)
    if PARAM.fullmatch(token) or name == "all":
        raise Confused(Confusion.UNEXPECTED, token, expected=(Expected.SERVICE, Expected.ENVIRONMENT))
    if at and (not name or is_name(name, vocabulary)):
        raise Confused(Confusion.REF_NOT_TAKEN, token)
    if not is_name(name, vocabulary):
        raise unknown_name(token, vocabulary)
    return name


def is_name(name: str, vocabulary: Vocabulary) -> bool:
    """Whether a service or environment has this name."""
    return name in vocabulary.services or name in vocabulary.environments


def unknown_name(token: str, vocabulary: Vocabulary, *, or_all: bool = False) -> Confused:
    """Say that no service or environment has this name."""
    expected = (Expected.SERVICE, *([Expected.ALL] if or_all else []), Expected.ENVIRONMENT)
    choices = (*vocabulary.services, *(["all"] if or_all else []), *vocabulary.environments)
    return Confused(Confusion.UNKNOWN_NAME, token, expected=expected, choices=choices)


def missing_environment(vocabulary: Vocabulary) -> Confused:
    """Say that no environment was named."""
    return Confused(
        Confusion.MISSING_ENVIRONMENT, expected=(Expected.ENVIRONMENT,), choices=vocabulary.environments
    )


def missing_target(vocabulary: Vocabulary) -> Confused:
    """Say that neither a service nor an environment was named."""
    return Confused(
        Confusion.MISSING_TARGET,
        expected=(Expected.SERVICE, Expected.ENVIRONMENT, Expected.ALL),
        choices=(*vocabulary.services, *vocabulary.environments, "all"),
    )


def after_environment(name: str, environment: str, vocabulary: Vocabulary) -> Confused:
    """Say what is wrong with a further word after the environment."""
    if name == environment:
        return Confused(Confusion.REPEATED_NAME, name)
    if name in vocabulary.environments:
        return Confused(Confusion.SECOND_ENVIRONMENT, name)
    if name in vocabulary.services or name == "all":
        return Confused(Confusion.WRONG_ORDER, name)
    return Confused(Confusion.UNEXPECTED, name)


def _target(token: str, vocabulary: Vocabulary) -> str:
    if folded(token) == "all":
        return "all"
    if not is_name(folded(token), vocabulary) and "@" not in token:
        raise unknown_name(token, vocabulary, or_all=True)
    return plain_name(token, vocabulary)
