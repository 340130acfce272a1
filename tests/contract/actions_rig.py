"""The `github_actions` driver's rig for the contract: workflows of a simulated GitHub."""

import json
from collections.abc import Sequence

from bot.domain.events import DeployerReported
from bot.ports import Driver
from bot.sandbox.github import DEPLOY_WORKFLOW, Fault
from bot.sandbox.github.actions.records import RunBehaviour
from bot.testing.drivers import Manner
from tests.unit.drivers.workflows import CALL, ActionsStage

DISPATCHES = ".*/dispatches"
_BEHAVIOURS: dict[Manner, RunBehaviour] = {
    "succeed": "succeed",
    "fail": "fail",
    "silent": "silent",
    "hold": "held",
    "hostile": "fail",
}
_JUNK = "\x1b[31m@here \u202e\x07<!channel> [x](javascript:alert(1)) **b** " * 2_000


class ActionsRig:
    """Workflow runs that go as they are told."""

    manners: frozenset[Manner] = frozenset({*_BEHAVIOURS, "refuse", "unavailable", "lose_reply"})
    call = CALL

    def __init__(self) -> None:
        self.stage = ActionsStage()
        self.sha = self.stage.sha
        self.repository = self.stage.repository
        self.driver: Driver = self.stage.driver

    def behave(self, manner: Manner) -> None:
        world = self.stage.world
        world.actions.play_next(_BEHAVIOURS.get(manner, "succeed"))
        if manner == "refuse":
            self.stage.write_workflow(DEPLOY_WORKFLOW.replace("region: {", "zone: {"))
        elif manner == "unavailable":
            world.faults.add(Fault("status", method="POST", path=DISPATCHES, times=1))
        elif manner == "lose_reply":
            world.faults.add(Fault("lost_reply", method="POST", path=DISPATCHES, times=1))
        elif manner == "hostile":
            self.stage.write_workflow(_with_hostile_names(DEPLOY_WORKFLOW))

    async def heard(self) -> Sequence[DeployerReported]:
        self.stage.play()
        return self.stage.reports()

    async def release(self) -> None:
        self.stage.world.release_runs()

    async def restart(self) -> None:
        await self.driver.close()
        self.driver = self.stage.new_driver()

    def wait(self, seconds: float) -> None:
        self.stage.clock.time += seconds

    @property
    def started(self) -> int:
        return len(self.stage.runs)


def _with_hostile_names(workflow: str) -> str:
    names = ("Build ${{ inputs.service }}", "Deploy to ${{ inputs.environment }}", "Check their health")
    for name in names:
        workflow = workflow.replace(f"name: {name}\n", f"name: {json.dumps(_JUNK + name)}\n")
    return workflow
