"""The App, its installations and tokens, and the log of deliveries."""

from typing import Any

import pytest

from tests.unit.sandbox.github.client import SHOP, Client, Shop


def deliver(shop: Shop, *statuses: int | None) -> None:
    """One comment per status, each delivered with that answer."""
    for status in statuses:
        shop.world.comment("ada", "acme/shop", 1, "hello")
        for webhook in shop.world.outbox.drain():
            shop.world.record_delivery_result(webhook.guid, status, 0.25)


def deliveries(shop: Shop, query: str = "") -> list[Any]:
    """The log."""
    found: list[Any] = shop.app.get(f"/app/hook/deliveries{query}").json()
    return found


def test_the_app_says_what_it_may_and_hears(shop: Shop) -> None:
    app = shop.app.get("/app").json()
    assert (app["slug"], app["installations_count"]) == ("pointsman", 1)
    assert app["permissions"]["checks"] == "write"
    assert "push" in app["events"]


def test_installations_are_listed_and_found(shop: Shop) -> None:
    (listed,) = shop.app.get("/app/installations").json()
    assert listed["account"]["login"] == "acme"
    assert shop.app.get(f"/app/installations/{listed['id']}").json() == listed
    assert shop.app.get(f"{SHOP}/installation").json() == listed
    assert shop.app.get("/app/installations/1").status == 404


def test_a_repository_without_the_app_has_no_installation(shop: Shop) -> None:
    shop.world.add_repository("acme", "other")
    assert shop.app.get("/repos/acme/other/installation").status == 404


def test_a_token_says_what_it_was_limited_to(shop: Shop) -> None:
    path = f"/app/installations/{shop.installation.id}/access_tokens"
    number = shop.world.repository("acme/shop").id
    answer = shop.app.post(path, {"repository_ids": [number], "permissions": {"checks": "write"}})
    token = answer.json()
    assert answer.status == 201
    assert token["permissions"] == {"metadata": "read", "checks": "write"}
    assert [one["full_name"] for one in token["repositories"]] == ["acme/shop"]
    assert token["expires_at"] == "2026-11-24T20:53:20Z"
    assert "repositories" not in shop.app.post(path).json()


@pytest.mark.parametrize(
    "body",
    [
        {"repositories": ["shop", "nothing"]},
        {"repository_ids": [1]},
        {"permissions": {"administration": "read"}},
        {"permissions": {"members": "write"}},
        {"repository_ids": list(range(501))},
    ],
)
def test_a_token_for_more_than_was_granted_is_a_422(shop: Shop, body: dict[str, Any]) -> None:
    assert shop.app.post(f"/app/installations/{shop.installation.id}/access_tokens", body).status == 422


def test_a_token_for_no_installation_is_a_404(shop: Shop) -> None:
    assert shop.app.post("/app/installations/1/access_tokens").status == 404


def test_the_tokens_repositories_are_listed(shop: Shop) -> None:
    shop.world.add_repository("acme", "other")
    shop.world.add_to_installation(shop.installation.id, "acme/other", "olive")
    narrow = shop.app.as_installation(shop.installation, repositories=["other"])
    wide = shop.app.as_installation(shop.installation)
    assert names(narrow) == ["acme/other"]
    assert names(wide) == ["acme/shop", "acme/other"]


def names(client: Client) -> list[str]:
    """The repositories that a client sees."""
    answer = client.get("/installation/repositories").json()
    assert answer["total_count"] == len(answer["repositories"])
    return [one["full_name"] for one in answer["repositories"]]


def test_an_installation_for_all_repositories_sees_later_ones_too(shop: Shop) -> None:
    installation = shop.world.install("grace", None, "grace")
    shop.world.add_repository("grace", "notes", private=True)
    assert names(shop.app.as_installation(installation)) == ["grace/notes"]


def test_a_delivery_is_logged_once_it_was_attempted(shop: Shop) -> None:
    shop.world.comment("ada", "acme/shop", 1, "hello")
    assert deliveries(shop) == []
    (webhook,) = shop.world.outbox.drain()
    shop.world.record_delivery_result(webhook.guid, 202, 0.25)
    (entry,) = deliveries(shop)
    assert entry["guid"] == webhook.guid
    assert (entry["status"], entry["status_code"], entry["duration"]) == ("OK", 202, 0.25)
    assert (entry["event"], entry["action"], entry["redelivery"]) == ("issue_comment", "created", False)
    assert entry["installation_id"] == shop.installation.id


def test_the_log_is_filtered_by_status_and_misses_what_nobody_answered(shop: Shop) -> None:
    deliver(shop, 202, 503, None)
    assert [one["status_code"] for one in deliveries(shop)] == [0, 503, 202]
    assert [one["status_code"] for one in deliveries(shop, "?status=failure")] == [503]
    assert [one["status_code"] for one in deliveries(shop, "?status=success")] == [202]
    assert shop.app.get("/app/hook/deliveries?status=odd").status == 422


def test_the_log_is_read_by_cursor(shop: Shop) -> None:
    deliver(shop, *range(200, 205))
    first = shop.app.get("/app/hook/deliveries?per_page=3")
    assert [one["status_code"] for one in first.json()] == [204, 203, 202]
    link = first.headers["link"].partition(">")[0].removeprefix("<http://127.0.0.1/api/v3")
    second = shop.app.get(link)
    assert [one["status_code"] for one in second.json()] == [201, 200]
    assert "link" not in second.headers
    assert shop.app.get("/app/hook/deliveries?cursor=odd").status == 422


def test_a_redelivery_keeps_the_guid_and_the_bytes(shop: Shop) -> None:
    deliver(shop, 503)
    (failed,) = deliveries(shop)
    assert shop.app.post(f"/app/hook/deliveries/{failed['id']}/attempts").status == 202
    (again,) = shop.world.outbox.drain()
    assert again.guid == failed["guid"]
    shop.world.record_delivery_result(again.guid, 202, 0.1)
    newest, oldest = deliveries(shop)
    assert (newest["guid"], newest["redelivery"], newest["status"]) == (failed["guid"], True, "OK")
    assert newest["id"] != oldest["id"]
    assert oldest == failed


def test_a_delivery_shows_what_was_sent(shop: Shop) -> None:
    deliver(shop, 503)
    (failed,) = deliveries(shop)
    shown = shop.app.get(f"/app/hook/deliveries/{failed['id']}").json()
    assert shown["request"]["payload"]["comment"]["body"] == "hello"
    assert shown["request"]["headers"]["X-GitHub-Delivery"] == failed["guid"]


def test_deliveries_are_forgotten_after_three_days(shop: Shop) -> None:
    deliver(shop, 503)
    (failed,) = deliveries(shop)
    shop.clock.now += 3 * 86_400 + 1
    assert deliveries(shop) == []
    assert shop.app.post(f"/app/hook/deliveries/{failed['id']}/attempts").status == 404


def test_a_result_without_a_delivery_is_a_mistake(shop: Shop) -> None:
    with pytest.raises(KeyError):
        shop.world.record_delivery_result("unknown", 200, 0.1)
