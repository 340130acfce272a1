"""Which commit a name means, and whether it belongs to the repository."""

import pytest

from bot.github.faults import Refused
from bot.github.refs import Refs
from bot.ports import ResolvedRef
from bot.sandbox.github import Fault
from tests.unit.github.hub import SHOP, Hub

FILES = {"services/api/app.py": "# changed\n"}


def head(hub: Hub, branch: str = "main") -> str:
    return hub.shop.repository.branches[branch]


async def resolved(hub: Hub, ref: str) -> ResolvedRef | None:
    return await Refs(hub.app).resolve(hub.repository, ref)


async def test_the_default_head_is_the_default_branchs(hub: Hub) -> None:
    found = await Refs(hub.app).default_head(hub.repository)
    assert found == ResolvedRef(sha=head(hub), ref="main", via="default_branch")


@pytest.mark.parametrize("name", ["main", "refs/heads/main", " main "])
async def test_the_default_branch_is_found_by_name(hub: Hub, name: str) -> None:
    assert await resolved(hub, name) == ResolvedRef(sha=head(hub), ref="main", via="default_branch")


@pytest.mark.parametrize("name", ["feature/x", "a#b", "what%2Fever", "ümläut", "deadbee"])
async def test_a_branch_is_found_whatever_its_name(hub: Hub, name: str) -> None:
    commit = hub.world.push("ada", SHOP, name, FILES)
    assert await resolved(hub, name) == ResolvedRef(sha=commit.sha, ref=name, via="branch")


@pytest.mark.parametrize("name", ["v1.2", "refs/tags/v1.2"])
async def test_a_tag_is_found_by_name(hub: Hub, name: str) -> None:
    sha = hub.world.create_tag("ada", SHOP, "v1.2")
    assert await resolved(hub, name) == ResolvedRef(sha=sha, ref="v1.2", via="tag")


async def test_a_branch_wins_over_a_tag_of_its_name(hub: Hub) -> None:
    commit = hub.world.push("ada", SHOP, "twice", FILES)
    hub.world.create_tag("ada", SHOP, "twice")
    assert await resolved(hub, "twice") == ResolvedRef(sha=commit.sha, ref="twice", via="branch")


@pytest.mark.parametrize("length", [40, 12, 7])
async def test_a_commit_of_the_default_branch_is_found_by_its_sha(hub: Hub, length: int) -> None:
    older = hub.shop.repository.history.commits[head(hub)].parents[0]
    found = await resolved(hub, older[:length])
    assert found == ResolvedRef(sha=older, ref=older[:length], via="default_branch")


async def test_a_sha_is_found_in_capital_letters(hub: Hub) -> None:
    found = await resolved(hub, head(hub).upper())
    assert found is not None
    assert found.sha == head(hub)


async def test_the_head_of_an_own_pull_request_belongs_to_the_repository(hub: Hub) -> None:
    sha = hub.shop.pull_requests[0].head_sha
    assert await resolved(hub, sha) == ResolvedRef(sha=sha, ref=sha, via="pull_request")


async def test_a_tagged_commit_that_is_in_no_branch_belongs_to_the_repository(hub: Hub) -> None:
    sha = hub.world.push("ada", SHOP, "old", FILES).sha
    hub.world.create_tag("ada", SHOP, "v0.9", sha)
    hub.world.delete_branch("ada", SHOP, "old")
    assert await resolved(hub, sha) == ResolvedRef(sha=sha, ref=sha, via="tag")


async def test_the_tip_of_a_branch_without_a_pull_request_belongs_to_the_repository(hub: Hub) -> None:
    sha = hub.world.push("ada", SHOP, "quiet/work", FILES).sha
    assert await resolved(hub, sha) == ResolvedRef(sha=sha, ref=sha, via="branch")


