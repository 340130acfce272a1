"""The output of the programs that deployed from this machine, for the pages that show it."""

import asyncio
from collections.abc import Mapping
from pathlib import Path

from bot.drivers.programs.folder import Runs
from bot.drivers.programs.output import Redactor, shown
from bot.drivers.programs.recording import read_recorded
from bot.ports import Output


class ProgramLogs:
    """Reads outputs from the folders of the runs; fulfils `DeploymentLogs`.

    `folder` and `environ` are those of the drivers' tools.
    """

    def __init__(self, folder: Path, environ: Mapping[str, str]) -> None:
        self._runs = Runs(folder)
        self._environ = environ

    async def output(self, deployment: str) -> Output | None:
        """Give the output of a deployment's last attempt as it is now; None = none is kept."""
        return await asyncio.to_thread(self._output, deployment)

    def _output(self, deployment: str) -> Output | None:
        folder = self._runs.newest(deployment)
        about = None if folder is None else folder.about()
        layout = None if folder is None else folder.layout()
        if folder is None or about is None or layout is None:
            return None
        live = folder.standing().phase == "running"  # before reading: what ended meanwhile is read whole
        try:
            recorded = read_recorded(folder.path, layout)
        except FileNotFoundError:
            return None
        text = shown(recorded, Redactor(self._environ, about.variables), live=live)
        return Output(text, truncated=recorded.left_out > 0, live=live)
