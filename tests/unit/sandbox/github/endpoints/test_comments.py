"""Comments and reactions over the API."""

from typing import Any

import pytest

from tests.unit.sandbox.github.client import SHOP, Client, Shop

COMMENTS = f"{SHOP}/issues/1/comments"


@pytest.fixture
def comment(shop: Shop) -> str:
    """The address of a person's comment."""
    return f"{SHOP}/issues/comments/{shop.world.comment('ada', 'acme/shop', 1, '/deploy').id}"


def test_a_comment_is_made_read_and_changed(shop: Shop, api: Client) -> None:
    made = api.post(COMMENTS, {"body": "one"})
    assert (made.status, made.json()["user"]["login"]) == (201, "pointsman[bot]")
    path = f"{SHOP}/issues/comments/{made.json()['id']}"
    shop.clock.now += 60
    changed = api.patch(path, {"body": "two"}).json()
    assert (changed["created_at"], changed["updated_at"]) == ("2026-11-24T19:53:20Z", "2026-11-24T19:54:20Z")
    assert api.get(path).json()["body"] == "two"


def test_comments_are_listed_since_a_time(shop: Shop, api: Client) -> None:
    api.post(COMMENTS, {"body": "one"})
    shop.clock.now += 60
    api.post(COMMENTS, {"body": "two"})
    since = f"{COMMENTS}?since=2026-11-24T19:54:20Z"
    assert [one["body"] for one in api.get(since).json()] == ["two"]
    assert api.get(f"{COMMENTS}?since=yesterday").status == 422


def test_a_locked_conversation_takes_no_comment(shop: Shop, api: Client) -> None:
    shop.world.pull(shop.world.repository("acme/shop"), 1).locked = True
    answer = api.post(COMMENTS, {"body": "one"})
    assert (answer.status, answer.json()["message"]) == (
        403,
        "Unable to create comment because issue is locked.",
    )


def test_an_archived_repository_is_only_read(shop: Shop, api: Client) -> None:
    shop.world.repository("acme/shop").archived = True
    answer = api.post(COMMENTS, {"body": "one"})
    assert (answer.status, answer.json()["message"]) == (403, "Repository was archived so is read-only.")
    assert api.get(COMMENTS).status == 200


def test_a_comment_links_to_its_place_on_the_page(comment: str, api: Client) -> None:
    shown = api.get(comment).json()
    assert shown["html_url"] == f"http://127.0.0.1/acme/shop/pull/1#issuecomment-{shown['id']}"


def test_comments_on_nothing_are_a_404(api: Client) -> None:
    assert api.post(f"{SHOP}/issues/9/comments", {"body": "x"}).status == 404
    assert api.get(f"{SHOP}/issues/9/comments").status == 404
    assert api.patch(f"{SHOP}/issues/comments/1", {"body": "x"}).status == 404


def test_a_body_may_have_65536_characters(api: Client) -> None:
    assert api.post(COMMENTS, {"body": "é" * 65_536}).status == 201
    assert api.post(COMMENTS, {"body": "é" * 65_537}).status == 422


def test_a_reaction_is_201_once_and_then_200(comment: str, api: Client) -> None:
    answers = [api.post(f"{comment}/reactions", {"content": "eyes"}) for _ in range(2)]
    assert [one.status for one in answers] == [201, 200]
    assert answers[0].json() == answers[1].json()
    assert api.get(comment).json()["reactions"]["eyes"] == 1


def test_reactions_are_listed_by_kind_and_taken_back(shop: Shop, comment: str, api: Client) -> None:
    number = int(comment.rpartition("/")[2])
    shop.world.react("grace", "acme/shop", number, "eyes")
    mine = api.post(f"{comment}/reactions", {"content": "eyes"}).json()
    api.post(f"{comment}/reactions", {"content": "rocket"})
    assert logins(api.get(f"{comment}/reactions?content=eyes").json()) == ["grace", "pointsman[bot]"]
    assert len(api.get(f"{comment}/reactions").json()) == 3
    assert api.send("DELETE", f"{comment}/reactions/{mine['id']}").status == 204
    assert logins(api.get(f"{comment}/reactions?content=eyes").json()) == ["grace"]


def logins(reactions: list[Any]) -> list[str]:
    """Who reacted."""
    return [one["user"]["login"] for one in reactions]


def test_only_ones_own_reactions_can_be_taken_back(shop: Shop, comment: str, api: Client) -> None:
    shop.world.react("grace", "acme/shop", int(comment.rpartition("/")[2]), "eyes")
    (hers,) = api.get(f"{comment}/reactions").json()
    assert api.send("DELETE", f"{comment}/reactions/{hers['id']}").status == 404


@pytest.mark.parametrize(
    ("permission", "comments", "reacts"),
    [("issues", 201, 403), ("pull_requests", 201, 201), ("checks", 403, 403)],
)
def test_on_pull_requests_either_permission_comments_but_only_one_reacts(
    shop: Shop, comment: str, permission: str, comments: int, reacts: int
) -> None:
    limited = shop.app.as_installation(shop.installation, permissions={permission: "write"})
    assert limited.post(COMMENTS, {"body": "x"}).status == comments
    assert limited.post(f"{comment}/reactions", {"content": "eyes"}).status == reacts


def test_on_plain_issues_the_permission_for_pull_requests_is_not_enough(shop: Shop) -> None:
    issue = shop.world.open_issue("ada", "acme/shop", "A question")
    limited = shop.app.as_installation(shop.installation, permissions={"pull_requests": "write"})
    assert limited.post(f"{SHOP}/issues/{issue.number}/comments", {"body": "x"}).status == 403
