"""The products whose alerts are understood."""

from bot.alerts import alertmanager, cloudevents, datadog, pagerduty, sentry
from bot.alerts.sender import Sender

SENDERS: dict[str, Sender] = {
    row.name: row
    for row in (
        alertmanager.SENDER,
        cloudevents.SENDER,
        pagerduty.SENDER,
        datadog.SENDER,
        sentry.SENDER,
    )
}
