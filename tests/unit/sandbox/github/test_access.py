"""What people may do in a repository, and how GitHub names their relation to it."""

import pytest

from bot.sandbox.github import GitHubWorld, NotAllowed
from bot.sandbox.github.access import association_of, permission_of, require
from tests.unit.sandbox.github.client import Shop


def relation(world: GitHubWorld, login: str, repository: str = "acme/shop") -> str:
    """The `author_association` of somebody."""
    return association_of(world, world.repository(repository), world.account(login))


def test_relations_are_named_as_github_names_them(shop: Shop) -> None:
    shop.world.add_repository("mallory", "notes")
    assert relation(shop.world, "mallory", "mallory/notes") == "OWNER"
    assert relation(shop.world, "lin") == "MEMBER"
    assert relation(shop.world, "mallory") == "NONE"
    shop.world.set_permission("acme/shop", "mallory", "triage")
    assert relation(shop.world, "mallory") == "COLLABORATOR"


def test_who_had_something_merged_is_a_contributor(shop: Shop) -> None:
    pull = shop.world.open_pull_request(
        "mallory", "mallory/shop", "fix", "Fix", {"x": "y"}, fork_of="acme/shop"
    )
    shop.world.merge("lin", "acme/shop", pull.number)
    assert relation(shop.world, "mallory") == "CONTRIBUTOR"


def test_an_owner_may_everything(shop: Shop) -> None:
    repository = shop.world.add_repository("mallory", "notes", private=True)
    assert permission_of(shop.world, repository, shop.world.account("mallory")) == "admin"
    assert permission_of(shop.world, repository, shop.world.account("olive")) == "none"


def test_a_refusal_names_what_is_missing(shop: Shop) -> None:
    repository, stranger = shop.world.repository("acme/shop"), shop.world.account("mallory")
    with pytest.raises(NotAllowed, match="mallory has read access to acme/shop and needs write to merge"):
        require(shop.world, repository, stranger, "write", "merge")


def test_a_bot_is_not_asked_for_a_persons_permission(shop: Shop) -> None:
    require(shop.world, shop.world.repository("acme/shop"), shop.world.bot, "write", "merge")
