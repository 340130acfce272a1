"""Small values that events, state and effects share: repositories, people, places.

A place is where somebody spoke and where the answer goes. Nothing here knows GitHub's or Slack's JSON.
"""

from typing import Literal

from msgspec import Struct

Seconds = float


class Repository(Struct, frozen=True):
    """A repository as the sender named it, with the installation through which we reach it."""

    owner: str
    name: str
    id: int
    installation: int

    @property
    def full_name(self) -> str:
        """`owner/name`."""
        return f"{self.owner}/{self.name}"


class Person(Struct, frozen=True):
    """Who did something. `login` is the GitHub login, if known; `slack` the Slack user id, if known."""

    login: str | None = None
    slack: str | None = None
    is_bot: bool = False


def is_same(one: Person, other: Person) -> bool:
    """Whether two are known to be one person; GitHub's names ignore case."""
    if one.login is not None and other.login is not None:
        return one.login.lower() == other.login.lower()
    return one.slack is not None and one.slack == other.slack


class PullRequestPlace(Struct, frozen=True, tag="pull_request"):
    """A comment on a pull request. `comment` is None where nobody commented (automation)."""

    repository: Repository
    number: int
    comment: int | None = None


class SlackPlace(Struct, frozen=True, tag="slack"):
    """A Slack channel, or a thread in it. `response_url` answers one person for 30 minutes."""

    team: str
    channel: str
    channel_name: str = ""
    thread: str | None = None
    response_url: str | None = None


Place = PullRequestPlace | SlackPlace


class Change(Struct, frozen=True):
    """A pull request as one delivery described it; times in epoch seconds."""

    repository: Repository
    number: int
    title: str
    author: str
    head_sha: str
    head_ref: str
    head_repository: str | None
    base_ref: str
    updated_at: Seconds

    @property
    def from_fork(self) -> bool:
        """True also where the head repository was deleted: unknown is treated as foreign."""
        return self.head_repository != self.repository.full_name


DeployerState = Literal["accepted", "in_progress", "succeeded", "failed", "cancelled"]


class Report(Struct, frozen=True):
    """What a deployer says of one deployment (CONTRACT: deployer protocol).

    `deployment` is its id, or one of the names that the deployer itself gave it.
    """

    deployment: str
    state: DeployerState
    attempt: int | None = None
    step: int | None = None
    sequence: int | None = None
    description: str | None = None
    percent: float | None = None
    log_url: str | None = None
    again: bool = False  # somebody started it once more at the deployer, without asking us
