"""The driver in docs/drivers.md keeps what every driver promises, and is found by its entry point."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from bot import drivers
from bot.configuration import (
    ConfigurationFile,
    Surroundings,
    effective_policy,
    validate_repository,
)
from bot.domain.deployment import DriverCall
from bot.domain.events import DeployerReported
from bot.domain.values import Repository
from bot.ports import Driver
from bot.testing.drivers import DriverContract, Manner, Rig

PAGE = (Path(__file__).parents[3] / "docs" / "drivers.md").read_text()
YAML = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
CODE, *_ = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
ENTRY_POINT = re.findall(r'^folder = "(.*)"$', PAGE, re.MULTILINE)
FILE = """\
version: 1
services: {api: {deploy: {driver: folder, QUEUE}}}
environments: {production: {}}
"""


def loaded() -> ModuleType:
    module = ModuleType("folder_driver")
    exec(compile(CODE, "docs/drivers.md", "exec"), module.__dict__)  # noqa: S102 - the page's own code
    return module


class FolderRig:
    """The page's driver, with somebody who watches its folder."""

    manners: frozenset[Manner] = frozenset({"succeed", "fail", "silent", "hold", "hostile"})
    sha = "a" * 40
    repository = Repository("acme", "shop", 1, 7)
    call = DriverCall("folder", {"queue": "blue"})

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._manner: Manner = "succeed"
        self._looks = 0
        self.driver: Driver = self._new_driver()

    def _new_driver(self) -> Any:
        return loaded().ROW.make(SimpleNamespace(environ={"SHIP_FOLDER": str(self._folder)}))

    def behave(self, manner: Manner) -> None:
        self._manner = manner

    async def heard(self) -> Sequence[DeployerReported]:
        """It reports nothing by itself; the watcher answers, one thing at a time."""
        said = {
            "succeed": ["in_progress half way", "in_progress nearly", "succeeded all is well"],
            "fail": ["in_progress half way", "failed out of paint"],
            "hold": ["in_progress waiting"],
            "hostile": ["failed " + "**bold** \x1b[31m<!channel>\n" * 400_000],
            "silent": [],
        }[self._manner]
        if said:
            self._answer(said[min(self._looks, len(said) - 1)])
        self._looks += 1
        return []

    def _answer(self, text: str) -> None:
        for order in self._folder.glob("*.json"):
            order.with_suffix(".status").write_text(text)

    async def release(self) -> None:
        self._manner = "succeed"
        self._looks = 2
        self._answer("succeeded at last")

    async def restart(self) -> None:
        await self.driver.close()
        self.driver = self._new_driver()

    def wait(self, seconds: float) -> None:
        """It has no clock."""

    @property
    def started(self) -> int:
        return len(list(self._folder.glob("*.json")))


class TestThePagesDriver(DriverContract):
    @pytest.fixture
    def rig(self, tmp_path: Path) -> Rig:
        return FolderRig(tmp_path)


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The page's package, as an installer leaves it."""
    (tmp_path / "folder_driver.py").write_text(CODE)
    about = tmp_path / "folder_driver-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: folder-driver\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text(f"[{drivers.ENTRY_POINTS}]\nfolder = {ENTRY_POINT[0]}\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    drivers.table.cache_clear()
    yield
    drivers.table.cache_clear()


@pytest.mark.usefixtures("installed")
def test_an_installed_driver_is_in_the_table_and_its_keys_are_checked() -> None:
    assert drivers.table()["folder"].rule.description == "Leaves an order in a folder."
    for written, wrong in (("queue: blue", 0), ("queu: blue", 2)):
        text = FILE.replace("QUEUE", written)
        reading = validate_repository(
            text.encode(), "x.yml", instance=None, repository=None, drivers=drivers.rules()
        )
        assert len([each for each in reading.findings if each.severity == "error"]) == wrong


def test_a_driver_that_is_none_is_named_with_what_it_is(
    installed: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    about = tmp_path / "folder_driver-1.0.dist-info"
    for text, words in (
        ("folder = folder_driver:KEYS", "'folder' is no DriverRow, but tuple"),
        ("folder = folder_driver:NOTHING", "'folder' cannot be loaded"),
        (f"http = {ENTRY_POINT[0]}", "'http' of folder_driver:ROW has the name of another one"),
    ):
        (about / "entry_points.txt").write_text(f"[{drivers.ENTRY_POINTS}]\n{text}\n")
        drivers.table.cache_clear()
        with pytest.raises(drivers.DriverUnusable, match=words):
            drivers.table()


def test_the_pages_workflow_takes_what_the_pages_service_sends_it() -> None:
    (workflow,) = [each for each in YAML if "workflow_dispatch" in each]
    (deploy,) = [
        each for each in YAML if "driver: github_actions" in each and "workflow_dispatch" not in each
    ]
    text = f"version: 1\nservices:\n  api:\n    {deploy}\nenvironments: {{production: {{}}}}\n"
    surroundings = Surroundings(drivers.rules(), workflows={"deploy.yml": workflow.encode()})
    reading = effective_policy(ConfigurationFile("x.yml", text), None, surroundings)
    assert reading.policy is not None
    assert reading.findings == ()


def test_it_is_a_driver_in_about_thirty_lines() -> None:
    lines = [
        line for line in CODE.splitlines() if line.strip() and not line.startswith(('"""', "import", "from"))
    ]
    assert len(lines) <= 30
