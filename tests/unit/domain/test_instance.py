"""What the instance's owner decides."""

import base64

import msgspec
import pytest

from bot.domain.instance import BoundSecret, Egress, InstancePolicy, check_webhook_secret


def test_an_owner_is_served_unless_others_are_named() -> None:
    assert InstancePolicy().serves("anybody")
    policy = InstancePolicy(owners=("Acme",))
    assert policy.serves("acme")
    assert not policy.serves("other")
    assert not InstancePolicy(owners=()).serves("acme")


def test_people_are_found_both_ways_and_logins_ignore_case() -> None:
    policy = InstancePolicy(people={"Octocat": "U01ABCDEF"})
    assert policy.slack_user("octocat") == "U01ABCDEF"
    assert policy.slack_user("hubot") is None
    assert policy.github_login("U01ABCDEF") == "Octocat"
    assert policy.github_login("u01abcdef") is None


def test_a_secret_is_bound_to_repositories_and_addresses() -> None:
    secret = BoundSecret("A", ("acme/*", "other/one"), ("https://a.b/x", "https://c.d/"))
    assert secret.is_bound_to("acme/shop")
    assert secret.is_bound_to("Other/One")
    assert not secret.is_bound_to("other/two")
    assert secret.covers("https://a.b/x/y")
    assert not secret.covers("https://a.b/y")


def test_nothing_private_is_allowed_unless_named() -> None:
    assert not Egress().allows("http://127.0.0.1:9000/")
    assert Egress(("http://127.0.0.1:9000",)).allows("http://127.0.0.1:9000/hook")


def written(count: int) -> str:
    return "whsec_" + base64.b64encode(b"k" * count).decode()


@pytest.mark.parametrize("value", [written(24), written(32), written(64)])
def test_a_secret_of_24_bytes_or_more_is_good(value: str) -> None:
    assert check_webhook_secret(value) is None


@pytest.mark.parametrize(
    "value,problem",
    [
        ("", "begin with `whsec_`"),
        ("hunter2", "begin with `whsec_`"),
        ("WHSEC_" + written(24)[6:], "begin with `whsec_`"),
        ("whsec_", "24 bytes"),
        (written(23), "24 bytes"),
        (written(32) + "\n", "base64"),
        (written(25).rstrip("="), "base64"),
        ("whsec_" + "é" * 40, "base64"),
        ("whsec_" + "_-" * 20, "base64"),
        ("whsec_" + "=" * 40, "base64"),
    ],
)
def test_another_secret_is_refused_without_repeating_it(value: str, problem: str) -> None:
    message = check_webhook_secret(value)
    assert message is not None
    assert problem in message
    assert len(value) < 7 or value[6:] not in message


def test_it_survives_being_stored() -> None:
    policy = InstancePolicy(people={"a": "U1"}, secrets={"x": BoundSecret("A", ("a/b",), ("https://a.b",))})
    assert msgspec.json.decode(msgspec.json.encode(policy), type=InstancePolicy) == policy
