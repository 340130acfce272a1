"""How pull requests stand at GitHub, read for a comparison; at the simulated GitHub."""

import pytest

from bot.github import comparing
from bot.github.comparing import SPARED, PullRequestsNow
from tests.unit.github.hub import SHOP, Hub


async def test_open_pull_requests_are_listed_with_what_decisions_need(hub: Hub) -> None:
    pull = hub.shop.pull_requests[0]
    seen = await PullRequestsNow(hub.app).changes(hub.repository, hub.clock.now())
    (first,) = [each for each in seen.changes if each.change.number == pull.number]
    assert (first.state, first.default_branch, first.merge_sha) == ("open", "main", None)
    change = first.change
    assert (change.head_sha, change.base_ref, change.author) == (pull.head_sha, "main", pull.user.login)
    assert (change.repository, change.from_fork) == (hub.repository, False)
    assert seen.complete


async def test_of_those_that_were_closed_only_the_recent_ones_are_listed(hub: Hub) -> None:
    old, recent, *_ = hub.shop.pull_requests
    hub.world.close("ada", SHOP, old.number)
    hub.clock.time += 1000
    sha = hub.world.merge("lin", SHOP, recent.number)
    seen = await PullRequestsNow(hub.app).changes(hub.repository, hub.clock.now() - 500)
    closed = {each.change.number: each for each in seen.changes if each.state != "open"}
    assert list(closed) == [recent.number]
    merged = closed[recent.number]
    assert (merged.state, merged.merge_sha, merged.merged_at) == ("merged", sha, hub.clock.now())
    assert merged.merged_by is None  # lists do not say


async def test_one_read_by_itself_says_who_merged_it(hub: Hub) -> None:
    pull = hub.shop.pull_requests[0]
    hub.world.merge("lin", SHOP, pull.number)
    seen = await PullRequestsNow(hub.app).change(hub.repository, pull.number)
    assert (seen.state, seen.merged_by) == ("merged", "lin")


async def test_a_list_that_was_cut_is_marked(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(comparing, "OPEN_MAX", 1)
    seen = await PullRequestsNow(hub.app).changes(hub.repository, hub.clock.now())
    assert (len(seen.changes), seen.complete) == (1, False)


async def test_what_did_not_change_costs_nothing_of_the_limit(hub: Hub) -> None:
    now = PullRequestsNow(hub.app)
    first = await now.changes(hub.repository, hub.clock.now() - 500)
    used = hub.world.limits.buckets[hub.shop.installation.id].used
    assert await now.changes(hub.repository, hub.clock.now() - 500) == first
    assert hub.world.limits.buckets[hub.shop.installation.id].used == used
    assert [asked.status for asked in hub.asked[-2:]] == [304, 304]


async def test_where_little_is_left_people_come_first_until_the_hour_is_over(hub: Hub) -> None:
    now = PullRequestsNow(hub.app)
    assert not now.is_scarce(hub.repository)
    bucket = hub.world.limits.bucket(hub.shop.installation.id, hub.clock.now())
    bucket.used = bucket.limit - int(bucket.limit * SPARED)
    await now.changes(hub.repository, hub.clock.now())
    assert now.is_scarce(hub.repository)
    hub.clock.time += 3700
    assert not now.is_scarce(hub.repository)
