"""What was reported on a commit, and what people said of its pull request."""

import pytest

from bot.domain.commit_facts import CheckSeen, CommitChecks
from bot.github.commit_facts import AppShape, CheckRunShape, latest
from bot.sandbox.github import Fault
from tests.unit.github.hub import SHOP, Hub
from tests.unit.github.test_reading import number, reading


def by_name(found: CommitChecks) -> dict[str, str]:
    return {each.name: each.state for each in found.checks}


def head(hub: Hub) -> str:
    return hub.shop.pull_requests[0].head_sha


async def test_check_runs_and_statuses_are_read_together(hub: Hub) -> None:
    sha = hub.world.push("ada", SHOP, "free-shipping", {"a.py": "1\n"}).sha
    hub.world.run_ci(SHOP, sha)
    hub.world.post_check_run("other-ci", SHOP, sha, "slow", status="in_progress")
    hub.world.post_status("ada", SHOP, sha, "licence", "failure")
    found = await reading(hub).commit_checks(hub.repository, sha)
    assert by_name(found) == {"ci/test": "success", "slow": "pending", "licence": "failure"}
    assert {each.name: each.app for each in found.checks} == {
        "ci/test": "github-actions",
        "slow": "other-ci",
        "licence": None,
    }
    assert found.complete


async def test_an_older_run_that_ends_after_its_repetition_does_not_win(hub: Hub) -> None:
    sha = hub.world.push("ada", SHOP, "free-shipping", {"a.py": "1\n"}).sha
    first = hub.world.post_check_run("other-ci", SHOP, sha, "test", status="in_progress")
    hub.clock.time += 10
    again = hub.world.post_check_run("other-ci", SHOP, sha, "test", status="in_progress")
    hub.world.finish_check_run(SHOP, again.id, "success")
    hub.clock.time += 10
    hub.world.finish_check_run(SHOP, first.id, "failure")
    assert by_name(await reading(hub).commit_checks(hub.repository, sha))["test"] == "success"


async def test_more_than_a_hundred_contexts_are_all_read(hub: Hub) -> None:
    sha = hub.world.push("ada", SHOP, "free-shipping", {"a.py": "1\n"}).sha
    for place in range(130):
        hub.world.post_status("ada", SHOP, sha, f"status-{place}", "success")
        hub.world.post_check_run("other-ci", SHOP, sha, f"check-{place}", conclusion="success")
    found = await reading(hub).commit_checks(hub.repository, sha)
    assert len(found.checks) == 260


async def test_our_own_checks_are_marked(hub: Hub) -> None:
    sha = hub.world.push("ada", SHOP, "free-shipping", {"a.py": "1\n"}).sha
    hub.world.post_check_run(hub.world.app.slug, SHOP, sha, "pointsman/plan", conclusion="success")
    (only,) = (await reading(hub).commit_checks(hub.repository, sha)).checks
    assert only.ours


@pytest.mark.parametrize(
    ("conclusion", "state"),
    [
        ("success", "success"),
        ("neutral", "neutral"),
        ("skipped", "skipped"),
        ("cancelled", "cancelled"),
        ("timed_out", "failure"),
        ("action_required", "failure"),
        ("stale", "failure"),
        ("a word of next year", "failure"),
        (None, "pending"),
    ],
)
def test_no_unknown_word_is_green(conclusion: str | None, state: str) -> None:
    run = CheckRunShape(1, "test", "completed", conclusion, app=AppShape(7, "ci"))
    assert latest([run], our_app=1) == [CheckSeen(name="test", app="ci", state=state, at=0.0)]  # type: ignore[arg-type]


def test_a_run_that_has_not_begun_is_the_newest() -> None:
    old = CheckRunShape(1, "test", "completed", "success", app=AppShape(7, "ci"))
    queued = CheckRunShape(2, "test", "queued", app=AppShape(7, "ci"))
    assert [each.state for each in latest([old, queued], 1)] == ["pending"]
    assert [each.state for each in latest([queued, old], 1)] == ["pending"]


def test_jobs_of_a_workflow_that_somebody_dispatched_are_marked() -> None:
    run = CheckRunShape(1, "deploy", "completed", "failure", app=AppShape(7, "github-actions"))
    assert [each.of_dispatch for each in latest([run], 1, frozenset({3}))] == [False]


async def test_the_newest_word_of_each_reviewer_counts(hub: Hub) -> None:
    hub.world.review("grace", SHOP, number(hub), "CHANGES_REQUESTED")
    hub.world.review("grace", SHOP, number(hub), "APPROVED")
    hub.world.review("grace", SHOP, number(hub), "COMMENTED")
    hub.world.review("mallory", SHOP, number(hub), "APPROVED")
    found = await reading(hub).reviews(hub.repository, number(hub))
    assert [(each.login, each.state, each.sha, each.counts) for each in found.reviews] == [
        ("grace", "approved", head(hub), True),
        ("mallory", "approved", head(hub), False),
    ]


async def test_a_review_stays_with_the_commit_that_was_looked_at(hub: Hub) -> None:
    looked_at = head(hub)
    hub.world.review("grace", SHOP, number(hub))
    hub.world.push("ada", SHOP, "free-shipping", {"a.py": "1\n"})
    (only,) = (await reading(hub).reviews(hub.repository, number(hub))).reviews
    assert only.sha == looked_at


async def test_a_merge_leads_to_its_pull_request(hub: Hub) -> None:
    sha = hub.world.merge("grace", SHOP, number(hub))
    port = reading(hub)
    found = await port.merged_as(hub.repository, sha)
    assert found is not None
    assert (found.number, found.merge_sha) == (number(hub), sha)
    direct = hub.world.push("olive", SHOP, "main", {"b.py": "1\n"}).sha
    assert await port.merged_as(hub.repository, direct) is None


async def test_a_tree_is_read_once_and_is_the_same_for_the_same_contents(hub: Hub) -> None:
    port = reading(hub)
    first = hub.world.push("ada", SHOP, "one", {"b.py": "1\n"}, "One").sha
    second = hub.world.push("ada", SHOP, "two", {"b.py": "1\n"}, "Two").sha
    assert first != second
    assert await port.tree(hub.repository, first) == await port.tree(hub.repository, second)
    count = len(hub.asked)
    await port.tree(hub.repository, first)
    assert len(hub.asked) == count


async def test_rights_that_were_forgotten_are_read_again(hub: Hub) -> None:
    port = reading(hub)
    before = await port.permission(hub.repository, "mallory")
    hub.world.set_permission(SHOP, "mallory", "write")
    assert await port.permission(hub.repository, "mallory") == before != "write"
    port.forget_rights("acme")
    assert await port.permission(hub.repository, "mallory") == "write"


async def test_names_lead_to_numbers(hub: Hub) -> None:
    port = reading(hub)
    assert await port.account_id(hub.repository, "ADA") == hub.world.account("ada").id
    assert await port.account_id(hub.repository, "nobody-at-all") is None
    assert await port.team_id(hub.repository, "acme", "sre") == hub.world.team("acme", "sre").id
    assert await port.team_id(hub.repository, "acme", "none") is None


async def test_what_github_does_not_answer_is_a_fault_and_not_an_empty_list(hub: Hub) -> None:
    hub.world.faults.add(Fault("status", path=".*/check-runs.*", status=403))
    with pytest.raises(Exception, match="403"):
        await reading(hub).commit_checks(hub.repository, head(hub))
