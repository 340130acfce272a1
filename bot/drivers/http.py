"""The `http` driver: asks a deployer over signed HTTP, by the deployer protocol of the contract.

The webhook-id is the idempotency key and stays the same over retries, so a deployer can be asked again
after a lost reply. Addresses and secrets are only those that the instance file binds to the repository.
"""

from typing import Any

import msgspec

from bot.domain.deployment import Order
from bot.domain.driver_rules import DriverKey, DriverRule
from bot.domain.effects import CallDeployer, CancelDeployer, Effect, LookAtDeployer
from bot.domain.errors import LastingFault, PassingFault
from bot.domain.report import ReportInvalid, plain_description, read_report
from bot.domain.values import Report
from bot.drivers.driver import DriverRow, Tools
from bot.drivers.egress import Answer, EgressGuard
from bot.drivers.secrets import SecretsOf
from bot.ports import Clock, DeployerReply, Look
from bot.standard_webhooks import headers_of

NAME = "http"
EVENT_TYPE = "pointsman.deployer.requested"
CONTENT_TYPE = "application/cloudevents+json"
DESCRIPTION_MAX = 500
RETRY_AFTER_SECONDS_MAX = 3_600
_TAKEN_MAYBE = "Look there whether it took an earlier request: the reply to that one was lost."
_ASK_AGAIN = frozenset({408, 409, 425, 429})

RULE = DriverRule(
    description="Calls a deployer by signed HTTP; it reports back to a callback address.",
    keys=(
        DriverKey("url", "url", "the deployer's address", required=True),
        DriverKey("secret", "secret", "the instance's name of the shared secret", required=True),
    ),
    steps=True,
)


class HttpDriver:
    """Ships by asking a deployer over HTTP."""

    name = NAME

    def __init__(self, guard: EgressGuard, secrets: SecretsOf, clock: Clock, public_url: str) -> None:
        self._guard = guard
        self._secrets = secrets
        self._clock = clock
        self._public_url = public_url.rstrip("/")

    async def call(self, call: CallDeployer, effect: Effect) -> DeployerReply:
        """Ask the deployer. Raises PassingFault where asking again may help, LastingFault where not."""
        reply = await self._ask(call.order, effect, call.action, call.previous_sha)
        if effect.uncertain and not reply.accepted:
            # An earlier request may have been taken, and then it is under way: this is no answer to that.
            raise LastingFault(reply.description or "The deployer refused.", hint=_TAKEN_MAYBE)
        return reply

    async def look(self, asked: LookAtDeployer) -> Look:
        """The protocol has no way to ask: the deployer reports, or it is overdue."""
        return Look()

    async def cancel(self, asked: CancelDeployer, effect: Effect) -> DeployerReply:
        """Ask the deployer to stop. Raises as `call` does."""
        return await self._ask(asked.order, effect, "cancel", None)

    async def close(self) -> None:
        """There is nothing to end: the guard is shared."""

    async def _ask(
        self, order: Order, effect: Effect, action: str, previous_sha: str | None
    ) -> DeployerReply:
        keys = self._secrets.keys(order)
        data = self._data(order, action, previous_sha)
        body = msgspec.json.encode(self._event(order, effect.key, data))
        headers = {
            "content-type": CONTENT_TYPE,
            **headers_of(keys, effect.key, int(self._clock.now()), body),
        }
        answer = await self._guard.post(str(order.call.settings["url"]), body, headers)
        return _reply(order, answer)

    def _event(self, order: Order, id: str, data: dict[str, Any]) -> dict[str, Any]:
        return {
            "specversion": "1.0",
            "id": id,
            "type": EVENT_TYPE,
            "source": self._public_url,
            "subject": order.id,
            "datacontenttype": "application/json",
            "data": data,
        }

    def _data(self, order: Order, action: str, previous_sha: str | None) -> dict[str, Any]:
        return {
            "deployment": order.id,
            "request": order.request,
            "attempt": order.attempt,
            "action": action,
            "repository": order.repository.full_name,
            "service": order.service,
            "environment": order.environment,
            "sha": order.sha,
            "ref": order.ref,
            "previous_sha": previous_sha,
            "step": {"index": 0, "weight": 100},
            "params": order.params,
            "requested_by": order.asker.login or order.asker.slack,
            "callback_url": f"{self._public_url}/callbacks/deployments/{order.id}",
        }


def _reply(order: Order, answer: Answer) -> DeployerReply:
    status = answer.status
    if 200 <= status < 300:
        return DeployerReply(accepted=True, report=_report(order, answer))
    if 300 <= status < 400:
        return DeployerReply(
            accepted=False, description=f"The deployer redirects ({status}), which is not followed."
        )
    if status >= 500 or status in _ASK_AGAIN:
        # A gateway may say 5xx after the deployer took it.
        raise PassingFault(
            f"The deployer answered {status}.", retry_after=_retry_after(answer), applied_maybe=status >= 500
        )
    return DeployerReply(accepted=False, description=f"The deployer refused ({status}){_said(answer)}")


def _report(order: Order, answer: Answer) -> Report | None:
    """Take a JSON answer in the shape of a report as the first report; any other answer accepts."""
    try:
        report = read_report(answer.body)
    except ReportInvalid:
        return None
    return report if report.deployment == order.id else None


def _said(answer: Answer) -> str:
    """A deployer's own words: those of its JSON, where it says them as most do, else its whole answer."""
    text = plain_description(_words(answer.body) or answer.body.decode("utf-8", "replace"))
    return f": {text[:DESCRIPTION_MAX]}" if text else "."


def _words(body: bytes) -> str | None:
    try:
        found = msgspec.json.decode(body, type=dict[str, Any])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    said = (found.get(name) for name in ("error", "message", "description", "detail"))
    return next((each for each in said if isinstance(each, str) and each), None)


def _retry_after(answer: Answer) -> float | None:
    value = {name.lower(): text for name, text in answer.headers.items()}.get("retry-after", "")
    if not (value.isascii() and value.isdigit()):
        return None
    return float(min(int(value[:9]), RETRY_AFTER_SECONDS_MAX))


def _make(tools: Tools) -> HttpDriver:
    return HttpDriver(tools.guard, tools.secrets, tools.clock, tools.public_url)


ROW = DriverRow(RULE, _make)
