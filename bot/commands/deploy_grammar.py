"""Reads `/deploy`: services with their refs, the environment, parameters and flags.

It must never deploy something else than what was written: each word has one meaning, or is refused.
"""

import math
import re

from bot.commands.confusion import Confused, folded
from bot.commands.places import PARAM, after_environment, is_name, missing_environment, unknown_name
from bot.domain.phrasing import QUOTES
from bot.domain.speech import (
    FLAGS,
    Confusion,
    Deploy,
    Expected,
    Param,
    ParamValue,
    RawCommand,
    ServiceRef,
    Vocabulary,
    is_ref,
)

_ESCAPE = re.compile(rf"\\([\\{QUOTES}])")
_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?")
_BOOLEANS = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}


def read_deploy(raw: RawCommand, vocabulary: Vocabulary) -> Deploy:
    """Read the words of a deployment; raises `Confused`."""
    reading = _Reading(vocabulary)
    for token in raw.tokens:
        reading.take(token)
    environment = reading.named_environment()
    if "emergency" in raw.flags and raw.because is None:
        raise Confused(Confusion.EMERGENCY_NEEDS_REASON, "--emergency", expected=(Expected.REASON,))
    return Deploy(
        repository=raw.repository,
        services=reading.named_services(),
        all_services=reading.everything,
        ref=reading.ref,
        environment=environment,
        params=reading.params,
        dry_run="dry-run" in raw.flags,
        emergency="emergency" in raw.flags,
        because=raw.because,
    )


class _Reading:
    """What has been read so far of one `/deploy`."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._services: dict[str, ServiceRef] = {}
        self._environment: str | None = None
        self.everything = False
        self.ref: str | None = None
        self.params: dict[str, ParamValue] = {}

    def take(self, token: str) -> None:
        param = PARAM.fullmatch(token)
        if param:
            self._take_param(param[1], param[2])
        elif token.startswith("@"):
            self._take_ref(token, token[1:])
        else:
            self._take_name(token)

    def named_environment(self) -> str:
        if self._environment is None:
            raise missing_environment(self._vocabulary)
        return self._environment

    def named_services(self) -> tuple[ServiceRef, ...]:
        if self._services or self.everything:
            return tuple(self._services.values())
        if self._vocabulary.only_service is None:
            raise Confused(
                Confusion.MISSING_SERVICE,
                expected=(Expected.SERVICE, Expected.ALL),
                choices=(*self._vocabulary.services, "all"),
            )
        return (ServiceRef(self._vocabulary.only_service),)

    def _take_name(self, token: str) -> None:
        name, at, ref = token.partition("@")
        name = folded(name)
        if self._environment is not None:
            raise self._surplus(name, self._environment)
        if name == "all":
            self._take_all(token, ref if at else None)
        elif not is_name(name, self._vocabulary):
            raise unknown_name(token if not at else name, self._vocabulary, or_all=True)
        elif name in self._vocabulary.services:
            self._take_service(name, _checked_ref(token, ref) if at else None)
        elif at:
            # The ref belongs to a service; `production@v2` could also mean one service of several.
            raise Confused(Confusion.REF_NOT_TAKEN, token, expected=(Expected.ENVIRONMENT,))
        else:
            self._environment = name

    def _surplus(self, name: str, environment: str) -> Confused:
        confused = after_environment(name, environment, self._vocabulary)
        if confused.problem.code is not Confusion.UNEXPECTED:
            return confused
        possible = [f"--{flag}" for flag in FLAGS] + [f"{param}=" for param in self._vocabulary.params]
        expected = (Expected.PARAM, Expected.FLAG, Expected.REASON)
        return Confused(Confusion.UNEXPECTED, name, expected=expected, choices=tuple(possible))

    def _take_all(self, token: str, ref: str | None) -> None:
        if self.everything:
            raise Confused(Confusion.REPEATED_NAME, "all")
        if self._services:
            raise Confused(Confusion.ALL_WITH_NAMES, "all")
        self.everything = True
        if ref is not None:
            self._take_ref(token, ref)

    def _take_service(self, name: str, ref: str | None) -> None:
        if name in self._services:
            raise Confused(Confusion.REPEATED_NAME, name)
        if self.everything:
            raise Confused(Confusion.ALL_WITH_NAMES, name)
        self._services[name] = ServiceRef(name, ref)

    def _take_ref(self, token: str, ref: str) -> None:
        if self.ref is not None:
            raise Confused(Confusion.REPEATED_REF, token)
        self.ref = _checked_ref(token, ref)

    def _take_param(self, key: str, written: str) -> None:
        params = self._vocabulary.params
        name = key if key in params else folded(key)
        token = f"{key}={written}"
        if name == "ref":
            self._take_ref(token, _unquoted(written))
            return
        if name not in params:
            raise Confused(Confusion.UNKNOWN_PARAM, key, expected=(Expected.PARAM,), choices=(*params, "ref"))
        if name in self.params:
            raise Confused(Confusion.REPEATED_PARAM, token)
        if not written:
            raise Confused(Confusion.MISSING_VALUE, token, expected=(_EXPECTED[params[name].type],))
        value = _value(params[name], _unquoted(written))
        if value is None:
            raise _bad_value(token, params[name], _unquoted(written))
        self.params[name] = value


_EXPECTED = {
    "boolean": Expected.TRUE_OR_FALSE,
    "number": Expected.NUMBER,
    "choice": Expected.OPTION,
    "text": Expected.TEXT,
}


def _value(param: Param, text: str) -> ParamValue | None:
    match param.type:
        case "text":
            return text
        case "boolean":
            return _BOOLEANS.get(folded(text))
        case "number":
            return _number(text)
        case "choice":
            return _option(param, text)


def _bad_value(token: str, param: Param, text: str) -> Confused:
    return Confused(
        Confusion.BAD_VALUE, token, expected=(_EXPECTED[param.type],), choices=param.options, meant=text
    )


def _number(text: str) -> float | None:
    number = float(text) if _NUMBER.fullmatch(text) else math.inf
    return number if math.isfinite(number) else None


def _option(param: Param, text: str) -> str | None:
    if text in param.options:
        return text
    return next((option for option in param.options if folded(option) == folded(text)), None)


def _checked_ref(token: str, ref: str) -> str:
    if not is_ref(ref):
        raise Confused(Confusion.BAD_REF, token, expected=(Expected.REF,))
    return ref


def _unquoted(written: str) -> str:
    """Give a value as it was meant: in quotes, a backslash stands before a quote or a backslash."""
    if not written or written[0] not in QUOTES:
        return written
    return _ESCAPE.sub(r"\1", written[1:-1])
