"""What GitHub knows of a commit and its pull request, as gates compare it: checks, reviews, protection.

Values only; times are epoch seconds. What was cut off or could not be listed whole says so.
"""

from typing import Literal

from msgspec import Struct

from bot.domain.values import Seconds

CheckState = Literal["pending", "success", "failure", "cancelled", "skipped", "neutral"]
"""`failure` stands for GitHub's failure, error, timed_out, action_required, startup_failure and stale."""
GREEN: frozenset[CheckState] = frozenset({"success", "skipped", "neutral"})
"""As branch protection counts them ("About protected branches": skipped and neutral do not block)."""
ReviewState = Literal["approved", "changes_requested", "dismissed"]


class CheckSeen(Struct, frozen=True, kw_only=True):
    """The latest attempt of one context (a check run of one App, or a commit status) on a commit.

    `app` is the slug of the App that reported it; None for a status, whose sender GitHub does not name. `at`
    is when that attempt began. `ours` = reported by this App. `of_dispatch` = a job of a workflow that was
    started by hand or by us (`workflow_dispatch`): it says nothing of the commit.
    """

    name: str
    app: str | None
    state: CheckState
    at: Seconds
    url: str | None = None
    ours: bool = False
    of_dispatch: bool = False


class CommitChecks(Struct, frozen=True, kw_only=True):
    """Everything reported on a commit, one entry per context; `complete` False = GitHub did not list all."""

    checks: tuple[CheckSeen, ...] = ()
    complete: bool = True


class ReviewSeen(Struct, frozen=True, kw_only=True):
    """What one person said last in a review of a pull request, for the commit that they looked at.

    `counts` = they have write access, so that GitHub counts it too.
    """

    login: str
    state: ReviewState
    sha: str
    at: Seconds
    counts: bool = True


class Reviews(Struct, frozen=True, kw_only=True):
    """The newest verdict of each reviewer; `complete` False = GitHub did not list all."""

    reviews: tuple[ReviewSeen, ...] = ()
    complete: bool = True


class RequiredContext(Struct, frozen=True):
    """A context that branch protection or a ruleset requires. `app_id` None = whoever reports it."""

    name: str
    app_id: int | None = None
    app: str | None = None


class EnvironmentProtection(Struct, frozen=True, kw_only=True):
    """GitHub's own protection of an environment ("Get an environment").

    `reviewers` are logins and `owner/team` names of whom one must approve; `branches` are the patterns that a
    ref must match, `protected_only` says that it must be a protected branch; None = any ref.
    """

    reviewers: tuple[str, ...] = ()
    prevent_self_review: bool = False
    protected_only: bool = False
    branches: tuple[str, ...] | None = None


class ConfigurationGuard(Struct, frozen=True):
    """Who guards the configuration file: has it a code owner, is the default branch protected by reviews."""

    code_owner: bool
    protected: bool
