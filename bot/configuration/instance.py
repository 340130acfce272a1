"""The whole of the instance file: what its owner decides and no repository can."""

import re
from typing import Any, Final

from bot.configuration.containers import Key, MapOf, Record, listed
from bot.configuration.forms import (
    ADDRESS,
    DIRECTORY,
    DRIVER,
    LOGIN,
    NAME,
    OWNER,
    REPOSITORY,
    SLACK_USER,
    VARIABLE,
)
from bot.configuration.layers import child, entries, text, texts
from bot.configuration.report import Report, quoted
from bot.configuration.repository import Drivers, repository_record
from bot.configuration.shapes import DURATION, INVALID, Integer, Invalid, Read, Schema, Shape, plain_text
from bot.domain.durations import DURATION_PATTERN, format_duration, parse_duration
from bot.domain.findings import Located
from bot.domain.instance import (
    RETENTION_SECONDS_MIN,
    AlertSource,
    BoundSecret,
    Egress,
    Enforced,
    InstancePolicy,
    Program,
    Retention,
)

_REPOSITORIES: Final[Key[tuple[str, ...]]] = Key(
    listed(REPOSITORY, least=1), "For which repositories: `acme/shop` or `acme/*`.", required=True
)
_SECRET: Final = Record(
    {
        "env": Key(VARIABLE, "The environment variable that holds the value.", required=True),
        "repositories": _REPOSITORIES,
        "urls": Key(
            listed(ADDRESS, least=1), "Where what it signs may go, by whole path segments.", required=True
        ),
    },
    BoundSecret,
)
_PROGRAM: Final = Record(
    {
        "run": Key(
            listed(plain_text("an argument", 1_000), least=1),
            "The program and its arguments; no shell reads them.",
            required=True,
        ),
        "directory": Key(DIRECTORY, "Where it runs.", required=True),
        "environment": Key(listed(VARIABLE), "The variables that it sees. Absent: none."),
        "repositories": _REPOSITORIES,
    },
    Program,
    Program,
)
_ALERT_SOURCE: Final[Key[AlertSource]] = Key(
    Record(
        {
            "env": Key(VARIABLE, "The environment variable that holds the token or secret.", required=True),
            "repositories": _REPOSITORIES,
        },
        AlertSource,
    ),
    "Who may send alerts of this kind.",
)


class Defaults(Shape[Located]):
    """Keys of a repository's file, kept as they stand so that later findings can point at them."""

    def __init__(self, drivers: Drivers) -> None:
        self._record = repository_record(drivers).without("version", "services")

    def accept(self, node: Located, path: str, report: Report) -> Read[Located]:
        read = self._record.read(node, path, report)
        return INVALID if isinstance(read, Invalid) else node

    def expected(self) -> str:
        return self._record.expected()

    def schema(self) -> Schema:
        return self._record.schema()


def instance_record(drivers: Drivers) -> Record[InstancePolicy]:
    """Describe the instance file, for the drivers that there are."""
    sources = dict.fromkeys(("alertmanager", "cloudevents", "pagerduty", "datadog", "sentry"), _ALERT_SOURCE)
    keys: dict[str, Key[Any]] = {
        "owners": Key(listed(OWNER), "Whose installations are served. Absent: all."),
        "people": Key(MapOf(LOGIN, SLACK_USER, dict, most=2_000), "GitHub login: Slack user id, one to one."),
        "secrets": Key(MapOf(NAME, _SECRET, dict), "Secrets that repositories may name."),
        "commands": Key(MapOf(NAME, _PROGRAM, dict), "Programs that repositories may have run."),
        "egress": Key(
            Record({"allow": Key(listed(ADDRESS), "Addresses, by whole path segments.")}, Egress, Egress),
            "Private addresses and plain http that are allowed.",
        ),
        "enforce": Key(
            Record(
                {
                    "approvals": Key(Integer(0, 20), "How many people approve at least."),
                    "drivers": Key(listed(DRIVER), "Only these drivers. Absent: every one."),
                },
                Enforced,
                Enforced,
            ),
            "What repositories can only tighten.",
        ),
        "alerts": Key(Record(sources, dict), "Who may send alerts."),
        "retention": Key(
            Record(
                {
                    "deliveries": Key(DURATION, "How long deliveries are kept that are done. At least 7d."),
                    "events": Key(DURATION, "How long finished stories are kept. At least 7d."),
                },
                Retention,
                Retention,
            ),
            "How long records are kept.",
        ),
        "defaults": Key(Defaults(drivers), "Keys of a repository's file that hold where it says nothing."),
    }
    return Record(keys, InstancePolicy, InstancePolicy)


def check_instance(tree: Located, drivers: Drivers, report: Report) -> None:
    """Report what the parts of the file say of one another: one person twice, drivers that nobody has."""
    _check_people(tree, report)
    _check_retention(tree, report)
    for index, (driver, item) in enumerate(texts(child(tree, "enforce", "drivers"))):
        if driver not in drivers:
            message = f"this version has no driver {quoted(driver)}{report.did_you_mean(driver, drivers)}"
            report.warning(item.position, f"enforce.drivers[{index}]", message)


def _check_retention(tree: Located, report: Report) -> None:
    """What could still be delivered again has to be known, or it would count twice."""
    least = format_duration(RETENTION_SECONDS_MIN)
    for name, entry in entries(child(tree, "retention")).items():
        written = text(entry)
        if written is None or not re.fullmatch(DURATION_PATTERN, written):
            continue
        if parse_duration(written) < RETENTION_SECONDS_MIN:
            message = (
                f"{quoted(written)} is too short: GitHub can deliver again for 3 days (Enterprise: 7), "
                f"and what is forgotten would count twice. Write `{least}` or more"
            )
            report.error(entry.position, f"retention.{name}", message)


def _check_people(tree: Located, report: Report) -> None:
    """One login, one Slack user: else somebody could approve twice, or as somebody else."""
    logins: dict[str, str] = {}
    users: dict[str, str] = {}
    for login, entry in entries(child(tree, "people")).items():
        if logins.setdefault(login.lower(), login) != login:
            message = f"{quoted(login)} stands here twice: GitHub's logins ignore case"
            report.error(entry.named_at, f"people.{login}", message)
            continue
        user = text(entry)
        if user is not None and users.setdefault(user, login) != login:
            message = f"{quoted(user)} belongs to {quoted(users[user])} already; one person is one login"
            report.error(entry.position, f"people.{login}", message)
