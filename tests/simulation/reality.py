"""Keeps this machine's clock and chance out, and listens to what the bot logs of its own defects.

Must never be on outside of a run: it patches modules of the standard library for everybody.
"""

import random
import secrets
import sys
import time
import uuid
from collections.abc import Callable, Iterator, MutableMapping
from contextlib import contextmanager
from typing import Any

import structlog

from bot.domain.errors import StoreUnavailable
from tests.simulation.findings import Finding

_WATCHED = {
    time: ("time", "monotonic", "sleep", "perf_counter"),
    random: ("random", "randint", "uniform", "choice", "shuffle", "getrandbits", "randbytes"),
    secrets: ("token_hex", "token_bytes", "token_urlsafe", "randbelow"),
    uuid: ("uuid1", "uuid4"),
}
_OURS = ("bot.", "tests.simulation.")


class Reached(AssertionError):
    """Something of ours asked for this machine's time or chance."""


@contextmanager
def nothing_real() -> Iterator[list[Finding]]:
    """Stop whoever of ours asks this machine for time or chance; gives what defects were logged."""
    kept = [(module, name, getattr(module, name)) for module, names in _WATCHED.items() for name in names]
    logged: list[Finding] = []
    configured = structlog.get_config()
    structlog.configure(
        processors=[_listener(logged)],
        wrapper_class=structlog.make_filtering_bound_logger(40),
        logger_factory=structlog.ReturnLoggerFactory(),
        cache_logger_on_first_use=False,
    )
    for module, name, real in kept:
        setattr(module, name, _stopping(f"{module.__name__}.{name}", real))
    try:
        yield logged
    finally:
        for module, name, real in kept:
            setattr(module, name, real)
        structlog.configure(**configured)


def _stopping(name: str, real: Callable[..., Any]) -> Callable[..., Any]:
    def asked(*arguments: Any, **named: Any) -> Any:
        asker = sys._getframe(1).f_globals.get("__name__", "")
        if asker.startswith(_OURS):
            raise Reached(f"{asker} asked for {name}")
        return real(*arguments, **named)

    return asked


def _listener(logged: list[Finding]) -> Callable[[Any, str, MutableMapping[str, Any]], str]:
    def listen(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> str:
        if event.get("exc_info"):
            error = sys.exc_info()[1] if event["exc_info"] is True else event["exc_info"]
            if isinstance(error, StoreUnavailable):
                return ""
            logged.append(
                Finding("the bot logs no defect of its own", f"{event['event']}: {error!r} {_where(error)}")
            )
        return ""

    return listen


def _where(error: BaseException | None) -> str:
    frame = error.__traceback__ if error is not None else None
    where = ""
    while frame is not None:
        code = frame.tb_frame.f_code
        where = f"{code.co_filename.rpartition('/bot/')[2]}:{frame.tb_lineno} in {code.co_name}"
        frame = frame.tb_next
    return where
