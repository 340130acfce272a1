"""A comparison goes from repository to repository; none holds up another, and nothing is told twice."""

from dataclasses import dataclass, field

import pytest
from msgspec.structs import replace

from bot.domain.change import ChangeState
from bot.domain.errors import LastingFault, PassingFault
from bot.domain.events import ChangeOpened
from bot.domain.values import Change, Repository
from bot.ports import ChangeSeen, ChangesSeen, Meant, PolicyRead
from bot.runtime import comparing
from bot.runtime.comparing import OVERLAP_SECONDS, UNDER_WAY_SECONDS, Comparison
from tests.unit.runtime.machinery import SHOP, Machinery, Scripted, until_idle

SITE = Repository("acme", "site", 2, 7)
HEAD, OTHER = "a" * 40, "b" * 40
NOW = 100_000.0


def seen(number: int = 1, where: Repository = SHOP, state: str = "open", **changes: object) -> ChangeSeen:
    change = Change(where, number, "A change", "ada", HEAD, "feature", where.full_name, "main", 500.0)
    change = replace(change, **changes)
    return ChangeSeen(change=change, state=state, default_branch="main")  # type: ignore[arg-type]


@dataclass
class GitHub:
    """Repositories and pull requests as a test says."""

    there: dict[Repository, tuple[ChangeSeen, ...] | Exception] = field(default_factory=dict)
    alone: dict[int, ChangeSeen] = field(default_factory=dict)
    off: set[Repository] = field(default_factory=set)
    scarce: set[Repository] = field(default_factory=set)
    complete: bool = True
    asked: list[tuple[str, float]] = field(default_factory=list)
    read_alone: list[int] = field(default_factory=list)

    async def repositories(self) -> tuple[Repository, ...]:
        return tuple(self.there)

    async def policy(self, repository: Repository, *, fresh: bool = False) -> PolicyRead:
        return PolicyRead(status="off" if repository in self.off else "valid")

    async def changes(self, repository: Repository, closed_since: float) -> ChangesSeen:
        self.asked.append((repository.full_name, closed_since))
        answer = self.there[repository]
        if isinstance(answer, Exception):
            raise answer
        return ChangesSeen(answer, self.complete)

    async def change(self, repository: Repository, number: int) -> ChangeSeen:
        self.read_alone.append(number)
        return self.alone[number]

    def is_scarce(self, repository: Repository) -> bool:
        return repository in self.scarce


@pytest.fixture(autouse=True)
def _much_later(machinery: Machinery) -> None:
    machinery.clock.time = NOW


def comparison(machinery: Machinery, github: GitHub) -> Comparison:
    return Comparison(machinery.ledger, github, github, machinery.ledger.accept, machinery.clock)  # type: ignore[arg-type]


async def known(machinery: Machinery, *heard: ChangeSeen) -> None:
    """Let the ledger have heard that these were opened."""
    for each in heard:
        key = f"pr:{each.change.repository.full_name}#{each.change.number}"
        await machinery.deliver_meant(Meant(key=key, time=1.0, data=ChangeOpened(change=each.change)))
    await until_idle(machinery.worker({"change.opened": (Scripted("checks"),)}))
    state = await machinery.ledger.state("pr:acme/shop#1")
    assert not heard or isinstance(state, ChangeState)


async def found(machinery: Machinery) -> list[tuple[str | None, str]]:
    """The findings' kinds and bodies, the oldest first."""
    rows = [row for row in await machinery.ledger.deliveries(0) if row.source == "reconciler"]
    bodies = []
    for row in reversed(rows):
        stored = await machinery.ledger.delivery(row.id)
        assert stored is not None
        bodies.append((row.action, stored[1].body.decode()))
    return bodies


async def test_what_differs_becomes_a_delivery_once(machinery: Machinery) -> None:
    github = GitHub({SHOP: (seen(),)})
    compares = comparison(machinery, github)
    first = await compares.run()
    assert (len(first.found), first.is_all) == (1, True)
    await compares.run()
    assert [kind for kind, _ in await found(machinery)] == ["opened"]


async def test_a_head_that_we_know_and_never_checked_is_found(machinery: Machinery) -> None:
    await known(machinery, seen())
    await comparison(machinery, GitHub({SHOP: (seen(),)})).run()
    assert [kind for kind, _ in await found(machinery)] == ["unchecked"]


async def test_what_is_open_here_and_in_no_list_there_is_read_by_itself(machinery: Machinery) -> None:
    await known(machinery, seen())
    github = GitHub({SHOP: ()}, alone={1: seen(state="closed")})
    await comparison(machinery, github).run()
    assert github.read_alone == [1]
    assert [kind for kind, _ in await found(machinery)] == ["closed"]


async def test_a_list_that_was_cut_says_nothing_of_what_is_not_in_it(machinery: Machinery) -> None:
    await known(machinery, seen())
    github = GitHub({SHOP: ()}, complete=False)
    await comparison(machinery, github).run()
    assert github.read_alone == []


async def test_what_changed_a_moment_ago_may_be_on_its_way(machinery: Machinery) -> None:
    github = GitHub({SHOP: (seen(updated_at=NOW - UNDER_WAY_SECONDS + 1),)})
    await comparison(machinery, github).run()
    assert await found(machinery) == []
    machinery.clock.time += 2
    await comparison(machinery, github).run()
    assert len(await found(machinery)) == 1


async def test_a_repository_that_is_off_is_not_looked_at(machinery: Machinery) -> None:
    github = GitHub({SHOP: (seen(),)}, off={SHOP})
    assert (await comparison(machinery, github).run()).is_all
    assert github.asked == []


async def test_a_repository_that_cannot_be_read_now_is_left_for_the_next_run_and_hides_no_other(
    machinery: Machinery,
) -> None:
    github = GitHub({SHOP: PassingFault("down"), SITE: (seen(where=SITE),)})
    compares = comparison(machinery, github)
    assert not (await compares.run()).is_all
    assert len(await found(machinery)) == 1
    github.there[SHOP] = (seen(),)
    assert (await compares.run()).is_all
    assert [name for name, _ in github.asked] == ["acme/shop", "acme/site", "acme/shop"]


async def test_a_repository_that_was_taken_away_ends_nothing(machinery: Machinery) -> None:
    github = GitHub({SHOP: LastingFault("gone"), SITE: (seen(where=SITE),)})
    assert (await comparison(machinery, github).run()).is_all
    assert len(await found(machinery)) == 1


async def test_where_the_limit_is_scarce_it_waits(machinery: Machinery) -> None:
    github = GitHub({SHOP: (seen(),)}, scarce={SHOP})
    compares = comparison(machinery, github)
    assert not (await compares.run()).is_all
    assert github.asked == []
    github.scarce.clear()
    assert (await compares.run()).is_all


async def test_many_repositories_are_spread_over_several_runs(
    machinery: Machinery, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(comparing, "REPOSITORIES_PER_RUN_MAX", 1)
    github = GitHub({SHOP: (), SITE: ()})
    compares = comparison(machinery, github)
    assert not (await compares.run()).is_all
    assert (await compares.run()).is_all
    assert [name for name, _ in github.asked] == ["acme/shop", "acme/site"]


async def test_merges_count_since_the_last_whole_comparison_and_the_first_one_knows_of_none(
    machinery: Machinery,
) -> None:
    github = GitHub({SHOP: ()})
    await comparison(machinery, github).run()
    machinery.clock.time += 5000
    await comparison(machinery, github).run()  # also after a restart
    assert [since for _, since in github.asked] == [NOW, NOW - OVERLAP_SECONDS]
