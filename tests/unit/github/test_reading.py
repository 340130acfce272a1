"""What Pointsman reads from GitHub before it decides."""

import pytest

from bot.domain.errors import PassingFault
from bot.domain.instance import InstancePolicy
from bot.drivers import rules
from bot.github.configuration import Configuration
from bot.github.faults import NotThere, Refused
from bot.github.reading import GitHubReading
from bot.ports import ChangedFiles, GitHub, PullRequest
from bot.sandbox.github import Fault
from tests.unit.github.hub import SHOP, Hub

FILES = {"services/api/app.py": "# changed\n"}


def reading(hub: Hub, owners: tuple[str, ...] | None = None) -> GitHubReading:
    instance = InstancePolicy(owners=owners)
    return GitHubReading(hub.app, Configuration(hub.app, instance, rules()), instance.serves)


def number(hub: Hub) -> int:
    return hub.shop.pull_requests[0].number


async def test_it_is_the_port_that_reactors_read_through(hub: Hub) -> None:
    port: GitHub = reading(hub)
    assert await port.permission(hub.repository, "ada") == "write"
    assert await port.in_team("acme", "sre", "lin", hub.repository)
    assert (await port.default_head(hub.repository)).via == "default_branch"
    assert (await port.policy(hub.repository)).status == "invalid"
    assert (await port.policy_at(hub.repository, hub.shop.repository.branches["main"])).status == "invalid"
    assert await port.resolve(hub.repository, "nothing") is None
    assert await port.head_moved_at(hub.repository, "main", hub.clock.now()) is None


async def test_an_open_pull_request_has_its_head_and_no_merge(hub: Hub) -> None:
    pull = hub.shop.pull_requests[0]
    assert await reading(hub).pull_request(hub.repository, pull.number) == PullRequest(
        number=pull.number,
        state="open",
        title="Free shipping from 50 euros",
        author="ada",
        head_sha=pull.head_sha,
        head_ref="free-shipping",
        head_repository=SHOP,
        base_ref="main",
        merge_sha=None,
        default_branch="main",
    )


async def test_a_merged_pull_request_has_its_merge(hub: Hub) -> None:
    sha = hub.world.merge("grace", SHOP, number(hub))
    found = await reading(hub).pull_request(hub.repository, number(hub))
    assert (found.state, found.merge_sha) == ("merged", sha)


async def test_a_closed_pull_request_is_closed(hub: Hub) -> None:
    hub.world.close("ada", SHOP, number(hub))
    assert (await reading(hub).pull_request(hub.repository, number(hub))).state == "closed"


async def test_a_pull_request_is_read_afresh_and_for_free_when_unchanged(hub: Hub) -> None:
    port = reading(hub)
    await port.pull_request(hub.repository, number(hub))
    await port.pull_request(hub.repository, number(hub))
    assert hub.asked[-1].status == 304
    commit = hub.world.push("ada", SHOP, "free-shipping", FILES)
    assert (await port.pull_request(hub.repository, number(hub))).head_sha == commit.sha


async def test_a_renamed_repository_is_found_under_its_old_name(hub: Hub) -> None:
    repository = hub.repository
    hub.world.rename_repository(SHOP, "store")
    assert (await reading(hub).pull_request(repository, number(hub))).number == number(hub)


async def test_what_is_not_there_yet_says_so(hub: Hub) -> None:
    hub.world.faults.add(Fault("not_found_once", path=".*/pulls/.*", times=1))
    with pytest.raises(NotThere):
        await reading(hub).pull_request(hub.repository, number(hub))
    await reading(hub).pull_request(hub.repository, number(hub))


async def test_the_files_of_a_head_are_listed_once(hub: Hub) -> None:
    port = reading(hub)
    assert await port.changed_files(hub.repository, number(hub)) == ChangedFiles(
        ("services/api/app.py",), truncated=False
    )
    await port.changed_files(hub.repository, number(hub))
    assert hub.requests("GET", "/files") == 1
    hub.world.push("ada", SHOP, "free-shipping", {"services/web/new.css": "a {}\n"})
    assert (await port.changed_files(hub.repository, number(hub))).paths == (
        "services/api/app.py",
        "services/web/new.css",
    )


async def test_many_files_are_listed_page_by_page(hub: Hub) -> None:
    many = {f"docs/{each}.md": "x\n" for each in range(250)}
    pull = hub.world.open_pull_request("ada", SHOP, "docs", "Docs", many)
    listed = await reading(hub).changed_files(hub.repository, pull.number)
    assert (len(listed.paths), listed.truncated) == (250, False)


async def test_a_list_that_github_cut_off_is_marked(hub: Hub) -> None:
    many = {f"docs/{each}.md": "x\n" for each in range(3_001)}
    pull = hub.world.open_pull_request("ada", SHOP, "docs", "Docs", many)
    listed = await reading(hub).changed_files(hub.repository, pull.number)
    assert (len(listed.paths), listed.truncated) == (3_000, True)


