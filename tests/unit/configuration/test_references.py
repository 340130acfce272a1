"""Names that one part of the file says of another."""

# ruff: noqa: E501 - a row of a table is one case

import pytest

from tests.unit.configuration.samples import SERVICE, errors, read, service, warnings


@pytest.mark.parametrize(
    "environments,complaints",
    [
        ("{a: {after: [b]}, b: {}}", []),
        ("{a: {after: [a]}}", ["2:28: `a` would wait for itself: `a` after `a`"]),
        ("{a: {after: [b]}, b: {after: [a]}}", ["2:28: `a` would wait for itself: `a` after `b` after `a`"]),
        (
            "{a: {after: [b]}, b: {after: [c]}, c: {after: [b]}, d: {after: [d, a]}}",
            [
                "2:45: `b` would wait for itself: `b` after `c` after `b`",
                "2:79: `d` would wait for itself: `d` after `d`",
            ],
        ),
        (
            "{staging: {}, b: {after: [stagin]}}",
            ["2:41: unknown environment `stagin`; did you mean `staging`?"],
        ),
        (
            "{staging: {after: [stagin, x]}}",
            ["2:34: unknown environment `stagin`", "2:42: unknown environment `x`"],
        ),
        ("{a: {after: x}}", ["2:27: expected a list of 0 to 100 entries, found text `x`"]),
    ],
)
def test_an_environment_comes_after_known_others_without_circles(
    environments: str, complaints: list[str]
) -> None:
    assert errors(read(f"version: 1\nenvironments: {environments}\n").findings) == complaints


def test_a_long_circle_is_shown_in_part() -> None:
    ring = ", ".join(f"s{number}: {{after: [s{(number + 1) % 40}]}}" for number in range(40))
    (complaint,) = errors(read(f"version: 1\nenvironments: {{{ring}}}\n").findings)
    assert complaint.endswith("`s0` after `s1` after `s2` after `s3` after `s4` after `…` after `s0`")


def test_a_service_comes_after_services_and_not_after_environments() -> None:
    text = (
        f"version: 1\nenvironments: {{staging: {{}}}}\nservices:\n  web: {SERVICE[:-1]}, after: [staging]}}\n"
    )
    (complaint,) = errors(read(text).findings)
    assert complaint.endswith("unknown service `staging`")


def test_services_and_environments_have_different_names() -> None:
    text = f"version: 1\nenvironments: {{web: {{}}}}\nservices: {{web: {SERVICE}}}\n"
    assert errors(read(text).findings) == [
        "2:16: `web` is a service too; commands could not tell which is meant"
    ]


def test_steps_need_a_driver_that_knows_them() -> None:
    text = service("steps: [10%, 100%]").replace(
        '{driver: http, url: "https://deployer.example.com/hook", secret: web-deployer}',
        "{driver: command, command: x}",
    )
    assert errors(read(text).findings) == [
        "5:5: the driver `command` ships everything at once and knows no steps"
    ]
    assert errors(read(service("steps: [10%, 100%]")).findings) == []


def test_a_check_without_its_app_is_taken_with_a_warning() -> None:
    text = "version: 1\nenvironments:\n  a:\n    requires: {checks: [ci, {name: lint, app: x}]}\n"
    reading = read(text)
    assert reading.policy is not None
    assert warnings(reading.findings)[0] == (
        "4:25: whoever has write access can report `ci` as green; name the App too: `{name: …, app: …}`"
    )


def test_a_mistake_elsewhere_hides_no_wrong_reference() -> None:
    text = "version: 1\nenvironments:\n  a: {after: [b], timeout: 5}\n  c: 5\nservices: []\n"
    assert errors(read(text).findings) == [
        "3:15: unknown environment `b`",
        "3:28: expected a duration such as `30m`, found the number 5",
        "4:6: expected a map (with `auto`, `url`, `after`, `requires`, `deployers`, `emergency`, …), found the number 5",
        "5:11: expected a map of at most 200 entries, found a list",
    ]
