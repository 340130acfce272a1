"""Warnings: configured and not evaluated yet, or hardly meant so."""

import pytest

from bot.configuration import Surroundings, effective_policy
from bot.configuration.validate import ConfigurationFile
from tests.unit.configuration.samples import (
    DRIVERS,
    EXAMPLE,
    FILE,
    environment,
    errors,
    instance,
    read,
    service,
    warnings,
)

NOTHING = "is not yet active: nothing follows from it"
REFUSED = "is configured; this version cannot evaluate it, so deployments to `staging` are refused"


@pytest.mark.parametrize(
    "line,told",
    [
        ("requires: {}", [f"4:5: `requires.checks` {REFUSED}"]),
        ("requires: {checks: []}", []),
        ("requires: {checks: [], review: true}", [f"4:28: `requires.review` {REFUSED}"]),
        ("requires: {checks: [], review: false, approvals: 0}", []),
        ("after: []", []),
        ("freeze: [{from: Fri 16:00, to: Mon 08:00}]", [f"4:5: `freeze` {REFUSED}"]),
        ("auto: merge", []),
        ("auto: tag", [f"4:5: `auto` {NOTHING}"]),
        ("emergency: [octocat]", [f"4:5: `emergency` {NOTHING}"]),
        ("forks: approved", [f"4:5: `forks` {NOTHING}"]),
        ("verify: {}", [f"4:5: `verify` {NOTHING}"]),
        (
            "rollback: {mode: auto, revert: true}",
            [f"4:16: `rollback.mode` {NOTHING}", f"4:28: `rollback.revert` {NOTHING}"],
        ),
        ("rollback: {mode: never}", []),
        ("alerts: {match: x}", [f"4:14: `match` {NOTHING}"]),
    ],
)
def test_what_is_not_evaluated_yet_is_told_where_it_stands(line: str, told: list[str]) -> None:
    reading = read(environment(line))
    assert reading.policy is not None
    assert warnings(reading.findings) == told


def test_a_services_order_and_steps_are_told() -> None:
    told = warnings(read(EXAMPLE).findings)
    assert told[0] == (
        "7:5: this version cannot keep this order, so a request for these services together is refused"
    )
    assert told[1] == "10:5: `steps` is not yet active: everybody gets the new version at once"
    assert warnings(read(service("paths: []")).findings) == []


def test_checks_of_ones_own_are_told() -> None:
    assert warnings(read("version: 1\nchecks:\n  title.length: {}\n").findings) == [
        "3:3: checks of your own are not yet active: nothing follows from this one"
    ]


def test_what_the_instance_enforces_is_told_at_the_environment() -> None:
    findings = read(environment("timeout: 5m"), instance("enforce: {approvals: 1}\n")).findings
    assert warnings(findings) == [f"3:3: `requires.approvals` {REFUSED}"]


def test_an_environment_without_a_value_is_gone_and_that_is_told() -> None:
    reading = read("version: 1\nenvironments:\n  staging:\n  production: {}\n")
    assert reading.policy is not None
    assert [each.name for each in reading.policy.environments] == ["production"]
    (told,) = warnings(reading.findings)
    assert told.startswith("3:3: an empty entry takes the environment `staging` away;")
    assert told.endswith("written `staging: {}`")


def test_unsetting_what_the_owner_says_is_no_cause_for_a_warning() -> None:
    own = ConfigurationFile(FILE, "version: 1\nenvironments: {staging: null}\nslack: {channel: null}\n")
    owner = ConfigurationFile("owner", "version: 1\nenvironments: {staging: {}}\nslack: {channel: deploys}\n")
    reading = effective_policy(own, owner, Surroundings(DRIVERS))
    assert reading.findings == ()
    assert reading.policy is not None
    assert reading.policy.environments == ()
    assert reading.policy.slack_channel is None


def test_a_service_without_a_value_is_an_error() -> None:
    assert errors(read("version: 1\nservices:\n  web:\n").findings) == [
        "3:3: the service `web` is empty; it needs `deploy`"
    ]


def test_a_channel_that_became_a_comment_is_told() -> None:
    assert warnings(read("version: 1\nslack:\n  channel: #deploys\n").findings) == [
        "3:3: this is no channel: `#` begins a comment, so quote the name or leave `#` out"
    ]
