"""What every driver promises: the tests are those of `bot.testing.drivers`, which others inherit too."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.domain.report import DESCRIPTION_CHARS_MAX
from bot.drivers import OURS
from bot.testing.drivers import DriverContract, Rig, Trial
from tests.contract.actions_rig import ActionsRig
from tests.contract.command_rig import command_rig
from tests.contract.deployments_rig import DeploymentsRig
from tests.contract.rigs import HttpRig, http_rig


class TestHttp(DriverContract):
    @pytest.fixture
    async def rig(self, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Rig]:
        async with http_rig(monkeypatch) as rig:
            yield rig

    async def test_a_no_of_ten_megabytes_is_one_short_plain_line(self, rig: HttpRig, trial: Trial) -> None:
        rig.no = b"no: @here <!channel> \x1b[31m **[x](javascript:1)**\n" * 250_000
        await trial.ask()
        said = trial.deployment.description or ""
        assert (trial.deployment.reason, trial.rig.started) == ("deployer_refused", 0)
        assert "no: @here" in said
        assert said.isprintable()
        assert len(said) <= DESCRIPTION_CHARS_MAX


class TestCommand(DriverContract):
    @pytest.fixture
    async def rig(self, tmp_path: Path) -> AsyncIterator[Rig]:
        async with command_rig(tmp_path) as rig:
            yield rig


class TestGitHubActions(DriverContract):
    @pytest.fixture
    def rig(self) -> Rig:
        return ActionsRig()


class TestGitHubDeployment(DriverContract):
    @pytest.fixture
    def rig(self) -> Rig:
        return DeploymentsRig()


def test_every_driver_is_under_this_contract() -> None:
    under_contract = {name.removeprefix("Test").lower() for name in globals() if name.startswith("Test")}
    assert under_contract == {name.replace("_", "") for name in OURS}
