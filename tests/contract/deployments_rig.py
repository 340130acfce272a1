"""The `github_deployment` driver's rig for the contract: another App that answers as it is told."""

from collections.abc import Sequence

from bot.domain.deployment import DriverCall
from bot.domain.events import DeployerReported
from bot.drivers.github_deployment import GitHubDeploymentDriver
from bot.github.deployments import DeploymentsOfOthers
from bot.ports import Driver
from bot.sandbox.github import Fault
from bot.sandbox.github.actions.play import report
from bot.sandbox.github.actions.records import FollowerBehaviour
from bot.sandbox.github.records import Deployment
from bot.testing.drivers import Manner
from tests.unit.drivers.workflows import SHOP, ActionsStage

REPORTER = "acme-cd"
CREATE = ".*/deployments"
_BEHAVIOURS: dict[Manner, FollowerBehaviour] = {
    "succeed": "succeed",
    "fail": "fail",
    "silent": "silent",
    "hold": "late",
    "hostile": "silent",
}
_JUNK = "\x1b[31m@here \u202e\x07<!channel> [x](javascript:alert(1)) **b** " * 200_000


class DeploymentsRig:
    """Deployments at a simulated GitHub, and the App that ships them."""

    manners: frozenset[Manner] = frozenset({*_BEHAVIOURS, "refuse", "unavailable", "lose_reply"})
    call = DriverCall("github_deployment", {"reporter": REPORTER}, reports=f"status:{REPORTER}", records=True)

    def __init__(self) -> None:
        self.stage = ActionsStage()
        self.sha = self.stage.sha
        self.repository = self.stage.repository
        self._is_hostile = False
        self.stage.world.follow_deployments(REPORTER)
        self.driver: Driver = self._new_driver()

    def _new_driver(self) -> Driver:
        return GitHubDeploymentDriver(DeploymentsOfOthers(self.stage.app))

    @property
    def deployments(self) -> list[Deployment]:
        """Those that there are, the oldest first."""
        return list(self.stage.world.repository(SHOP).deployments.values())

    def behave(self, manner: Manner) -> None:
        world = self.stage.world
        world.follow_deployments(REPORTER, _BEHAVIOURS.get(manner, "succeed"))
        self._is_hostile = manner == "hostile"
        if manner == "refuse":
            world.faults.add(Fault("status", status=409, method="POST", path=CREATE, times=1))
        elif manner == "unavailable":
            world.faults.add(Fault("status", method="POST", path=CREATE, times=1))
        elif manner == "lose_reply":
            world.faults.add(Fault("lost_reply", method="POST", path=CREATE, times=1))

    async def heard(self) -> Sequence[DeployerReported]:
        if self._is_hostile:
            self._is_hostile = False
            self._say_whatever_it_likes()
        self.stage.play()
        return self.stage.reports()

    def _say_whatever_it_likes(self) -> None:
        """GitHub's own description of its API has no limit for it, and old servers keep none."""
        where = (self.stage.world.repository(SHOP), self.deployments[0])
        body = {"state": "failure", "description": _JUNK, "log_url": "javascript:alert(1)"}
        report(self.stage.world, REPORTER, where, body)

    async def release(self) -> None:
        self.stage.world.release_late()

    async def restart(self) -> None:
        await self.driver.close()
        self.driver = self._new_driver()

    def wait(self, seconds: float) -> None:
        self.stage.clock.time += seconds

    @property
    def started(self) -> int:
        return len(self.deployments)
