"""The alerts that came after a deployment: which, from where, how often, and whether they are over."""

from collections.abc import Iterable

from bot.domain.alerts import AlertSeen
from bot.domain.deployment import Deployment
from bot.messages.dialects import Dialect
from bot.messages.escaping import web_address

SHOWN_MAX = 5
TITLE_LENGTH_MAX = 200


def lines(dialect: Dialect, deployment: Deployment) -> Iterable[str]:
    """One line each, the newest last."""
    shown = [_line(dialect, each) for each in deployment.alerts[-SHOWN_MAX:]]
    left = len(deployment.alerts) - len(shown)
    return [*shown, f"and {left} more alerts before these"] if left else shown


def _line(dialect: Dialect, alert: AlertSeen) -> str:
    title = dialect.text(alert.title, TITLE_LENGTH_MAX)
    named = f"{title} ({dialect.link(alert.url, alert.source)})" if web_address(alert.url) else title
    times = f", {alert.times} times" if alert.times > 1 else ""
    over = f", over since {dialect.moment(alert.resolved_at)}" if alert.resolved_at is not None else ""
    return f"Alert: {named}, {dialect.moment(alert.at)}{times}{over}"
