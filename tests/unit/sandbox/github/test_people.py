"""What people can do, and what GitHub would not let them do."""

from collections.abc import Callable

import pytest

from bot.sandbox.github import GitHubWorld, NotAllowed
from bot.sandbox.github.exchange import Refusal
from tests.unit.sandbox.github.client import Shop


def kinds(shop: Shop, ref: str) -> list[str]:
    """The activity log of a branch."""
    log = shop.world.repository("acme/shop").activity
    return [entry.kind for entry in log if entry.ref == f"refs/heads/{ref}"]


def test_a_push_moves_a_branch_and_is_logged_with_the_servers_time(shop: Shop) -> None:
    shop.clock.now += 10
    commit = shop.world.push("ada", "acme/shop", "main", {"a": "b"})
    assert shop.main == commit.sha
    entry = shop.world.repository("acme/shop").activity[-1]
    assert (entry.kind, entry.actor.login, entry.timestamp) == ("push", "ada", shop.clock.now)


def test_the_activity_log_tells_the_ways_of_moving_apart(shop: Shop) -> None:
    shop.world.push("ada", "acme/shop", "topic", {"a": "1"})
    shop.world.push("ada", "acme/shop", "topic", {"a": "2"})
    shop.world.push("ada", "acme/shop", "topic", {"a": "3"}, force=True)
    shop.world.delete_branch("ada", "acme/shop", "topic")
    assert kinds(shop, "topic") == ["branch_creation", "push", "force_push", "branch_deletion"]


def test_a_forced_push_replaces_the_tip(shop: Shop) -> None:
    first = shop.world.push("ada", "acme/shop", "topic", {"a": "1"})
    second = shop.world.push("ada", "acme/shop", "topic", {"a": "2"}, "Again", force=True)
    assert second.parents == first.parents
    assert second.sha != first.sha


def test_a_push_to_a_pull_requests_branch_gives_it_a_new_head(shop: Shop) -> None:
    commit = shop.world.push("ada", "acme/shop", "free-shipping", {"a": "b"})
    assert shop.head == commit.sha
    assert ("pull_request", "synchronize") in shop.events()


def test_a_push_to_a_closed_pull_requests_branch_does_not(shop: Shop) -> None:
    shop.world.close("ada", "acme/shop", 1)
    shop.events()
    shop.world.push("ada", "acme/shop", "free-shipping", {"a": "b"})
    assert ("pull_request", "synchronize") not in shop.events()
    shop.world.reopen("ada", "acme/shop", 1)
    assert shop.head == shop.world.repository("acme/shop").branches["free-shipping"]


def test_a_merge_makes_a_commit_with_two_parents(shop: Shop) -> None:
    before, head = shop.main, shop.head
    sha = shop.world.merge("grace", "acme/shop", 1)
    commit = shop.world.repository("acme/shop").history.commits[sha]
    assert (commit.parents, shop.main) == ((before, head), sha)
    assert commit.message.startswith("Merge pull request #1 from acme/free-shipping")
    assert kinds(shop, "main")[-1] == "pr_merge"


def test_a_squash_makes_a_commit_with_one_parent(shop: Shop) -> None:
    before = shop.main
    sha = shop.world.merge("grace", "acme/shop", 1, "squash")
    commit = shop.world.repository("acme/shop").history.commits[sha]
    assert commit.parents == (before,)
    assert commit.message == "Free shipping from 50 euros (#1)"
    assert b">= 50" in commit.tree["services/api/app.py"].content


def test_a_conflict_cannot_be_merged(shop: Shop) -> None:
    shop.world.push("lin", "acme/shop", "main", {"services/api/app.py": "something else"})
    with pytest.raises(NotAllowed):
        shop.world.merge("grace", "acme/shop", 1)
    assert shop.api.get("/repos/acme/shop/pulls/1").json()["mergeable_state"] == "dirty"


def test_a_merged_pull_request_can_neither_be_merged_nor_closed_nor_reopened(shop: Shop) -> None:
    shop.world.merge("grace", "acme/shop", 1)
    with pytest.raises(NotAllowed):
        shop.world.merge("grace", "acme/shop", 1)
    with pytest.raises(NotAllowed):
        shop.world.close("grace", "acme/shop", 1)
    with pytest.raises(NotAllowed):
        shop.world.reopen("grace", "acme/shop", 1)


def test_deleting_the_branch_closes_its_pull_request(shop: Shop) -> None:
    shop.world.delete_branch("ada", "acme/shop", "free-shipping")
    assert shop.world.pull(shop.world.repository("acme/shop"), 1).state == "closed"


