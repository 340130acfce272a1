"""From files to policies: three layers, each with its own rights, and every finding in its own file."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.configuration import (
    ConfigurationFile,
    Surroundings,
    effective_policy,
    validate_instance,
    validate_repository,
)
from bot.domain.policy import RepositoryPolicy
from tests.unit.configuration.samples import (
    DRIVERS,
    EXAMPLE,
    FILE,
    INSTANCE,
    SERVICE,
    errors,
    instance,
    read,
)

OWNER_FILE = "acme/.github/.github/pointsman.yml"
FINDING = re.compile(r"[^\n:]+:[1-9][0-9]*:[1-9][0-9]*: [^\n]+")


def merged(own: str, owner: str = "version: 1\n", defaults: str = "{}") -> RepositoryPolicy:
    within = instance(f"defaults: {defaults}\n")
    reading = effective_policy(
        ConfigurationFile(FILE, own), ConfigurationFile(OWNER_FILE, owner), Surroundings(DRIVERS, within)
    )
    assert errors(reading.findings) == []
    assert reading.policy is not None
    return reading.policy


def test_a_repository_without_a_file_of_its_own_is_off_and_silent() -> None:
    owner = ConfigurationFile(OWNER_FILE, "this: [is broken")
    reading = effective_policy(None, owner, Surroundings(DRIVERS, instance(), "acme/shop"))
    assert reading.policy is None
    assert reading.findings == ()


def test_an_empty_file_of_its_own_is_not_off_but_wrong() -> None:
    reading = read("")
    assert reading.policy is None
    assert len(reading.findings) == 1


def test_the_nearest_file_wins_key_by_key() -> None:
    policy = merged(
        "version: 1\nenvironments: {production: {timeout: 10m, deployers: [a]}}\n",
        "version: 1\nenvironments: {production: {timeout: 20m, start_timeout: 2m, deployers: [b, c]}}\n",
        "{environments: {production: {timeout: 30m, on_busy: reject}}, slack: {channel: deploys}}",
    )
    (production,) = policy.environments
    assert (production.timeout, production.start_timeout, production.on_busy) == (600, 120, "reject")
    assert production.deployers == ("a",)
    assert policy.slack_channel == "deploys"


def test_null_gives_back_what_holds_without_any_file() -> None:
    policy = merged(
        "version: 1\nenvironments: {production: {requires: null, timeout: null}}\n",
        "version: 1\nenvironments: {production: {requires: {checks: []}, timeout: 20m}}\n",
    )
    (production,) = policy.environments
    assert production.requires is None
    assert production.timeout == 1800


def test_the_order_is_that_of_the_nearest_file_that_names_environments() -> None:
    owner = "version: 1\nenvironments: {staging: {}, production: {}}\n"
    names = [each.name for each in merged("version: 1\n", owner, "{environments: {qa: {}}}").environments]
    assert names == ["staging", "production", "qa"]
    own = "version: 1\nenvironments: {production: {}}\n"
    assert [each.name for each in merged(own, owner).environments] == ["production", "staging"]


def test_services_belong_to_the_repository_alone() -> None:
    owner = ConfigurationFile(OWNER_FILE, f"version: 1\nservices: {{web: {SERVICE}}}\n")
    reading = effective_policy(ConfigurationFile(FILE, "version: 1\n"), owner, Surroundings(DRIVERS))
    assert [str(each) for each in reading.findings] == [
        f"{OWNER_FILE}:2:1: services stand in each repository's own file"
    ]


def test_the_file_of_an_owners_own_repository_has_no_services_either() -> None:
    text = f"version: 1\nservices: {{web: {SERVICE}}}\n"
    assert errors(read(text, None, "acme/.github").findings) == [
        "2:1: services stand in each repository's own file"
    ]


def test_each_file_has_a_version_of_its_own() -> None:
    own, owner = ConfigurationFile(FILE, "slack: {}\n"), ConfigurationFile(OWNER_FILE, "version: 3\n")
    findings = effective_policy(own, owner, Surroundings(DRIVERS)).findings
    assert [str(each) for each in findings] == [
        f"{FILE}:1:1: the key `version` is missing; a file begins with `version: 1`",
        f"{OWNER_FILE}:1:10: expected 1, found the number 3",
    ]


def test_findings_stand_in_the_file_that_says_the_value_and_the_nearest_file_comes_first() -> None:
    own = ConfigurationFile(FILE, "version: 1\nenvironments:\n  a: {timeout: 1}\n")
    owner = ConfigurationFile(OWNER_FILE, "version: 1\nenvironments:\n  a: {start_timeout: 2}\nx: 1\n")
    within = instance("defaults: {environments: {b: {after: [c]}}}\n")
    findings = effective_policy(own, owner, Surroundings(DRIVERS, within)).findings
    assert [str(each) for each in findings] == [
        f"{FILE}:3:16: expected a duration such as `30m`, found the number 1",
        f"{OWNER_FILE}:3:22: expected a duration such as `30m`, found the number 2",
        f"{OWNER_FILE}:4:1: unknown key `x`",
        "pointsman.yml:1:39: unknown environment `c`",
    ]


def test_what_a_nearer_file_overrides_is_not_judged() -> None:
    own = "version: 1\nenvironments: {a: {timeout: 5m}}\n"
    assert merged(own, "version: 1\nenvironments: {a: {timeout: soon}}\n").environments[0].timeout == 300


def test_an_owners_file_that_cannot_be_read_gives_no_policy() -> None:
    own = ConfigurationFile(FILE, "version: 1\n")
    reading = effective_policy(own, ConfigurationFile(OWNER_FILE, "a: ["), Surroundings(DRIVERS))
    assert reading.policy is None
    assert [each.file for each in reading.findings] == [OWNER_FILE]


def test_bytes_and_text_mean_the_same() -> None:
    by_bytes = validate_repository(EXAMPLE.encode(), FILE, instance=None, repository=None, drivers=DRIVERS)
    assert by_bytes == read(EXAMPLE)


def test_warnings_alone_leave_a_policy() -> None:
    reading = read(EXAMPLE, instance(), "acme/shop")
    assert reading.policy is not None
    assert {each.severity for each in reading.findings} == {"warning"}


MARKS = ["\n  ", "\n    ", "- ", "? ", "<<: ", "&a ", "*a", "!!str ", "---\n", "...\n"]
KEYS = ["version: 1\n", "services:", "environments:", "staging:", "after: [staging]", "freeze: [{", "from: "]
MORE_KEYS = [
    "steps: [",
    "requires: {",
    "checks: [",
    "auto: ",
    "url: https://[",
    "params: ",
    "deploy: {driver: http, ",
]
VALUES = [
    "Fri 16:00",
    "2026-12-24",
    "9999-99-99",
    "null",
    "true",
    "1e999",
    "0x",
    ".nan",
    "10%",
    "pause ",
    "5m",
]
ODD = ["\ufeff", "\u2028", "\x85", "\x00", "\ud800", "é", "\U0001d54f", "9" * 50, "a" * 200]
PIECES = st.sampled_from([*"[]{}:,&*!|>'\"%@`#-?~ \n\t", *MARKS, *KEYS, *MORE_KEYS, *VALUES, *ODD])


@given(st.lists(PIECES, max_size=60).map("".join))
@example("a: &a {b: *a}")
@example("? {? {? a}}")
@example("version: 1\nenvironments: {a: {freeze: [{from: 2199-12-31, to: 2199-12-31}]}}")
def test_no_file_brings_the_validator_down(text: str) -> None:
    for reading in (
        read(text, instance(), "acme/shop"),
        validate_instance(text, FILE, drivers=DRIVERS),
    ):
        assert all(FINDING.fullmatch(str(finding)) for finding in reading.findings)
        has_errors = any(finding.severity == "error" for finding in reading.findings)
        assert has_errors == (reading.policy is None)


@given(st.binary(max_size=200))
def test_no_bytes_bring_the_validator_down(raw: bytes) -> None:
    reading = validate_repository(raw, FILE, instance=None, repository=None, drivers=DRIVERS)
    assert reading.policy is None
    assert all(FINDING.fullmatch(str(finding)) for finding in reading.findings)


@pytest.mark.parametrize("source", [EXAMPLE, INSTANCE], ids=["repository", "instance"])
@given(data=st.data())
def test_no_single_damage_to_a_good_file_brings_the_validator_down(source: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(source)))
    length = data.draw(st.integers(0, 12))
    text = source[:place] + data.draw(PIECES) + source[place + length :]
    assert all(FINDING.fullmatch(str(each)) for each in read(text, instance(), "acme/shop").findings)
    assert all(
        FINDING.fullmatch(str(each)) for each in validate_instance(text, FILE, drivers=DRIVERS).findings
    )
