"""What programs do and what people do with them: runs of workflows, and other Apps that answer deployments.

`actions` says how runs go (`behaviour`, `play_next`, `step_seconds`). Nothing moves before `play_due`, which
the HTTP shell calls when `next_play_at` has come, and a simulation when it likes.
It must never act for our App: that goes through the API.
"""

from typing import Literal

from bot.sandbox.github import rules
from bot.sandbox.github.actions import play
from bot.sandbox.github.actions.following import followings
from bot.sandbox.github.actions.records import Follower, FollowerBehaviour, WorkflowRun
from bot.sandbox.github.acts import actions as runs
from bot.sandbox.github.organisation import Organisation
from bot.sandbox.github.records import CheckApp, Deployment, DeploymentStatus

_STATUSES = "/repos/{owner}/{repo}/deployments/{deployment_id}/statuses"


class Programs(Organisation):
    """Runs of workflows, and other systems."""

    def play_due(self) -> int:
        """Plays every move that is due by now; returns how many there were."""
        return play.play_due(self)

    def next_play_at(self) -> float | None:
        """When the next move is due, in epoch seconds; None where nothing moves by itself."""
        return play.next_play_at(self)

    @property
    def is_playing(self) -> bool:
        """Whether a move is due that was not made yet."""
        due_at = self.next_play_at()
        return due_at is not None and due_at <= self.clock()

    def run(self, repository: str, run_id: int) -> WorkflowRun:
        """A run of a repository; KeyError when it has none with this id."""
        found = self.actions.runs[run_id]
        if found.repository is not self.repository(repository):
            raise KeyError(run_id)
        return found

    def cancel_run(self, actor: str, repository: str, run_id: int) -> WorkflowRun:
        """Presses "Cancel workflow" (needs write access); the end comes with the run's next move."""
        self._allowed(actor, repository, "write", "cancel a workflow run")
        run = self.run(repository, run_id)
        runs.cancel(self, run)
        return run

    def rerun_all(self, actor: str, repository: str, run_id: int) -> WorkflowRun:
        """Presses "Re-run all jobs" (needs write access): the same run, one attempt more."""
        return self._run_again(actor, repository, run_id, only_failed=False)

    def rerun_failed(self, actor: str, repository: str, run_id: int) -> WorkflowRun:
        """Presses "Re-run failed jobs" (needs write access); what succeeded is taken over."""
        return self._run_again(actor, repository, run_id, only_failed=True)

    def release_runs(
        self, run_id: int | None = None, behaviour: Literal["succeed", "fail"] = "succeed"
    ) -> None:
        """Lets runs go on that are silent, held or waiting: one, or all. `behaviour` is how they go on."""
        for run in list(self.actions.runs.values()):
            if run_id in (None, run.id):
                runs.release(self, run, behaviour)

    def add_app(self, slug: str) -> CheckApp:
        """Another App, with its bot account; the same one when it is there already."""
        self.bot_of(slug)
        return self.check_app(slug)

    def report_deployment(  # noqa: PLR0913 - reads like the API's own call
        self,
        app_slug: str,
        repository: str,
        deployment_id: int,
        state: str,
        description: str = "",
        log_url: str = "",
    ) -> DeploymentStatus:
        """Another App gives a deployment a status. ValueError for what GitHub would not take."""
        where = self.repository(repository)
        body = {"state": state, "description": description, "log_url": log_url}
        if wrong := rules.complaints("POST", _STATUSES, {name: text for name, text in body.items() if text}):
            raise ValueError(" ".join(wrong))
        return play.report(self, app_slug, (where, where.deployments[deployment_id]), body)

    def follow_deployments(self, app_slug: str, behaviour: FollowerBehaviour = "succeed") -> Follower:
        """From now on this App answers the deployments that ours makes."""
        self.add_app(app_slug)
        follower = self.actions.followers[app_slug] = Follower(app_slug, behaviour)
        return follower

    def stop_following(self, app_slug: str) -> None:
        """The App answers no new deployments; those that it has begun with it brings to their end."""
        self.actions.followers.pop(app_slug, None)

    def release_late(self) -> None:
        """Lets the late followers report their ends."""
        for following in followings(self):
            if following.due_at is None:
                following.due_at = self.clock() + self.actions.step_seconds
        self.changed()

    def environment_deployments(self, repository: str) -> list[Deployment]:
        """The deployments that jobs made by their `environment`, the oldest first."""
        made = self.repository(repository).deployments.values()
        return [each for each in made if each.run_id is not None]

    def _run_again(self, actor: str, repository: str, run_id: int, *, only_failed: bool) -> WorkflowRun:
        person, _ = self._allowed(actor, repository, "write", "run a workflow again")
        run = self.run(repository, run_id)
        runs.run_again(self, run, person, only_failed=only_failed)
        return run
