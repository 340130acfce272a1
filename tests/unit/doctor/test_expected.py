"""What the doctor expects is what the two manifests ask for."""

from pathlib import Path

import pytest
import yaml

from bot.doctor.expected import EVENTS, NEEDED_EVENTS, NEEDED_SCOPES, SLACK_SCOPES, WEBHOOK_PATH, lacks
from bot.github.tokens import PERMISSIONS

ROOT = Path(__file__).parents[3]
APP = yaml.safe_load((ROOT / "app.yml").read_text("utf-8"))
SLACK = yaml.safe_load((ROOT / "slack-manifest.yml").read_text("utf-8"))


def test_the_app_hears_and_may_what_its_manifest_says() -> None:
    assert list(EVENTS) == APP["default_events"]
    assert dict(PERMISSIONS) == APP["default_permissions"]
    assert APP["hook_attributes"]["url"] == APP["url"] + WEBHOOK_PATH
    assert set(EVENTS) > NEEDED_EVENTS


def test_the_slack_app_has_the_scopes_of_its_manifest() -> None:
    assert set(SLACK_SCOPES) == set(SLACK["oauth_config"]["scopes"]["bot"])
    assert set(SLACK_SCOPES) > NEEDED_SCOPES


@pytest.mark.parametrize("granted,wanted,expected", [
    (None, "read", True),
    ("read", "write", True),
    ("write", "write", False),
    ("admin", "write", False),
    ("anything", "read", True),
])  # fmt: skip
def test_a_permission_at_a_lower_level_lacks(granted: str | None, wanted: str, expected: bool) -> None:
    assert lacks(granted, wanted) == expected
