"""Keeps one check run of a commit at the newest result.

A check run whose creation got no reply is found again by commit, name and App. Results are always complete
ones, so that no merge ever waits for a check that nobody will finish. Must never touch another App's run.
"""

from typing import Any

from bot.domain.effects import Effect, PublishCheck
from bot.doubt import look_before_repeating
from bot.github.addresses import paged, repository_path
from bot.github.answers import Identified, read, read_all
from bot.github.client import GitHubClient
from bot.github.faults import NotThere
from bot.github.texts import OUTPUT_LENGTH_MAX, cut_markdown
from bot.github.tokens import GitHubApp
from bot.ports import Performed


class CheckPublisher:
    """Performs PublishCheck: converging, found again by commit, name and App."""

    def __init__(self, app: GitHubApp) -> None:
        self._app = app

    async def __call__(self, effect: Effect) -> Performed:
        """Publish it, or bring the run that is there up to date."""
        check = effect.body
        if not isinstance(check, PublishCheck):
            raise TypeError(f"{type(check).__name__} is no PublishCheck")
        client = self._app.installation(check.repository.installation)
        if effect.handle and await _update(client, check, effect.handle["check_run"]):
            return _performed(effect.handle["check_run"], "updated")
        found = await self._look(client, effect, check) if effect.uncertain else None
        if found is not None and await _update(client, check, found):
            return _performed(found, "found again and updated")
        path = f"{repository_path(check.repository)}/check-runs"
        data = {"name": check.name, "head_sha": check.head_sha, **result_of(check)}
        created = read(Identified, await client.post(path, data=data))
        return _performed(created.id, "published")

    async def _look(self, client: GitHubClient, effect: Effect, check: PublishCheck) -> int | None:
        return await look_before_repeating(effect, self._app.clock, lambda: self._find(client, check))

    async def _find(self, client: GitHubClient, check: PublishCheck) -> int | None:
        path = paged(
            f"{repository_path(check.repository)}/commits/{check.head_sha}/check-runs",
            check_name=check.name,
            filter="all",
            app_id=self._app.id,
        )
        runs = read_all(Identified, await client.collect(path, key="check_runs"))
        return max((run.id for run in runs), default=None)


def result_of(check: PublishCheck) -> dict[str, Any]:
    """The result as GitHub takes it. An absent text is sent empty, or the run would keep an older one."""
    return {
        "status": "completed",
        "conclusion": check.conclusion,
        "output": {
            "title": check.title,
            "summary": cut_markdown(check.summary, OUTPUT_LENGTH_MAX),
            "text": cut_markdown(check.text or "", OUTPUT_LENGTH_MAX),
        },
    }


async def _update(client: GitHubClient, check: PublishCheck, id: int) -> bool:
    """False = GitHub no longer has it."""
    path = f"{repository_path(check.repository)}/check-runs/{id}"
    try:
        await client.patch(path, data=result_of(check))
    except NotThere:
        return False
    return True


def _performed(id: int, note: str) -> Performed:
    return Performed(handle={"check_run": id}, note=note)
