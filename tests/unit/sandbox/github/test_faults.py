"""What can be made to go wrong."""

import pytest

from bot.sandbox.github import PRESETS, ApiRequest, Fault
from tests.unit.sandbox.github.client import NOW, SHOP, Client, Shop

COMMENTS = f"{SHOP}/issues/1/comments"


def test_a_lost_reply_has_its_effect_applied(shop: Shop, api: Client) -> None:
    shop.world.faults.add(Fault("lost_reply", method="POST", path=f".*{COMMENTS}", times=1))
    assert api.post(COMMENTS, {"body": "once"}).lost
    assert [one["body"] for one in api.get(COMMENTS).json()] == ["once"]


def test_a_reset_has_no_effect(shop: Shop, api: Client) -> None:
    shop.world.faults.add(Fault("reset", method="POST", times=1))
    assert api.post(COMMENTS, {"body": "never"}).lost
    assert api.get(COMMENTS).json() == []


@pytest.mark.parametrize("status", [500, 502, 503])
def test_a_failing_server_has_no_effect(shop: Shop, api: Client, status: int) -> None:
    shop.world.faults.add(Fault("status", status=status, times=1))
    answer = api.post(COMMENTS, {"body": "never"})
    assert answer.status == status
    assert answer.headers["content-type"].startswith("application/json" if status == 500 else "text/html")
    assert api.get(COMMENTS).json() == []


def test_the_primary_limit_says_when_it_is_reset(shop: Shop, api: Client) -> None:
    shop.world.faults.add(Fault("rate_limit_primary", seconds=90, times=1))
    answer = api.get(SHOP)
    assert (answer.status, answer.headers["x-ratelimit-remaining"]) == (403, "0")
    assert answer.headers["x-ratelimit-reset"] == str(int(NOW) + 90)
    assert "retry-after" not in answer.headers


@pytest.mark.parametrize(("asked", "status"), [(502, 403), (403, 403), (429, 429)])
def test_the_secondary_limit_says_how_long_to_wait(shop: Shop, api: Client, asked: int, status: int) -> None:
    shop.world.faults.add(Fault("rate_limit_secondary", status=asked, seconds=7, times=1))
    answer = api.get(SHOP)
    assert (answer.status, answer.headers["retry-after"]) == (status, "7")


def test_a_slow_answer_is_an_answer_and_can_fail_too(shop: Shop, api: Client) -> None:
    shop.world.faults.add(Fault("slow", seconds=3))
    assert (api.get(SHOP).status, api.get(SHOP).delay_seconds) == (200, 3)
    shop.world.faults.add(Fault("status", status=503))
    assert (api.get(SHOP).status, api.get(SHOP).delay_seconds) == (503, 3)


def test_not_found_once_is_found_the_second_time(shop: Shop, api: Client) -> None:
    shop.world.faults.add(Fault("not_found_once", path=f"{SHOP}/pulls/1"))
    assert [api.get(f"{SHOP}/pulls/1").status for _ in range(2)] == [404, 200]


def test_a_lagging_list_misses_its_newest_entry(shop: Shop, api: Client) -> None:
    api.post(COMMENTS, {"body": "old"})
    api.post(COMMENTS, {"body": "new"})
    shop.world.faults.add(Fault("lag", path=".*/comments", times=1))
    shop.world.faults.add(Fault("lag", path=".*/pulls", times=1))
    assert [one["body"] for one in api.get(COMMENTS).json()] == ["old"]
    assert [one["body"] for one in api.get(COMMENTS).json()] == ["old", "new"]
    assert [one["number"] for one in api.get(f"{SHOP}/pulls").json()] == [1]


def test_a_world_that_lags_hides_what_is_young(shop: Shop, api: Client) -> None:
    shop.world.lag(10.0)
    api.post(COMMENTS, {"body": "old"})
    assert api.get(COMMENTS).json() == []
    shop.clock.now += 9
    api.post(COMMENTS, {"body": "new"})
    shop.clock.now += 1
    assert [one["body"] for one in api.get(COMMENTS).json()] == ["old"]
    shop.world.lag(0)
    assert [one["body"] for one in api.get(COMMENTS).json()] == ["old", "new"]


def test_a_lag_concerns_lists_only(shop: Shop, api: Client) -> None:
    shop.world.faults.add(Fault("lag"))
    assert api.get(f"{SHOP}/pulls/1").status == 200