@pytest.mark.parametrize(
    "deed",
    [
        lambda world: world.push("mallory", "acme/shop", "main", {"a": "b"}),
        lambda world: world.merge("mallory", "acme/shop", 1),
        lambda world: world.close("mallory", "acme/shop", 1),
        lambda world: world.edit_pull_request("mallory", "acme/shop", 1, title="x"),
        lambda world: world.create_tag("mallory", "acme/shop", "v1"),
        lambda world: world.delete_branch("mallory", "acme/shop", "free-shipping"),
        lambda world: world.post_status("mallory", "acme/shop", "a" * 40, "x", "success"),
    ],
)
def test_a_stranger_changes_nothing(shop: Shop, deed: Callable[[GitHubWorld], object]) -> None:
    with pytest.raises(NotAllowed):
        deed(shop.world)
    assert shop.events() == []


def test_a_stranger_may_talk_in_public_but_not_in_private(shop: Shop) -> None:
    shop.world.comment("mallory", "acme/shop", 1, "hello")
    shop.world.repository("acme/shop").private = True
    with pytest.raises(NotAllowed):
        shop.world.comment("mallory", "acme/shop", 1, "hello")


def test_people_change_their_own_comments_and_maintainers_everybodys(shop: Shop) -> None:
    comment = shop.world.comment("mallory", "acme/shop", 1, "hello")
    shop.world.edit_comment("mallory", "acme/shop", comment.id, "hello!")
    shop.world.edit_comment("ada", "acme/shop", comment.id, "(redacted)")
    other = shop.world.comment("ada", "acme/shop", 1, "hello")
    with pytest.raises(NotAllowed):
        shop.world.edit_comment("mallory", "acme/shop", other.id, "x")


def test_the_same_text_is_no_edit(shop: Shop) -> None:
    comment = shop.world.comment("ada", "acme/shop", 1, "hello")
    shop.events()
    shop.world.edit_comment("ada", "acme/shop", comment.id, "hello")
    shop.world.edit_pull_request("ada", "acme/shop", 1, title="Free shipping from 50 euros")
    assert shop.events() == []


def test_nobody_approves_their_own_pull_request(shop: Shop) -> None:
    with pytest.raises(NotAllowed):
        shop.world.review("ada", "acme/shop", 1)
    assert shop.world.review("ada", "acme/shop", 1, "COMMENTED").commit_id == shop.head


def test_a_review_stays_with_the_commit_that_it_was_for(shop: Shop) -> None:
    reviewed = shop.head
    shop.world.review("grace", "acme/shop", 1)
    shop.world.push("ada", "acme/shop", "free-shipping", {"a": "b"})
    (review,) = shop.api.get("/repos/acme/shop/pulls/1/reviews").json()
    assert (review["state"], review["commit_id"]) == ("APPROVED", reviewed)


def test_a_fork_is_made_when_it_is_not_there(shop: Shop) -> None:
    for number in range(2):
        shop.world.open_pull_request(
            "mallory", "mallory/shop", f"topic-{number}", "Topic", {"x": str(number)}, fork_of="acme/shop"
        )
    pull = shop.api.get("/repos/acme/shop/pulls/4").json()
    assert pull["head"]["repo"]["full_name"] == "mallory/shop"
    assert pull["head"]["repo"]["fork"]
    assert pull["base"]["repo"]["full_name"] == "acme/shop"
    assert pull["author_association"] == "NONE"


def test_a_forks_commit_can_be_read_through_the_parent(shop: Shop) -> None:
    pull = shop.world.open_pull_request(
        "mallory", "mallory/shop", "evil", "Evil", {"x": "y"}, fork_of="acme/shop"
    )
    assert shop.api.get(f"/repos/acme/shop/commits/{pull.head_sha}").status == 200
    assert shop.api.get(f"/repos/acme/shop/compare/main...{pull.head_sha}").json()["status"] == "ahead"


@pytest.mark.parametrize(("actor", "repository"), [("nobody", "acme/shop"), ("ada", "acme/nothing")])
def test_an_unknown_person_or_repository_is_not_found(shop: Shop, actor: str, repository: str) -> None:
    with pytest.raises(Refusal):
        shop.world.comment(actor, repository, 1, "x")


def test_a_taken_name_cannot_be_taken_again(shop: Shop) -> None:
    with pytest.raises(ValueError, match="taken"):
        shop.world.add_account("ADA")
    with pytest.raises(ValueError, match="exists"):
        shop.world.add_repository("acme", "Shop")