async def test_what_was_pushed_over_has_no_way_to_it(hub: Hub) -> None:
    sha = hub.world.push("ada", SHOP, "quiet", FILES).sha
    hub.world.push("ada", SHOP, "quiet", {"README.md": "other\n"}, force=True)
    assert await resolved(hub, sha) == ResolvedRef(sha=sha, ref=sha, via=None)


async def test_a_commit_of_a_fork_has_no_way_to_it(hub: Hub) -> None:
    pull = hub.world.open_pull_request("mallory", "mallory/shop", "evil", "Trust me", FILES, fork_of=SHOP)
    found = await resolved(hub, pull.head_sha)
    assert found == ResolvedRef(sha=pull.head_sha, ref=pull.head_sha, via=None)


@pytest.mark.parametrize(
    "name",
    ["", "nothing", "f" * 40, "fffffff", "abc", "a b", "a..b", "../../../app", "/main", "main/", ".", "@",
     "a//b", "x.lock", "a@{1}", "-x", "refs/heads/", "a\nb", "a:b", "main~1", "*"],
)  # fmt: skip
async def test_what_names_nothing_is_none(hub: Hub, name: str) -> None:
    assert await resolved(hub, name) is None


async def test_a_name_that_cannot_be_one_is_not_asked_for(hub: Hub) -> None:
    await resolved(hub, "../../../app")
    assert not hub.world.requests


async def test_a_push_after_the_command_moved_the_head(hub: Hub) -> None:
    since = hub.clock.now()
    hub.clock.time += 3
    hub.world.push("ada", SHOP, "free-shipping", FILES)
    hub.clock.time += 1
    hub.world.push("ada", SHOP, "free-shipping", {"README.md": "x\n"}, force=True)
    moved = await Refs(hub.app).head_moved_at(hub.repository, "free-shipping", since)
    assert moved == since + 4


async def test_the_same_second_counts_as_before(hub: Hub) -> None:
    hub.world.push("ada", SHOP, "free-shipping", FILES)
    refs = Refs(hub.app)
    assert await refs.head_moved_at(hub.repository, "free-shipping", hub.clock.now()) is None
    assert await refs.head_moved_at(hub.repository, "free-shipping", hub.clock.now() + 0.9) is None


async def test_pushes_to_other_branches_move_nothing(hub: Hub) -> None:
    since = hub.clock.now()
    hub.clock.time += 5
    hub.world.push("ada", SHOP, "free-shipping-2", FILES)
    assert await Refs(hub.app).head_moved_at(hub.repository, "free-shipping", since) is None


async def test_a_server_without_a_record_of_pushes_tells_none(hub: Hub) -> None:
    hub.world.faults.add(Fault("status", status=404, path=".*/activity"))
    hub.clock.time += 5
    hub.world.push("ada", SHOP, "free-shipping", FILES)
    assert await Refs(hub.app).head_moved_at(hub.repository, "free-shipping", 0) is None
    sha = hub.world.push("ada", SHOP, "quiet", FILES).sha
    assert await resolved(hub, sha) == ResolvedRef(sha=sha, ref=sha, via=None)


async def test_an_empty_repository_has_no_commits(hub: Hub) -> None:
    hub.world.add_repository("acme", "empty")
    hub.world.add_to_installation(hub.shop.installation.id, "acme/empty", "olive")
    assert await Refs(hub.app).resolve(hub.named("acme/empty"), "f" * 40) is None


async def test_a_commit_without_a_common_past_is_in_no_branch(hub: Hub) -> None:
    sha = hub.world.push("ada", SHOP, "quiet", FILES).sha
    hub.world.faults.add(Fault("status", status=404, path=".*/compare/.*", times=1))
    assert await resolved(hub, sha) == ResolvedRef(sha=sha, ref=sha, via="branch")


async def test_a_refusal_is_not_taken_for_absence(hub: Hub) -> None:
    hub.world.faults.add(Fault("status", status=403, path=".*/commits/.*", times=1))
    with pytest.raises(Refused):
        await resolved(hub, "f" * 40)
