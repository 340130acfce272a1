"""The `github_actions` driver: ships by a workflow of the repository's default branch.

A dispatch starts something each time it is sent. So after a lost reply the run is looked for by our id in its
title (`run-name`), and the workflow is started again only where it certainly did not start: where titles
do not hold our id, nobody can tell, and people are asked. How it goes comes by GitHub's events; looks repair
those that get lost.
"""

from bot.domain.deployment import Order
from bot.domain.driver_rules import DriverKey, DriverRule
from bot.domain.effects import CallDeployer, CancelDeployer, Effect, LookAtDeployer
from bot.domain.errors import LastingFault, PassingFault
from bot.domain.report import plain_description, web_link
from bot.domain.values import Report, Seconds
from bot.domain.workflow_runs import (
    REPORTED_BY,
    WorkflowRun,
    deployments_in,
    report_of_run,
    run_name,
)
from bot.doubt import look_before_repeating
from bot.drivers.driver import DriverRow, Tools
from bot.ports import Clock, DeployerReply, Dispatch, Look, Workflows

NAME = "github_actions"
INPUTS = ("sha", "environment", "service", "deployment")
FIRST_LOOK_SECONDS: Seconds = 15.0
LOOK_SECONDS: Seconds = 30.0
LOOK_FOR_IT_SECONDS: Seconds = 5.0
FOUND_WITHIN_SECONDS: Seconds = 120.0
"""A run that has not appeared by then is lost. GitHub makes runs some seconds after it took a dispatch."""
LOOKS_SECONDS: tuple[Seconds, ...] = (5.0, 20.0, 45.0)
"""When a run is looked for after a dispatch without a reply. After the last one it is started again: GitHub
makes runs some seconds after it took a dispatch, and a deployment that starts twice is the worst of all."""
CLOCK_DIFFERENCE_SECONDS: Seconds = 120.0

RULE = DriverRule(
    description="Starts a workflow of the default branch and follows its run.",
    keys=(
        DriverKey("workflow", "workflow", "the workflow's file in .github/workflows", required=True),
        DriverKey("inputs", "text_map", "more inputs for the workflow"),
    ),
    reports=REPORTED_BY,
    inputs=INPUTS,
)