async def test_open_pull_requests_are_found_by_their_head(hub: Hub) -> None:
    port = reading(hub)
    first, second = hub.shop.pull_requests
    assert await port.pull_requests_of(hub.repository, first.head_sha) == (first.number,)
    hub.world.close("grace", SHOP, second.number)
    assert await port.pull_requests_of(hub.repository, second.head_sha) == ()
    assert await port.pull_requests_of(hub.repository, "f" * 40) == ()


async def test_a_forks_pull_request_is_found_though_githubs_list_by_commit_lacks_it(hub: Hub) -> None:
    pull = hub.world.open_pull_request("mallory", "mallory/shop", "x", "From afar", FILES, fork_of=SHOP)
    hub.world.faults.add(Fault("status", path=f".*/commits/{pull.head_sha}/pulls", status=422))
    assert await reading(hub).pull_requests_of(hub.repository, pull.head_sha) == (pull.number,)


async def test_a_comparison_tells_commits_files_and_a_link(hub: Hub) -> None:
    pull = hub.shop.pull_requests[0]
    base = hub.shop.repository.branches["main"]
    compared = await reading(hub).compare(hub.repository, base, pull.head_sha)
    assert compared is not None
    assert (compared.status, compared.ahead_by) == ("ahead", 1)
    assert compared.commits == ((pull.head_sha, "Free shipping from 50 euros", "ada"),)
    assert compared.files == ChangedFiles(("services/api/app.py",), truncated=False)
    assert compared.url.endswith(f"/acme/shop/compare/{base}...{pull.head_sha}")


async def test_of_many_commits_the_newest_are_told(hub: Hub) -> None:
    base = hub.shop.repository.branches["main"]
    for each in range(205):
        hub.world.push("ada", SHOP, "long", {"README.md": f"{each}\n"}, f"Step {each}")
    tip = hub.shop.repository.branches["long"]
    compared = await reading(hub).compare(hub.repository, base, tip)
    assert compared is not None
    assert compared.ahead_by == 205
    assert compared.commits[-1] == (tip, "Step 204", "ada")
    assert len(compared.commits) <= 100
    assert compared.files.paths == ("README.md",)


async def test_a_comparison_of_many_files_is_marked(hub: Hub) -> None:
    base = hub.shop.repository.branches["main"]
    tip = hub.world.push("ada", SHOP, "wide", {f"docs/{each}.md": "x\n" for each in range(300)}).sha
    compared = await reading(hub).compare(hub.repository, base, tip)
    assert compared is not None
    assert compared.files.truncated


async def test_a_commit_that_is_gone_cannot_be_compared(hub: Hub) -> None:
    assert await reading(hub).compare(hub.repository, "f" * 40, "main") is None


async def test_the_repositories_of_all_installations_are_listed_once_a_minute(hub: Hub) -> None:
    hub.world.add_repository("mallory", "notes")
    other = hub.world.install("mallory", None, "mallory")
    port = reading(hub)
    listed = await port.repositories()
    assert [(each.full_name, each.installation) for each in listed] == [
        (SHOP, hub.shop.installation.id),
        ("mallory/notes", other.id),
    ]
    await port.repositories()
    assert hub.requests("GET", "/app/installations") == 1
    hub.clock.time += 60
    await port.repositories()
    assert hub.requests("GET", "/app/installations") == 2


async def test_installations_that_are_not_served_or_suspended_are_left_out(hub: Hub) -> None:
    hub.world.add_repository("mallory", "notes")
    hub.world.install("mallory", None, "mallory")
    assert [each.full_name for each in await reading(hub, owners=("ACME",)).repositories()] == [SHOP]
    hub.world.suspend_installation(hub.shop.installation.id, "olive")
    assert await reading(hub, owners=("acme",)).repositories() == ()


async def test_an_installation_that_cannot_be_listed_keeps_its_last_list(hub: Hub) -> None:
    port = reading(hub)
    hub.world.faults.add(Fault("status", path=".*/installation/repositories", times=1))
    with pytest.raises(PassingFault):
        await port.repositories()
    before = await port.repositories()
    hub.clock.time += 60
    hub.world.faults.add(Fault("status", path=".*/installation/repositories", times=1))
    assert await port.repositories() == before != ()


async def test_an_installation_that_refuses_hides_nobody_elses_repositories(hub: Hub) -> None:
    hub.world.add_repository("mallory", "notes")
    other = hub.world.install("mallory", None, "mallory")
    path = f".*/installations/{other.id}/access_tokens"
    hub.world.faults.add(Fault("status", status=404, method="POST", path=path))
    assert [each.full_name for each in await reading(hub).repositories()] == [SHOP]


async def test_a_refused_search_for_pull_requests_is_no_empty_answer(hub: Hub) -> None:
    hub.world.faults.add(Fault("status", status=403, path=".*/pulls", times=1))
    with pytest.raises(Refused):
        await reading(hub).pull_requests_of(hub.repository, "f" * 40)
