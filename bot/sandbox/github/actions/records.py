"""What GitHub Actions remembers: workflows, runs, jobs and steps, and other systems that answer deployments.

Plain records that can be pickled; times are epoch seconds, and a `due_at` of None waits for somebody.
"""

from collections import deque
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from bot.sandbox.github.actions.workflow_file import JobPlan
from bot.sandbox.github.records import Account, CheckRun, Deployment, Repository

RunBehaviour: TypeAlias = Literal["succeed", "fail", "silent", "held", "waiting"]
"""How a run goes. `fail`: at the last step of its last job. `silent`: no runner takes it. `held`: its last
job does not end. `waiting`: a job with an environment is not approved. The last three go on when released."""
FollowerBehaviour: TypeAlias = Literal["succeed", "fail", "silent", "late"]
"""How another system answers a deployment. `late`: its end comes when it is released."""
Status: TypeAlias = Literal["queued", "waiting", "in_progress", "completed"]
Conclusion: TypeAlias = Literal["success", "failure", "cancelled", "skipped"]


@dataclass(slots=True)
class Workflow:
    """A workflow file of a repository, by the number that GitHub gives it."""

    id: int
    repository: Repository
    path: str
    created_at: float


@dataclass(slots=True)
class JobStep:
    """One step of a job."""

    number: int
    name: str
    status: Status = "queued"
    conclusion: Conclusion | None = None
    started_at: float | None = None
    completed_at: float | None = None


@dataclass(slots=True)
class Job:
    """One job in one attempt of a run. `plan` has its texts as they are shown."""

    id: int
    plan: JobPlan
    attempt: int
    created_at: float
    steps: list[JobStep]
    status: Status = "queued"
    conclusion: Conclusion | None = None
    started_at: float | None = None
    completed_at: float | None = None
    deployment: Deployment | None = None
    check: CheckRun | None = None

    @property
    def current_step(self) -> JobStep | None:
        """The step that is being worked on, or comes next."""
        return next((step for step in self.steps if step.status != "completed"), None)


@dataclass(slots=True, kw_only=True)
class WorkflowRun:
    """A run of a workflow. `jobs` holds those of all attempts, oldest first; `current` those of this one.

    An attempt takes over what did not have to run again. `due_at` is when the run makes its next move, on the
    world's clock; None = not by itself.
    """

    id: int
    number: int
    workflow: Workflow
    repository: Repository
    name: str
    title: str
    plans: tuple[JobPlan, ...]
    inputs: dict[str, str]
    actor: Account
    triggering_actor: Account
    head_branch: str
    head_sha: str
    check_suite_id: int
    created_at: float
    started_at: float
    updated_at: float
    behaviour: RunBehaviour
    due_at: float | None
    event: str = "workflow_dispatch"
    attempt: int = 1
    status: Status = "queued"
    conclusion: Conclusion | None = None
    is_cancelling: bool = False
    is_announced: bool = False
    """Whether this attempt was announced as being in progress."""
    jobs: list[Job] = field(default_factory=list)
    current: list[Job] = field(default_factory=list)

    @property
    def is_over(self) -> bool:
        """Whether nothing happens any more by itself."""
        return self.status == "completed"

    @property
    def is_stuck(self) -> bool:
        """Whether it waits for a runner, an approval or the end of a step, until somebody releases it."""
        return self.due_at is None and not self.is_over


@dataclass(slots=True)
class Follower:
    """Another App that answers our deployments. `play_next` overrides `behaviour` for the next ones."""

    app_slug: str
    behaviour: FollowerBehaviour = "succeed"
    _next: deque[FollowerBehaviour] = field(default_factory=deque)

    def play_next(self, *behaviours: FollowerBehaviour) -> None:
        """How it answers the next deployments, one each."""
        self._next.extend(behaviours)

    def next_behaviour(self) -> FollowerBehaviour:
        """How it answers a deployment that has just come."""
        return self._next.popleft() if self._next else self.behaviour


@dataclass(slots=True)
class Following:
    """One deployment that another App works on; `states` are still to be reported."""

    id: int
    follower: Follower
    repository: Repository
    deployment: Deployment
    behaviour: FollowerBehaviour
    states: list[str]
    due_at: float | None

    @property
    def is_over(self) -> bool:
        """Whether nothing is left to report."""
        return not self.states


@dataclass(slots=True)
class Actions:
    """GitHub Actions and the systems that follow deployments.

    `behaviour` is how runs go, `play_next` overrides it for the next ones. `step_seconds` is the pause before
    each move. `run_details` False is a GitHub Enterprise that does not know `return_run_details` and ignores
    it. `checks_of_jobs` lets jobs appear as check runs of their commit, as they do on GitHub.
    """

    behaviour: RunBehaviour = "succeed"
    step_seconds: float = 0.0
    run_details: bool = True
    checks_of_jobs: bool = False
    workflows: dict[tuple[int, str], Workflow] = field(default_factory=dict)
    runs: dict[int, WorkflowRun] = field(default_factory=dict)
    followers: dict[str, Follower] = field(default_factory=dict)
    playing: dict[int, WorkflowRun | Following] = field(default_factory=dict)
    _next: deque[RunBehaviour] = field(default_factory=deque)

    def play_next(self, *behaviours: RunBehaviour) -> None:
        """How the next runs go, one each; after them `behaviour` counts again."""
        self._next.extend(behaviours)

    def next_behaviour(self) -> RunBehaviour:
        """How a run that has just been asked for goes."""
        return self._next.popleft() if self._next else self.behaviour

    @property
    def upcoming(self) -> tuple[RunBehaviour, ...]:
        """What `play_next` was told and no run has met yet."""
        return tuple(self._next)

    def forget_next(self) -> None:
        """The next runs go as all others do."""
        self._next.clear()

    @property
    def stuck(self) -> list[WorkflowRun]:
        """The runs that do not go on by themselves and are not over, the oldest first."""
        return [one for one in self.playing.values() if isinstance(one, WorkflowRun) and one.is_stuck]

    def runs_of(self, repository: Repository) -> list[WorkflowRun]:
        """The runs of a repository, the newest first."""
        return [run for run in reversed(self.runs.values()) if run.repository is repository]

    def next_due(self) -> tuple[float, WorkflowRun | Following] | None:
        """What moves next and when, the earliest first; None where everything waits or is over."""
        due = [(one.due_at, one.id, one) for one in self.playing.values() if one.due_at is not None]
        if not due:
            return None
        at, _, earliest = min(due, key=_when)
        return at, earliest


def _when(move: tuple[float, int, object]) -> tuple[float, int]:
    return move[:2]
