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


@pytest.mark.parametrize(
    "line,told",
    [
        ("requires: {}", []),
        ("requires: {checks: [], review: true, up_to_date: true, approvals: 2}", []),
        ("after: []", []),
        ("freeze: [{from: Fri 16:00, to: Mon 08:00}]", []),
        ("auto: merge", []),
        ("auto: tag", []),
        ("emergency: [octocat]", []),
        ("forks: approved", []),
        ("verify: {}", []),
        ("verify: {alerts: true}", []),
        (
            "rollback: {mode: auto, revert: true}",
            [f"4:28: `rollback.revert` {NOTHING}"],
        ),
        ("rollback: {mode: never}", []),
        ("alerts: {match: {team: shop}}", []),
    ],
)
def test_what_is_not_evaluated_yet_is_told_where_it_stands(line: str, told: list[str]) -> None:
    reading = read(environment(line))
    assert reading.policy is not None
    assert warnings(reading.findings) == told


def test_a_services_steps_are_told() -> None:
    told = warnings(read(EXAMPLE).findings)
    assert told == ["10:5: `steps` is not yet active: everybody gets the new version at once", *told[1:]]
    assert warnings(read(service("paths: []")).findings) == []


def test_checks_of_ones_own_are_told() -> None:
    assert warnings(read("version: 1\nchecks:\n  title.length: {}\n").findings) == [
        "3:3: checks of your own are not yet active: nothing follows from this one"
    ]


def test_what_the_instance_enforces_is_no_cause_for_a_warning() -> None:
    findings = read(environment("timeout: 5m"), instance("enforce: {approvals: 1}\n")).findings
    assert warnings(findings) == []


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