def test_a_fault_concerns_what_it_names(shop: Shop, api: Client) -> None:
    shop.world.faults.add(Fault("status", method="POST", path=".*/comments"))
    assert api.get(COMMENTS).status == 200
    assert api.post(COMMENTS, {"body": "x"}).status == 502
    assert api.post(f"{SHOP}/deployments", {"ref": "main"}).status == 201


def test_a_fault_lasts_until_it_is_cleared(shop: Shop, api: Client) -> None:
    shop.world.faults.add(Fault("status"))
    assert {api.get(SHOP).status for _ in range(5)} == {502}
    shop.world.faults.clear()
    assert api.get(SHOP).status == 200


def test_presets_are_put_in_force_by_name(shop: Shop) -> None:
    for name in PRESETS:
        shop.world.faults.preset(name)
    kinds = [rule.kind for rule in shop.world.faults.rules]
    assert kinds == ["status", "lose", "slow", "rate_limit_primary", "lag"]
    with pytest.raises(KeyError):
        shop.world.faults.preset("earthquake")


def test_a_rule_in_force_is_a_copy(shop: Shop, api: Client) -> None:
    fault = Fault("status", times=1)
    for _ in range(2):
        shop.world.faults.add(fault)
        assert [api.get(SHOP).status for _ in range(2)] == [502, 200]


def test_a_fault_of_requests_leaves_webhooks_alone_and_the_other_way_round(shop: Shop, api: Client) -> None:
    shop.world.faults.add(Fault("lose"))
    assert api.get(SHOP).status == 200
    shop.world.faults.clear()
    shop.world.faults.add(Fault("status"))
    shop.world.comment("ada", "acme/shop", 1, "hello")
    assert len(shop.world.outbox) == 1


def test_a_lost_webhook_is_in_the_log_as_unanswered(shop: Shop) -> None:
    shop.world.faults.add(Fault("lose", event="issue_comment", times=1))
    shop.world.comment("ada", "acme/shop", 1, "lost")
    shop.world.comment("ada", "acme/shop", 1, "sent")
    assert shop.events() == [("issue_comment", "created")]
    (entry,) = shop.app.get("/app/hook/deliveries").json()
    assert (entry["status"], entry["status_code"]) == ("failed to connect to host", 0)
    assert shop.app.get("/app/hook/deliveries?status=failure").json() == []


def test_a_doubled_webhook_comes_twice_with_one_guid(shop: Shop) -> None:
    shop.world.faults.add(Fault("duplicate", times=1))
    shop.world.comment("ada", "acme/shop", 1, "hello")
    first, second = shop.world.outbox.drain()
    assert first.guid == second.guid
    shop.world.record_delivery_result(first.guid, 202, 0.1)
    shop.world.record_delivery_result(second.guid, 202, 0.1)


def test_a_reordered_webhook_comes_after_the_next(shop: Shop) -> None:
    shop.world.faults.add(Fault("reorder", times=1))
    shop.world.comment("ada", "acme/shop", 1, "first")
    shop.world.comment("ada", "acme/shop", 1, "second")
    bodies = [one["comment"]["body"] for one in shop.payloads("issue_comment")]
    assert bodies == ["second", "first"]


def test_a_reordered_webhook_without_a_next_comes_all_the_same(shop: Shop) -> None:
    shop.world.faults.add(Fault("reorder", times=1))
    shop.world.comment("ada", "acme/shop", 1, "alone")
    assert shop.world.outbox.take(NOW) is None
    assert shop.world.outbox.take(NOW + 2) is not None


def test_a_stalled_webhook_comes_when_its_time_is_over(shop: Shop) -> None:
    shop.world.faults.add(Fault("stall", seconds=5, times=1))
    shop.world.comment("ada", "acme/shop", 1, "late")
    shop.world.comment("ada", "acme/shop", 1, "on time")
    assert shop.world.outbox.next_release() == NOW + 5
    assert b"on time" in taken(shop, NOW + 4)
    assert taken(shop, NOW + 4) == b""
    assert b"late" in taken(shop, NOW + 5)


def test_what_is_held_can_be_let_go(shop: Shop) -> None:
    shop.world.faults.add(Fault("stall"))
    shop.world.comment("ada", "acme/shop", 1, "late")
    shop.world.outbox.release()
    assert shop.events() == [("issue_comment", "created")]


def test_faults_come_before_signing_in(shop: Shop) -> None:
    shop.world.faults.add(Fault("status", status=500))
    assert shop.world.api(ApiRequest("GET", SHOP)).status == 500


def taken(shop: Shop, now: float) -> bytes:
    """The body of the next webhook that is due."""
    webhook = shop.world.outbox.take(now)
    return webhook.body if webhook else b""
