"""The `http` driver: asks a deployer over signed HTTP, by the deployer protocol of the contract.

The webhook-id is the idempotency key and stays the same over retries, so a deployer can be asked again
after a lost reply. Addresses and secrets are only those that the instance file binds to the repository.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from bot.domain.deployment import Order
from bot.domain.driver_rules import DriverKey, DriverRule
from bot.domain.effects import CallDeployer, Effect
from bot.domain.errors import LastingFault, PassingFault
from bot.domain.instance import InstancePolicy
from bot.domain.report import ReportInvalid, plain_description, read_report
from bot.domain.values import Report
from bot.drivers.egress import Answer, EgressGuard
from bot.ports import Clock, DeployerReply
from bot.standard_webhooks import Key, headers_of

NAME = "http"
EVENT_TYPE = "pointsman.deployer.requested"
CONTENT_TYPE = "application/cloudevents+json"
DESCRIPTION_MAX = 500
_ASK_AGAIN = frozenset({408, 409, 425, 429})

RULE = DriverRule(
    description="Calls a deployer by signed HTTP; it reports back to a callback address.",
    keys=(
        DriverKey("url", "url", "the deployer's address", required=True),
        DriverKey("secret", "secret", "the instance's name of the shared secret", required=True),
    ),
    steps=True,
)


class SecretsOf:
    """The signing keys that the instance file binds, from the environment variables that it names."""

    def __init__(self, instance: InstancePolicy, environ: Mapping[str, str]) -> None:
        self._instance = instance
        self._environ = environ

    def keys(self, order: Order) -> tuple[Key, ...]:
        """Give the keys for an order's deployer (two while one is rotated). Raises LastingFault."""
        name = str(order.call.settings.get("secret", ""))
        url = str(order.call.settings.get("url", ""))
        bound = self._instance.secrets.get(name)
        if bound is None or not bound.is_bound_to(order.repository.full_name):
            raise LastingFault(
                f"The secret {name!r} is not bound to {order.repository.full_name}.",
                hint="Bind it under `secrets` in the instance file.",
            )
        if not bound.covers(url):
            raise LastingFault(
                f"The secret {name!r} is not bound to the deployer's address.",
                hint="Add the address to `urls` of the secret in the instance file.",
            )
        return self._read(name, bound.env)

    def _read(self, name: str, variable: str) -> tuple[Key, ...]:
        try:
            return tuple(Key.parse(part.strip()) for part in self._environ.get(variable, "").split(","))
        except ValueError as error:
            raise LastingFault(
                f"The secret {name!r} in {variable} {error}.", hint=f"Set {variable} and start again."
            ) from error

    def problems(self) -> tuple[str, ...]:
        """Say which secrets cannot be used, one sentence each; empty = all can."""
        found = []
        for name, bound in self._instance.secrets.items():
            try:
                self._read(name, bound.env)
            except LastingFault as fault:
                found.append(fault.reason)
        return tuple(found)


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
        keys = self._secrets.keys(call.order)
        body = msgspec.json.encode(self._event(call, effect))
        headers = {
            "content-type": CONTENT_TYPE,
            **headers_of(keys, effect.key, int(self._clock.now()), body),
        }
        answer = await self._guard.post(str(call.order.call.settings["url"]), body, headers)
        return _reply(call.order, answer)

    def _event(self, call: CallDeployer, effect: Effect) -> dict[str, Any]:
        return {
            "specversion": "1.0",
            "id": effect.key,
            "type": EVENT_TYPE,
            "source": self._public_url,
            "subject": call.order.id,
            "datacontenttype": "application/json",
            "data": self._data(call),
        }

    def _data(self, call: CallDeployer) -> dict[str, Any]:
        order = call.order
        return {
            "deployment": order.id,
            "request": order.request,
            "attempt": order.attempt,
            "action": call.action,
            "repository": order.repository.full_name,
            "service": order.service,
            "environment": order.environment,
            "sha": order.sha,
            "ref": order.ref,
            "previous_sha": call.previous_sha,
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
    text = plain_description(answer.body.decode("utf-8", "replace"))
    return f": {text[:DESCRIPTION_MAX]}" if text else "."


def _retry_after(answer: Answer) -> float | None:
    value = {name.lower(): text for name, text in answer.headers.items()}.get("retry-after", "")
    return float(value) if value.isascii() and value.isdigit() else None
