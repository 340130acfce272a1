"""`--since`: a point in time, as people say it: `2h` ago, or a date and time in UTC."""

import time
from datetime import UTC, datetime

import click

from bot.domain.durations import parse_duration

SINCE_HELP = "Only since then: 2h, 3d, or 2026-01-31T12:00 (UTC)."


class Since(click.ParamType[float]):
    """Gives epoch seconds."""

    name = "when"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Read a duration before now, or a moment."""
        text = str(value).strip()
        try:
            return time.time() - parse_duration(text)
        except ValueError:
            pass  # it may be a moment
        try:
            at = datetime.fromisoformat(text)
        except ValueError:
            self.fail(
                f"{text!r} is neither a duration such as 2h nor a time such as 2026-01-31T12:00.", param, ctx
            )
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()


SINCE = Since()
