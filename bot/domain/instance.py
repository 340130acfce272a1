"""What the instance's owner decides and no repository can: people, secrets, programs, addresses, limits.

Everything that a repository could abuse stands here. Secrets are named by their environment variable;
their values must never enter these structs.
"""

import re
from base64 import b64decode

from msgspec import Struct

from bot.domain.addresses import covers, names_repository
from bot.domain.findings import Located

WEBHOOK_SECRET_BYTES_MIN = 24


class BoundSecret(Struct, frozen=True):
    """A secret: the environment variable `env`, for which repositories, sent to which addresses."""

    env: str
    repositories: tuple[str, ...]
    urls: tuple[str, ...]

    def is_bound_to(self, repository: str) -> bool:
        """Whether `repository` (`owner/name`) may name this secret."""
        return any(names_repository(pattern, repository) for pattern in self.repositories)

    def covers(self, url: str) -> bool:
        """Whether a request that this secret signs may go to `url`."""
        return any(covers(allowed, url) for allowed in self.urls)


class Program(Struct, frozen=True):
    """A program of the `command` driver: argument list, folder, and the variables it may see."""

    run: tuple[str, ...]
    directory: str
    repositories: tuple[str, ...]
    environment: tuple[str, ...] = ()

    def is_bound_to(self, repository: str) -> bool:
        """Whether `repository` (`owner/name`) may have this program run."""
        return any(names_repository(pattern, repository) for pattern in self.repositories)


class AlertSource(Struct, frozen=True):
    """Who may send alerts: the environment variable with the token, for which repositories."""

    env: str
    repositories: tuple[str, ...]


class Egress(Struct, frozen=True):
    """Addresses that are allowed although they are private or plain http."""

    allow: tuple[str, ...] = ()

    def allows(self, url: str) -> bool:
        """Whether `url` lies under an allowed address."""
        return any(covers(allowed, url) for allowed in self.allow)


class Enforced(Struct, frozen=True):
    """What repositories can only tighten. `drivers` None = every driver may be used."""

    approvals: int = 0
    drivers: tuple[str, ...] | None = None


RETENTION_SECONDS_MIN = 7 * 86_400
"""GitHub can deliver again for three days (Enterprise Server: seven): for so long each has to be known."""


class Retention(Struct, frozen=True):
    """How long deliveries and events are kept, in seconds. What is not done stays, whatever its age."""

    deliveries: int = 30 * 86_400
    events: int = 400 * 86_400


class InstancePolicy(Struct, frozen=True, kw_only=True):
    """The instance file. `owners` None = all are served; `defaults` lie under every repository's file."""

    owners: tuple[str, ...] | None = None
    people: dict[str, str] = {}
    secrets: dict[str, BoundSecret] = {}
    commands: dict[str, Program] = {}
    egress: Egress = Egress()
    enforce: Enforced = Enforced()
    alerts: dict[str, AlertSource] = {}
    retention: Retention = Retention()
    defaults: Located | None = None

    def serves(self, owner: str) -> bool:
        """Whether this instance serves installations of `owner`; GitHub's names ignore case."""
        return self.owners is None or owner.lower() in {each.lower() for each in self.owners}

    def slack_user(self, login: str) -> str | None:
        """Give the Slack user id that the file links with a GitHub login."""
        wanted = login.lower()
        return next((user for each, user in self.people.items() if each.lower() == wanted), None)

    def github_login(self, slack_user: str) -> str | None:
        """Give the GitHub login that the file links with a Slack user id."""
        return next((login for login, user in self.people.items() if user == slack_user), None)


def check_webhook_secret(value: str) -> str | None:
    """Say what is wrong with the value of a secret, without repeating any of it; None = nothing.

    Standard Webhooks: `whsec_` and the base64 of 24 bytes or more.
    """
    prefix, underscore, encoded = value.partition("_")
    if prefix + underscore != "whsec_":
        return "it must begin with `whsec_`"
    if not re.fullmatch("[A-Za-z0-9+/]*={0,2}", encoded) or len(encoded) % 4:
        return "what follows `whsec_` must be base64 with its padding"
    if len(b64decode(encoded)) < WEBHOOK_SECRET_BYTES_MIN:
        return f"what follows `whsec_` must be the base64 of {WEBHOOK_SECRET_BYTES_MIN} bytes or more"
    return None