class GitHubActionsDriver:
    """Ships by starting a workflow.

    A deployment's handle has `since`, when GitHub had taken the dispatch, and `run`, if its number is known.
    """

    name = NAME

    def __init__(self, workflows: Workflows, clock: Clock) -> None:
        self._workflows = workflows
        self._clock = clock

    async def call(self, call: CallDeployer, effect: Effect) -> DeployerReply:
        """Start the workflow. A refusal of GitHub's is an answer; raises PassingFault and LastingFault."""
        order, wanted = call.order, _dispatch(call.order)
        if effect.uncertain:
            found = await self._started_before(call, effect, wanted)
            if found is not None:
                return self._taken(order, found.id, report_of_run(found, order.id))
        try:
            started = await self._workflows.dispatch(wanted)
        except LastingFault as fault:
            return DeployerReply(accepted=False, description=_said(fault))
        if started is None:
            return await self._taken_silently(order, wanted)
        report = Report(deployment=order.id, state="accepted", log_url=web_link(started.url))
        return self._taken(order, started.run, report)

    async def look(self, asked: LookAtDeployer) -> Look:
        """Read how the run stands. Raises PassingFault and LastingFault."""
        order, run = asked.order, asked.deployment_handle.get("run")
        since = float(asked.deployment_handle.get("since", order.requested_at))
        is_late = self._clock.now() > since + FOUND_WITHIN_SECONDS
        if run is None:
            found = await self._find(order, since)
            run = found.id if found else None
        if run is None:
            return Look(lost=_never_seen(order)) if is_late else Look(look_after=LOOK_FOR_IT_SECONDS)
        seen = await self._workflows.run(order.repository, run)
        if seen is None and is_late:
            return Look(lost=f"GitHub no longer has the workflow run {run}: somebody deleted it.")
        report = report_of_run(seen, order.id) if seen else None
        return Look(report=report, look_after=LOOK_SECONDS)

    async def cancel(self, asked: CancelDeployer, effect: Effect) -> DeployerReply:
        """Ask GitHub to cancel the run: asking twice does no harm. Raises PassingFault and LastingFault."""
        order, run = asked.order, asked.deployment_handle.get("run")
        if run is None:
            found = await self._find(order, float(asked.deployment_handle.get("since", order.requested_at)))
            run = found.id if found else None
        if run is None:
            said = "its workflow run is not found; cancel it on GitHub, under Actions"
            return DeployerReply(accepted=False, description=said)
        if await self._workflows.cancel(order.repository, run):
            return DeployerReply(accepted=True)
        ended = await self._workflows.run(order.repository, run)
        if ended is not None and ended.status != "completed":
            raise PassingFault("GitHub does not cancel the workflow run at the moment.")
        report = report_of_run(ended, order.id) if ended is not None else None
        return DeployerReply(accepted=False, description="its workflow run has ended already", report=report)

    async def close(self) -> None:
        """Nothing is kept open here."""

    def _taken(self, order: Order, run: int, report: Report) -> DeployerReply:
        return DeployerReply(
            accepted=True,
            report=report,
            handle={"run": run, "since": self._clock.now()},
            names=(run_name(order.repository, run),),
            look_after=FIRST_LOOK_SECONDS,
        )

    async def _taken_silently(self, order: Order, wanted: Dispatch) -> DeployerReply:
        """GitHub started it without saying which run. A fault of the search must not start it once more."""
        since = self._clock.now()
        try:
            found = _titled(
                await self._workflows.dispatched(wanted, since - CLOCK_DIFFERENCE_SECONDS), order.id
            )
        except (PassingFault, LastingFault):
            found = None  # the look that follows says what is wrong
        if found is not None:
            return self._taken(order, found.id, report_of_run(found, order.id))
        return DeployerReply(
            accepted=True,
            handle={"since": since},
            look_after=LOOK_FOR_IT_SECONDS,
        )

    async def _started_before(
        self, call: CallDeployer, effect: Effect, wanted: Dispatch
    ) -> WorkflowRun | None:
        """Find what an attempt without a reply started; None = it certainly started nothing."""
        begin = (effect.first_attempt_at or call.order.requested_at) - CLOCK_DIFFERENCE_SECONDS
        unnamed: list[WorkflowRun] = []

        async def look() -> WorkflowRun | None:
            runs = await self._workflows.dispatched(wanted, begin)
            unnamed[:] = [run for run in runs if not deployments_in(run.title)]
            return _titled(runs, call.order.id)

        found = await look_before_repeating(effect, self._clock, look, LOOKS_SECONDS)
        if found is None and unnamed:
            raise LastingFault(
                f"It is not known whether the workflow {wanted.workflow} started: the reply was lost, and "
                "titles of its runs do not say which deployment they are.",
                hint=f"Look under Actions; deploy again if it did not start. {_RUN_NAME_HINT}",
            )
        if found is None and self._clock.now() > call.deadline:
            raise LastingFault(
                f"GitHub shows no run of {wanted.workflow}, and the time to start it is over.",
                hint="Deploy again if nothing appears under Actions.",
            )
        return found

    async def _find(self, order: Order, since: Seconds) -> WorkflowRun | None:
        runs = await self._workflows.dispatched(_dispatch(order), since - CLOCK_DIFFERENCE_SECONDS)
        return _titled(runs, order.id)


_RUN_NAME_HINT = "With `${{ inputs.deployment }}` in the workflow's `run-name` its runs can be found."


def _dispatch(order: Order) -> Dispatch:
    """What is sent. Nobody's configuration or parameter replaces what we say ourselves."""
    configured = order.call.settings.get("inputs") or {}
    params = {name: _text(value) for name, value in order.params.items()}
    ours = {
        "sha": order.sha,
        "environment": order.environment,
        "service": order.service,
        "deployment": order.id,
    }
    return Dispatch(
        repository=order.repository,
        workflow=str(order.call.settings["workflow"]),
        inputs={**{str(name): str(value) for name, value in configured.items()}, **params, **ours},
    )


def _text(value: object) -> str:
    """GitHub takes inputs as text, and true and false in lower case."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _titled(runs: tuple[WorkflowRun, ...], deployment: str) -> WorkflowRun | None:
    return next((run for run in runs if deployment in deployments_in(run.title)), None)


def _never_seen(order: Order) -> str:
    workflow = order.call.settings["workflow"]
    return f"GitHub took the dispatch, and the run of the workflow {workflow} was not found. {_RUN_NAME_HINT}"


def _said(fault: LastingFault) -> str | None:
    return plain_description(f"{fault.reason} {fault.hint}")


def _make(tools: Tools) -> GitHubActionsDriver:
    return GitHubActionsDriver(tools.workflows, tools.clock)


ROW = DriverRow(RULE, _make)
