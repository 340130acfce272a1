"""Follows the runs that are under way, so that people see at once what a program says and how it ended.

It is a convenience over looking now and then: whatever it misses, a look finds. It never ends a program; when
the bot ends, the programs go on.
"""

import asyncio
from collections.abc import Mapping

import structlog

from bot.domain.errors import StoreUnavailable
from bot.domain.values import Report
from bot.drivers.programs.folder import About, RunFolder
from bot.drivers.programs.output import Redactor
from bot.drivers.programs.recording import written
from bot.drivers.programs.reports import end_of, number_of, progress_of
from bot.ports import Clock, Reports

LOOK_SECONDS = 0.25
REPORT_SECONDS = 1.0

log = structlog.get_logger(__name__)


class Followers:
    """One task for each run under way."""

    def __init__(self, clock: Clock, reports: Reports, environ: Mapping[str, str]) -> None:
        self._clock = clock
        self._reports = reports
        self._environ = environ
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def follow(self, folder: RunFolder, about: About) -> None:
        """Follow a run from now on, unless it is being followed."""
        name = folder.path.name
        if name in self._tasks:
            return
        task = asyncio.create_task(self._follow(folder, about), name=f"program:{name}")
        self._tasks[name] = task
        task.add_done_callback(lambda _: self._finished(name))

    async def close(self) -> None:
        """Follow nothing any more."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _finished(self, name: str) -> None:
        task = self._tasks.pop(name)
        if not task.cancelled() and task.exception() is not None:
            # Looking goes on without it, and attaches another one.
            log.error("program.following_failed", run=name, exc_info=task.exception())

    async def _follow(self, folder: RunFolder, about: About) -> None:
        redact = Redactor(self._environ, about.variables)
        said, said_at = 0, float("-inf")
        while True:
            standing = folder.standing()
            if standing.phase == "ended" and standing.ending is not None:
                if await self._told(about, end_of(folder, about, standing.ending, redact)):
                    return
            elif standing.phase != "running":
                return  # a look says that it is lost
            elif self._clock.now() - said_at >= REPORT_SECONDS and (now := written(folder.path)) > said:
                report = progress_of(folder, about, redact)
                if report.description is None or await self._told(about, report):
                    said, said_at = now, self._clock.now()
            await self._clock.sleep(LOOK_SECONDS)

    async def _told(self, about: About, report: Report) -> bool:
        try:
            await self._reports.report(about.slot, report, number_of(report))
        except StoreUnavailable as error:
            log.warning("program.report_not_stored", deployment=about.deployment, reason=str(error))
            return False
        return True
