"""The signing keys that the instance file binds to repositories and addresses.

Must never give a key to a repository, or for an address, that it is not bound to.
"""

from collections.abc import Mapping

from bot.domain.deployment import Order
from bot.domain.errors import LastingFault
from bot.domain.instance import InstancePolicy
from bot.standard_webhooks import Key

ALERT_SECRET_CHARS_MIN = 16
"""A shorter token could be guessed."""


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

    def alert_secrets(self) -> dict[str, tuple[str, ...]]:
        """Give the secrets of each product that may send alerts (two while one is rotated)."""
        return {
            name: tuple(part.strip() for part in self._environ.get(source.env, "").split(",") if part.strip())
            for name, source in self._instance.alerts.items()
        }

    def problems(self) -> tuple[str, ...]:
        """Say which secrets cannot be used, one sentence each; empty = all can."""
        found = []
        for name, bound in self._instance.secrets.items():
            try:
                self._read(name, bound.env)
            except LastingFault as fault:
                found.append(fault.reason)
        for name, values in self.alert_secrets().items():
            problem = _problem_of_alerts(name, values)
            if problem:
                found.append(
                    f"The secret of alerts from {name} in {self._instance.alerts[name].env} {problem}."
                )
        return tuple(found)


def _problem_of_alerts(name: str, values: tuple[str, ...]) -> str | None:
    if not values:
        return "is empty or not set"
    if name == "cloudevents":
        try:
            for each in values:
                Key.parse(each)
        except ValueError as error:
            return str(error)
    if any(len(each) < ALERT_SECRET_CHARS_MIN for each in values):
        return f"has fewer than {ALERT_SECRET_CHARS_MIN} characters"
    return None
