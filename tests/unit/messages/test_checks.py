"""What the checks say fits into a check run."""

import pytest

from bot.messages import checks
from bot.messages.checks import PlanLine, Report
from tests.unit.messages.samples import HOSTILE, VERDICTS

LINES = (
    PlanLine("api", "staging", "/deploy api staging", True),
    PlanLine("api", "production", "/deploy api production", False, VERDICTS),
)
REPORTS: dict[str, Report] = {
    "off": checks.no_configuration(),
    "invalid": checks.invalid_configuration((".github/pointsman.yml:3:1: unknown key",), ("old name",)),
    "hostile": checks.invalid_configuration((HOSTILE,) * 5_000, (HOSTILE,) * 5_000),
    "valid": checks.valid_configuration(()),
    "warned": checks.valid_configuration(("bare check name",)),
    "unknown": checks.plan_unknown(("…:1:1: broken",)),
    "nothing": checks.nothing_to_deploy(3),
    "plan": checks.plan(LINES, truncated=False, from_fork=False),
    "fork": checks.plan(LINES, truncated=True, from_fork=True),
    "large": checks.plan(LINES * 5_000, truncated=False, from_fork=False),
    "wide": checks.plan(
        tuple(PlanLine(f"{n}" * 60, "x", "/deploy", False) for n in range(9)),
        truncated=False,
        from_fork=False,
    ),
}


@pytest.mark.parametrize("name", REPORTS)
def test_every_report_fits(name: str) -> None:
    title, summary, text = REPORTS[name]
    assert 0 < len(title) <= 255
    assert 0 < len(summary) <= 65_535
    assert text is None or 0 < len(text) <= 65_535
    assert "<img" not in summary


def test_a_plan_tells_the_command_and_what_stands_in_the_way() -> None:
    title, summary, text = REPORTS["plan"]
    assert title == "1 service: api"
    assert "Once merged it is deployed by itself to `staging`." in summary
    assert text is not None
    assert text.splitlines()[2:] == [
        "| `api` | `staging` (by itself on merge) | `/deploy api staging` | nothing known |",
        (
            "| `api` | `production` | `/deploy api production` "
            "| ⏳ `checks` waiting: A check of the commit runs, or has not reported yet (`requires.checks`)."
            "<br>⛔ `up_to_date` closed: The commit does not contain the default branch's head "
            "(`requires.up_to_date`). |"
        ),
    ]


def test_a_plan_says_what_it_does_not_know() -> None:
    _, summary, _ = REPORTS["fork"]
    assert "every service counts as changed" in summary
    assert "comes from a fork" in summary


def test_errors_are_counted_and_listed() -> None:
    title, summary, _ = REPORTS["invalid"]
    assert title == "The configuration has 1 error"
    assert r"- .github/pointsman.yml:3:1: unknown key" in summary
    assert "**Warnings**" in summary
