"""The rate limits."""

from bot.sandbox.github import Strictness
from tests.unit.sandbox.github.client import SHOP, Client, Shop


def test_each_request_is_counted(api: Client) -> None:
    before = int(api.get(SHOP).headers["x-ratelimit-remaining"])
    assert int(api.get(SHOP).headers["x-ratelimit-remaining"]) == before - 1


def test_once_nothing_is_left_the_answer_is_403_until_the_reset(shop: Shop, api: Client) -> None:
    shop.world.limits.bucket(shop.installation.id, shop.clock.now).used = 5_000
    answer = api.get(SHOP)
    assert answer.status == 403
    assert answer.json()["message"] == f"API rate limit exceeded for installation ID {shop.installation.id}."
    assert answer.headers["x-ratelimit-remaining"] == "0"
    shop.clock.now = float(answer.headers["x-ratelimit-reset"])
    assert shop.app.as_installation(shop.installation).get(SHOP).status == 200


def test_the_app_and_its_installations_have_limits_of_their_own(shop: Shop, api: Client) -> None:
    shop.world.limits.bucket(shop.installation.id, shop.clock.now).used = 5_000
    assert (api.get(SHOP).status, shop.app.get("/app").status) == (403, 200)


def test_asking_for_the_limit_costs_nothing(api: Client) -> None:
    used = [api.get("/rate_limit").json()["rate"]["used"] for _ in range(2)]
    assert used[0] == used[1]


def test_the_app_may_ask_for_its_limit(shop: Shop) -> None:
    assert shop.app.get("/rate_limit").json()["resources"]["core"]["limit"] == 5_000


def test_nine_hundred_points_in_a_minute_are_enough_and_no_more(shop: Shop, api: Client) -> None:
    shop.world.strictness = Strictness(secondary_limits=True)
    answers = [api.get(SHOP) for _ in range(901)]
    assert [one.status for one in answers].count(200) == 900
    assert answers[-1].headers["retry-after"] == "60"
    shop.clock.now += 60
    assert api.get(SHOP).status == 200


def test_eighty_comments_in_a_minute_are_enough_and_no_more(shop: Shop, api: Client) -> None:
    shop.world.strictness = Strictness(secondary_limits=True)
    statuses = [api.post(f"{SHOP}/issues/1/comments", {"body": "x"}).status for _ in range(81)]
    assert statuses == [201] * 80 + [403]


def test_five_hundred_comments_in_an_hour_are_enough_and_no_more(shop: Shop, api: Client) -> None:
    shop.world.strictness = Strictness(secondary_limits=True)
    statuses = []
    for _ in range(501):
        shop.clock.now += 1
        statuses.append(api.post(f"{SHOP}/issues/1/comments", {"body": "x"}).status)
    assert statuses == [201] * 500 + [403]
