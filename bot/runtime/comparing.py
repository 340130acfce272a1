"""Compares our records of pull requests with GitHub, for what no redelivery can bring any more.

A delivery is gone when it is older than GitHub's window, and never was while the App was suspended. What
differs is stored as a delivery and decided like any other. It is cheap: answers that did not change cost
nothing of GitHub's limit, and people come first where little is left of it.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence

import structlog
from msgspec import Struct
from msgspec.structs import replace

from bot.domain.change import ChangeState
from bot.domain.errors import LastingFault, PassingFault
from bot.domain.state import check_target
from bot.domain.values import Repository, Seconds
from bot.ports import ChangeSeen, ChangesSeen, Clock, GitHub, GitHubNow, Incoming, Ledger
from bot.runtime.findings import Finding, delivery_of, find, unchecked

MARK = "compared"
OVERLAP_SECONDS: Seconds = 600.0
CLOSED_SECONDS_MAX: Seconds = 7 * 86_400.0
UNDER_WAY_SECONDS: Seconds = 300.0
"""What changed so short a time ago may be on its way here, or be decided just now."""
PAUSE_SECONDS: Seconds = 1.0
REPOSITORIES_PER_RUN_MAX = 500
FOUND_PER_RUN_MAX = 300
READ_ONE_BY_ONE_MAX = 50
CHECKS = ("pointsman/config", "pointsman/plan")

log = structlog.get_logger(__name__)


class Compared(Struct, frozen=True):
    """The ids of what was found; `is_all` False = some repositories are left for the next run."""

    found: tuple[str, ...] = ()
    is_all: bool = True


class Comparison:
    """Compares one repository after another; a run that was cut goes on where it ended."""

    def __init__(
        self,
        ledger: Ledger,
        github: GitHub,
        now_there: GitHubNow,
        store: Callable[[Incoming], Awaitable[object]],
        clock: Clock,
    ) -> None:
        self._ledger = ledger
        self._github = github
        self._now_there = now_there
        self._store = store
        self._clock = clock
        self._left: list[Repository] = []
        self._begun: Seconds = 0.0

    async def run(self) -> Compared:
        """Compare what is left, or everything anew. Raises PassingFault, LastingFault, StoreUnavailable."""
        if not self._left:
            self._begun = self._clock.now()
            self._left = list(await self._github.repositories())
        closed_since = await self._closed_since()
        todo, self._left = self._left[:REPOSITORIES_PER_RUN_MAX], self._left[REPOSITORIES_PER_RUN_MAX:]
        found: list[str] = []
        for index, repository in enumerate(todo):
            if index:
                await self._clock.sleep(PAUSE_SECONDS)
            if len(found) >= FOUND_PER_RUN_MAX or self._now_there.is_scarce(repository):
                self._left.append(repository)
            else:
                found += await self._guarded(repository, closed_since)
        if not self._left:
            await self._ledger.set_mark(MARK, self._begun)
        return Compared(tuple(found), is_all=not self._left)

    async def _closed_since(self) -> Seconds:
        """Since when a merge that we never heard of is news. The first comparison ever knows of none."""
        mark = await self._ledger.mark(MARK)
        if mark is None:
            return self._begun
        return max(mark - OVERLAP_SECONDS, self._begun - CLOSED_SECONDS_MAX)

    async def _guarded(self, repository: Repository, closed_since: Seconds) -> list[str]:
        """One repository that cannot be read holds up no other; one that may be later is tried again."""
        try:
            return await self._compare(repository, closed_since)
        except PassingFault as fault:
            self._left.append(repository)
            log.warning("comparison.later", repository=repository.full_name, reason=fault.reason)
        except LastingFault as fault:
            log.warning("comparison.not_readable", repository=repository.full_name, reason=fault.reason)
        return []

    async def _compare(self, repository: Repository, closed_since: Seconds) -> list[str]:
        if (await self._github.policy(repository)).status == "off":
            return []
        seen = await self._now_there.changes(repository, closed_since)
        known = await self._known(repository)
        changes = [*seen.changes, *await self._vanished(repository, seen, known)]
        settled = [each for each in changes if each.change.updated_at < self._begun - UNDER_WAY_SECONDS]
        findings = [find(each, known.get(each.change.number), closed_since) for each in settled]
        differing = [each for each in findings if each is not None]
        quiet = [each for each, finding in zip(settled, findings, strict=True) if finding is None]
        return [await self._tell(finding) for finding in [*differing, *await self._unchecked(quiet, known)]]

    async def _known(self, repository: Repository) -> dict[int, ChangeState]:
        prefix = f"pr:{repository.full_name}#"
        states = await self._ledger.states(prefix)
        return {
            int(key.removeprefix(prefix)): state
            for key, state in states.items()
            if isinstance(state, ChangeState)
        }

    async def _vanished(
        self, repository: Repository, seen: ChangesSeen, known: Mapping[int, ChangeState]
    ) -> list[ChangeSeen]:
        """Pull requests that are open by our records and in none of GitHub's lists: read one by one."""
        listed = {each.change.number for each in seen.changes}
        gone = [number for number, state in known.items() if state.state == "open" and number not in listed]
        if not seen.complete:
            return []
        return [
            await self._now_there.change(repository, number) for number in sorted(gone)[-READ_ONE_BY_ONE_MAX:]
        ]

    async def _unchecked(
        self, quiet: Sequence[ChangeSeen], known: Mapping[int, ChangeState]
    ) -> list[Finding]:
        """Open pull requests whose head we know, and for which no check was ever wanted."""
        still_open = [each for each in quiet if each.state == "open"]
        keys = {each.change.number: _check_keys(each) for each in still_open}
        wanted = await self._ledger.wanted_effects([key for some in keys.values() for key in some])
        return [
            unchecked(each, known[each.change.number])
            for each in still_open
            if not wanted.intersection(keys[each.change.number])
        ]

    async def _tell(self, finding: Finding) -> str:
        """Store a finding as a delivery; of a merge, GitHub's lists do not say whose it was."""
        seen = finding.github_has
        if finding.kind == "merged" and seen.merged_by is None:
            seen = await self._now_there.change(seen.change.repository, seen.change.number)
            finding = replace(finding, github_has=seen)
        incoming = delivery_of(finding, self._clock.now())
        await self._store(incoming)
        log.info(
            "comparison.found",
            delivery=incoming.id,
            kind=finding.kind,
            subject=f"{seen.change.repository.full_name}#{seen.change.number}",
            github_has=seen.change.head_sha,
            we_knew=finding.we_knew.head_sha,
        )
        return incoming.id


def _check_keys(seen: ChangeSeen) -> list[str]:
    change = seen.change
    return [check_target(change.repository, change.head_sha, name) for name in CHECKS]
