"""The forms that names, people, channels, addresses, patterns and steps have in configuration files."""

import re
from dataclasses import replace
from typing import Final

from bot.configuration.shapes import Text, checked, matching
from bot.domain.addresses import ADDRESS_LENGTH_MAX, ADDRESS_PATTERN, REPOSITORY_PATTERN, parse_address
from bot.domain.durations import DURATION_PATTERN, parse_duration
from bot.domain.globs import GLOB_LENGTH_MAX, check_glob
from bot.domain.names import NAME_PATTERN, NOT_NAMES, check_name
from bot.domain.policy import Pause, Step, Weight

_LOGIN = r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}(?:\[bot\])?"
_TEAM = "[A-Za-z0-9][A-Za-z0-9_-]{0,99}/[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}"
_WORKFLOW = r"[A-Za-z0-9._-]+\.ya?ml"
_CHANNEL = "(?:[CGD][A-Z0-9]{8,20}|#?[a-z0-9_][a-z0-9_.-]{0,79})"
_PERCENT = "(?:100|[1-9][0-9]?)%"

DRIVER: Final = matching(
    "a driver's name", "[a-z][a-z0-9_-]*", "it is written like `http` or `github_actions`"
)
NAME: Final = replace(checked("a name", NAME_PATTERN, check_name, 63), never=NOT_NAMES)
PARAMETER_NAME: Final = replace(
    matching(
        "a parameter's name",
        "[a-z0-9][a-z0-9_-]{0,62}",
        "it has 1 to 63 lower-case letters, digits, hyphens and underscores",
    ),
    never=(*NOT_NAMES, "ref"),
)
REPOSITORY: Final = matching(
    "a repository", REPOSITORY_PATTERN, "it is written like `acme/shop`, or `acme/*` for all of an owner's"
)
WORKFLOW_PATTERN: Final = re.compile(_WORKFLOW)
WORKFLOW: Final = matching(
    "a workflow's file", _WORKFLOW, "it is a file's name in `.github/workflows`, such as `deploy.yml`"
)
APP: Final = matching(
    "a GitHub App's slug",
    "[a-z0-9][a-z0-9-]{0,98}",
    "it is the last part of `https://github.com/apps/…`: lower case, without `[bot]`",
)
OWNER: Final = matching("an owner", "[A-Za-z0-9][A-Za-z0-9_-]*", "it is a user's or organisation's login")
LOGIN: Final = matching("a login", _LOGIN, "a GitHub login is written without `@`")
ACTOR: Final = matching(
    "a person or team",
    f"(?:{_LOGIN}|{_TEAM})",
    "it is a login such as `octocat` or a team such as `acme/sre`, without `@`",
)
SLACK_USER: Final = matching("a Slack user id", "[UW][A-Z0-9]{2,20}", "it is written like `U01ABCDEF`")
VARIABLE: Final = matching(
    "a variable's name", "[A-Za-z_][A-Za-z0-9_]*", "it has letters, digits and underscores"
)
DIRECTORY: Final = matching("a folder", "/.*", "it is an absolute path, which begins with `/`", 1_000)


def parse_channel(text: str) -> str:
    """Give a channel's id, or its name without `#`. Raises ValueError."""
    if not re.fullmatch(_CHANNEL, text):
        raise ValueError("it is an id such as `C0123DEPLOY`, or a name in lower case such as `deploys`")
    return text.removeprefix("#")


def parse_step(text: str) -> Step:
    """Give the step that `10%`, `pause` or `pause 5m` means. Raises ValueError."""
    if text == "pause":
        return Pause()
    if text.startswith("pause "):
        return Pause(parse_duration(text.removeprefix("pause ")))
    if not re.fullmatch(_PERCENT, text):
        raise ValueError("it is written like `10%`, `pause` or `pause 5m`")
    return Weight(int(text.removesuffix("%")))


def check_steps(steps: tuple[Step, ...]) -> str | None:
    """Say why steps do not lead everybody to the new version; None = they do."""
    weights = [step.percent for step in steps if isinstance(step, Weight)]
    if steps[-1] != Weight(100):
        return "steps end with `100%`, when everybody has the new version"
    if weights != sorted(set(weights)):
        return "each share in `steps` is larger than the one before it"
    return None


def _problem_of_address(text: str) -> str | None:
    try:
        parse_address(text)
    except ValueError as error:
        return str(error)
    return None


def _problem_of_link(text: str) -> str | None:
    """A page for people: like an address, and it may name a place within the page."""
    address, _, place = text.partition("#")
    is_readable = place.isascii() and place.isprintable() and " " not in place
    return _problem_of_address(address) if is_readable else "an address has no blanks and only plain ASCII"


ADDRESS: Final = checked("an address", ADDRESS_PATTERN, _problem_of_address, ADDRESS_LENGTH_MAX)
LINK: Final = checked("an address", r"https?://[^\s@\\]+", _problem_of_link, ADDRESS_LENGTH_MAX)
GLOB: Final = checked("a path pattern", None, check_glob, GLOB_LENGTH_MAX)
CHANNEL: Final = Text("a Slack channel", parse_channel, _CHANNEL, longest=81, example="C0123DEPLOY")
STEP: Final = Text(
    "a step", parse_step, f"(?:{_PERCENT}|pause(?: {DURATION_PATTERN})?)", longest=50, example="10%"
)
