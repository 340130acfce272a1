"""The instance file: what it becomes, and what is said of a wrong one."""

# ruff: noqa: E501 - a row of a table is one case

import pytest
from msgspec.structs import replace

from bot.configuration import validate_instance
from bot.domain.instance import (
    AlertSource,
    BoundSecret,
    Egress,
    Enforced,
    InstancePolicy,
    Program,
    Retention,
)
from tests.unit.configuration.samples import DRIVERS, errors, instance, warnings


def complaints(text: str) -> list[str]:
    reading = validate_instance(text, "pointsman.yml", drivers=DRIVERS)
    assert (reading.policy is None) == bool(errors(reading.findings))
    return errors(reading.findings)


def test_the_documented_example_becomes_a_policy() -> None:
    policy = instance()
    assert policy.defaults is not None
    assert replace(policy, defaults=None) == InstancePolicy(
        owners=("acme",),
        people={"octocat": "U01ABCDEF"},
        secrets={
            "web-deployer": BoundSecret(
                "WEB_DEPLOYER_SECRET", ("acme/*",), ("https://deployer.example.com/",)
            )
        },
        commands={
            "deploy-worker": Program(
                ("./deploy.sh", "{environment}", "{sha}"),
                "/srv/deploy",
                ("acme/shop",),
                ("PATH", "KUBECONFIG"),
            )
        },
        egress=Egress(("http://127.0.0.1:9000",)),
        enforce=Enforced(1, ("http", "github_actions", "command")),
        alerts={"alertmanager": AlertSource("ALERT_TOKEN", ("acme/*",))},
        retention=Retention(30 * 86_400, 400 * 86_400),
    )


@pytest.mark.parametrize("text", ["", "# nothing yet\n", "{}\n", "owners:\n", "retention: {}\n"])
def test_an_instance_file_may_say_little(text: str) -> None:
    assert instance(text) == InstancePolicy()


@pytest.mark.parametrize(
    "text,complaint",
    [
        ("ownres: []", "1:1: unknown key `ownres`; did you mean `owners`?"),
        ("owners: acme", "1:9: expected a list of 0 to 100 entries, found text `acme`"),
        ("people: {octocat: '@octo'}", "1:19: `@octo` is not a Slack user id: it is written like `U01ABCDEF`"),
        ("people: {'@octocat': U01ABCDEF}", "1:10: `@octocat` is not a login: a GitHub login is written without `@`"),
        ("people: {a: U01ABCDEF, b: U01ABCDEF}", "1:27: `U01ABCDEF` belongs to `a` already; one person is one login"),
        ("people: {a: U01ABCDEF, A: U02ABCDEF}", "1:24: `A` stands here twice: GitHub's logins ignore case"),
        ("secrets: {x: {env: A, repositories: [a/b]}}", "1:11: the key `urls` is missing in `secrets.x`"),
        ("secrets: {x: {env: A, repositories: [], urls: ['https://a.b']}}", "1:37: expected a list of 1 to 100 entries, found 0"),
        ("secrets: {x: {env: A B, repositories: [a/b], urls: ['https://a.b']}}", "1:20: `A B` is not a variable's name: it has letters, digits and underscores"),
        ("secrets: {x: {env: A, repositories: ['*'], urls: ['https://a.b']}}", "1:38: `*` is not a repository: it is written like `acme/shop`, or `acme/*` for all of an owner's"),
        ("secrets: {x: {env: A, repositories: [a/b], urls: [a.b]}}", "1:51: `a.b` is not an address: an address begins with `https://` (or `http://`) and a host"),
        ("commands: {x: {run: [], directory: /a, repositories: [a/b]}}", "1:21: expected a list of 1 to 100 entries, found 0"),
        ("commands: {x: {run: [y], directory: a, repositories: [a/b]}}", "1:37: `a` is not a folder: it is an absolute path, which begins with `/`"),
        ("enforce: {approvals: x}", "1:22: expected a whole number from 0 to 20, found text `x`"),
        ("alerts: {pagerdty: {env: A, repositories: [a/b]}}", "1:10: unknown key `pagerdty`; did you mean `pagerduty`?"),
        ("retention: {events: 5}", "1:21: expected a duration such as `30m`, found the number 5"),
        ("retention: {deliveries: 6d}", "1:25: `6d` is too short: GitHub can deliver again for 3 days (Enterprise: 7), and what is forgotten would count twice. Write `7d` or more"),
        ("retention: {events: 1h}", "1:21: `1h` is too short: GitHub can deliver again for 3 days (Enterprise: 7), and what is forgotten would count twice. Write `7d` or more"),
        ("defaults: {services: {}}", "1:12: unknown key `services`"),
        ("defaults: {version: 1}", "1:12: unknown key `version`"),
        ("defaults: {environments: {a: {on_busy: quue}}}", "1:40: expected `queue`, `supersede` or `reject`, found `quue`; did you mean `queue`?"),
        ("version: 1", "1:1: unknown key `version`"),
    ],
)  # fmt: skip
def test_a_wrong_instance_file_is_named_with_its_place(text: str, complaint: str) -> None:
    assert complaints(text + "\n") == [complaint]


def test_the_shortest_retention_is_what_can_be_delivered_again() -> None:
    assert instance("retention: {deliveries: 7d, events: 168h}\n").retention == Retention(
        7 * 86_400, 7 * 86_400
    )


def test_an_instance_file_that_is_no_yaml_gives_no_policy() -> None:
    assert complaints("a: [\n")[0].startswith("2:1: this is not valid YAML: ")


def test_an_enforced_driver_that_nobody_has_is_told() -> None:
    reading = validate_instance("enforce: {drivers: [htp, ecs]}\n", "pointsman.yml", drivers=DRIVERS)
    assert reading.policy is not None
    assert warnings(reading.findings) == [
        "1:21: this version has no driver `htp`; did you mean `http`?",
        "1:26: this version has no driver `ecs`",
    ]
