"""One check run for each commit and name, at the simulated GitHub."""

import msgspec
import pytest

from bot.domain.effects import PublishCheck
from bot.domain.errors import LastingFault, PassingFault
from bot.doubt import LOOKS_SECONDS
from bot.github.check_runs import CheckPublisher
from bot.sandbox.github import Fault
from bot.sandbox.github.records import CheckRun
from tests.unit.github.hub import SHOP, Hub
from tests.unit.github.ordered import ordered

NAME = "pointsman/plan"


def wanted(hub: Hub, **changes: object) -> PublishCheck:
    check = PublishCheck(
        repository=hub.repository,
        head_sha=hub.shop.pull_requests[0].head_sha,
        name=NAME,
        conclusion="success",
        title="api would go to staging",
        summary="All clear.",
        text="Details.",
    )
    return msgspec.structs.replace(check, **changes)


def runs(hub: Hub) -> list[CheckRun]:
    return [run for run in hub.shop.repository.check_runs.values() if run.name == NAME]


async def test_a_check_is_published_complete(hub: Hub) -> None:
    performed = await CheckPublisher(hub.app)(ordered(wanted(hub)))
    (run,) = runs(hub)
    assert (run.status, run.conclusion, run.head_sha) == ("completed", "success", wanted(hub).head_sha)
    assert (run.title, run.summary, run.text) == ("api would go to staging", "All clear.", "Details.")
    assert performed.handle == {"check_run": run.id}


async def test_a_newer_result_replaces_the_older_with_all_of_its_text(hub: Hub) -> None:
    publisher = CheckPublisher(hub.app)
    first = await publisher(ordered(wanted(hub)))
    await publisher(ordered(wanted(hub, conclusion="neutral", summary="Locked.", text=None), first.handle))
    (run,) = runs(hub)
    assert (run.conclusion, run.summary, run.text or "") == ("neutral", "Locked.", "")


async def test_a_run_that_is_gone_is_published_anew(hub: Hub) -> None:
    await CheckPublisher(hub.app)(ordered(wanted(hub), {"check_run": 999}))
    assert len(runs(hub)) == 1


async def test_a_lost_reply_leaves_one_run(hub: Hub) -> None:
    publisher = CheckPublisher(hub.app)
    hub.world.post_check_run("other-app", SHOP, wanted(hub).head_sha, NAME)
    hub.world.faults.add(Fault("lost_reply", method="POST", path=".*/check-runs", times=1))
    with pytest.raises(PassingFault) as raised:
        await publisher(ordered(wanted(hub)))
    assert raised.value.applied_maybe
    await publisher(ordered(wanted(hub, conclusion="failure"), lost_at=hub.clock.now()))
    ours = [run for run in runs(hub) if run.suite.app.slug == "pointsman"]
    assert [run.conclusion for run in ours] == ["failure"]


async def test_a_list_that_lags_does_not_lead_to_a_second_run(hub: Hub) -> None:
    publisher = CheckPublisher(hub.app)
    hub.world.faults.add(Fault("lost_reply", method="POST", path=".*/check-runs", times=1))
    first_at = hub.clock.now()
    with pytest.raises(PassingFault):
        await publisher(ordered(wanted(hub)))
    hub.world.lag(LOOKS_SECONDS[-1] - 1)
    await publisher(ordered(wanted(hub), lost_at=first_at))
    assert len(runs(hub)) == 1


async def test_texts_that_are_too_long_are_cut(hub: Hub) -> None:
    long = "a line of findings\n" * 5_000
    await CheckPublisher(hub.app)(ordered(wanted(hub, summary=long, text=long)))
    (run,) = runs(hub)
    for text in (run.summary, run.text):
        assert text is not None
        assert len(text) <= 65_535
        assert text.endswith("*Cut here: GitHub takes no longer texts.*")


async def test_a_commit_that_github_does_not_know_is_a_lasting_fault(hub: Hub) -> None:
    with pytest.raises(LastingFault) as raised:
        await CheckPublisher(hub.app)(ordered(wanted(hub, head_sha="f" * 40)))
    assert "No commit found" in raised.value.reason
