"""What a check is: a name, and a pure function from facts to a result.

Checks read the same facts, once for a head. They judge a change; they never touch a deployment.
"""

from collections.abc import Callable, Mapping
from typing import Any, Literal

from msgspec import Struct

from bot.domain.commit_facts import ConfigurationGuard
from bot.domain.values import Change, Repository, Seconds
from bot.gates.gathering import Gathered
from bot.ports import ChangedFiles, PolicyRead, PullRequest

CONFIGURATION_PATH = ".github/pointsman.yml"
WORKFLOWS_FOLDER = ".github/workflows/"


class Subject(Struct, frozen=True):
    """The commit that is checked, and the pull request whose head it is, if one is known."""

    repository: Repository
    head_sha: str
    number: int | None
    from_fork: bool = False


class CheckFacts(Struct, frozen=True, kw_only=True):
    """What was read for the checks of a head.

    `current` is the configuration that holds (the default branch's), `proposed` the one that the head
    would have, `guard` who guards that file (None = not looked at). `files` None = the change's files are not
    known. `gathered` is what the gates were told of it.
    """

    subjects: tuple[Subject, ...] = ()
    current: PolicyRead
    proposed: PolicyRead
    guard: ConfigurationGuard | None = None
    files: ChangedFiles | None = None
    change: PullRequest | None = None
    gathered: Gathered = Gathered()


class Result(Struct, frozen=True):
    """A check's verdict as people read it."""

    conclusion: Literal["success", "failure", "neutral", "action_required"]
    title: str
    summary: str
    text: str | None = None


class Check(Struct, frozen=True):
    """A check as the table lists it. `judge` gives None where it has nothing to say of this head."""

    name: str
    judge: Callable[[Subject, CheckFacts, Mapping[str, Any], Seconds], Result | None]


def subject_of(change: Change) -> Subject:
    """The head of a pull request."""
    return Subject(change.repository, change.head_sha, change.number, change.from_fork)
