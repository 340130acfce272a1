"""How the process writes its log: lines for people on a terminal, JSON for machines elsewhere.

Secrets must never get here: no headers, no bodies, no tokens are logged. What looks like a token all the
same is blotted out, as the last line of defence.
"""

import logging
import sys
from collections.abc import MutableMapping
from typing import Any, Literal

import structlog

from bot.domain.tokens import TOKENS


def set_up(level: str, form: Literal["console", "json"] | None) -> None:
    """Configure logging for the process; `form` None = console on a terminal, else JSON."""
    chosen = form or ("console" if sys.stderr.isatty() else "json")
    number = logging.getLevelNamesMapping()[level.upper()]
    renderer: Any = (
        structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
        if chosen == "console"
        else structlog.processors.JSONRenderer()
    )
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        _blot_out,
    ]
    structlog.configure(
        processors=[*shared, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    logging.basicConfig(level=max(number, logging.WARNING), handlers=[handler], force=True)


def _blot_out(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for name, value in event.items():
        if isinstance(value, str) and TOKENS.search(value):
            event[name] = TOKENS.sub("[secret]", value)
    return event
