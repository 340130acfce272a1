"""What stands before a start: the settings, files and keys without which nobody can begin.

Each reads or checks one thing and says in one sentence what to do where it cannot be. Starts nothing.
"""

from collections.abc import Mapping
from pathlib import Path

from bot.configuration import validate_instance
from bot.domain.driver_rules import DriverRule
from bot.domain.instance import InstancePolicy
from bot.drivers import DriverUnusable, command, rules
from bot.drivers.secrets import SecretsOf
from bot.github.tokens import AppKey
from bot.ledger.disk import ephemeral_reason
from bot.ledger.sqlite import path_of
from bot.settings import Settings


class CannotStart(Exception):
    """What stands in the way of a start; `problems` has one sentence for each."""

    def __init__(self, *problems: str) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


def read_instance(settings: Settings) -> InstancePolicy:
    """Read the instance file, if there is one. Raises CannotStart with all that is wrong in it."""
    path = settings.instance_file
    if path is None:
        return InstancePolicy()
    try:
        text = Path(path).read_bytes()
    except OSError as error:
        raise CannotStart(f"The instance file {path} cannot be read: {error.strerror}.") from error
    reading = validate_instance(text, str(path), drivers=driver_rules())
    if reading.policy is None:
        raise CannotStart(*(str(finding) for finding in reading.findings))
    return reading.policy


def driver_rules() -> Mapping[str, DriverRule]:
    """The rules of the drivers that there are. Raises CannotStart where an installed one is unusable."""
    try:
        return rules()
    except DriverUnusable as error:
        raise CannotStart(f"{error} Mend or uninstall it.") from error


def app_key(settings: Settings) -> AppKey:
    """The GitHub App's key. Raises CannotStart where there is none, or none that can sign."""
    github = settings.github
    if github is None:
        raise CannotStart(
            "GITHUB_APP_ID, GITHUB_PRIVATE_KEY and GITHUB_WEBHOOK_SECRET are not set. All three stand on the "
            "App's page under GitHub's developer settings; `pointsman demo` needs none of them."
        )
    try:
        return AppKey(github.app_id, github.private_key.reveal())
    except ValueError as error:
        raise CannotStart(
            f"{error} GitHub offers a new one under *Private keys* on the App's page."
        ) from error


def ledger_path(settings: Settings) -> Path:
    """Where the SQLite file is. Raises CannotStart for another database."""
    path = path_of(settings.database_url.reveal())
    if path is None:
        raise CannotStart("This version keeps its ledger in SQLite: set DATABASE_URL=sqlite:///pointsman.db.")
    return path


def check_disk(settings: Settings, environ: Mapping[str, str]) -> None:
    """Refuse a disk that forgets. Raises CannotStart."""
    reason = ephemeral_reason(ledger_path(settings), environ)
    if reason is not None and not settings.allow_ephemeral:
        raise CannotStart(
            f"The ledger would not last: {reason}. Set DATABASE_URL to a place that does, "
            "or POINTSMAN_ALLOW_EPHEMERAL=1 to accept the loss."
        )


def check_start(settings: Settings, instance: InstancePolicy, secrets: SecretsOf) -> AppKey:
    """Check what nobody can start without; gives the App's key. Raises CannotStart with all of it."""
    driver_rules()
    problems = [*secrets.problems(), *command.problems(instance)]
    try:
        key = app_key(settings)
    except CannotStart as error:
        raise CannotStart(*problems, *error.problems) from error
    if problems:
        raise CannotStart(*problems)
    return key
