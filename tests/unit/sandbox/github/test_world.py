"""What holds for every request: unknown endpoints, bodies, ETags, pages, redirects, headers."""

import copy
import json
import pickle

from bot.sandbox.github import ApiRequest, Strictness
from tests.unit.sandbox.github.client import SHOP, Client, Shop, open_shop


def test_an_endpoint_that_is_not_in_the_table_is_a_404_and_is_noted(shop: Shop, api: Client) -> None:
    assert api.get(f"{SHOP}/stargazers?page=2").status == 404
    assert api.send("PUT", f"{SHOP}/pulls/1/merge").status == 404
    assert shop.world.unknown_requests == [f"GET {SHOP}/stargazers", f"PUT {SHOP}/pulls/1/merge"]


def test_every_request_is_kept_with_what_served_it(shop: Shop, api: Client) -> None:
    api.get(f"{SHOP}/pulls/1")
    record = shop.world.requests[-1]
    assert (record.template, record.status) == ("/repos/{owner}/{repo}/pulls/{pull_number}", 200)
    assert record.request.path == f"{SHOP}/pulls/1"


def test_a_body_that_is_no_json_is_a_400(shop: Shop, api: Client) -> None:
    headers = {"user-agent": "tests", "authorization": f"Bearer {api.token}"}
    for body, words in ((b"{", "Problems parsing JSON"), (b"[]", "Body should be a JSON object")):
        answer = shop.world.api(ApiRequest("POST", f"{SHOP}/deployments", headers, body))
        assert (answer.status, answer.json()["message"]) == (400, words)


def test_a_body_against_the_rules_is_a_422_and_is_noted(shop: Shop, api: Client) -> None:
    answer = api.post(f"{SHOP}/issues/1/comments", {"body": "hello", "colour": "red"})
    assert answer.status == 422
    assert answer.json()["errors"] == ['"colour" is not a permitted key.']
    assert "colour" in shop.world.violations[0]
    assert shop.world.repository("acme/shop").comments == {}


def test_validators_are_asked_about_each_body(shop: Shop, api: Client) -> None:
    shop.world.validators = [lambda request, template: [f"{request.method} {template}"]]
    answer = api.post(f"{SHOP}/issues/1/comments", {"body": "hello"})
    assert answer.status == 422
    assert answer.json()["errors"] == ["POST /repos/{owner}/{repo}/issues/{issue_number}/comments"]


def test_the_checks_of_bodies_can_be_turned_off_but_not_those_of_callers(shop: Shop, api: Client) -> None:
    shop.world.strictness = Strictness(validators=False, rules=False)
    assert api.post(f"{SHOP}/issues/1/comments", {"body": "hello", "colour": "red"}).status == 201
    assert Client(shop.world, "ghs_none").post(f"{SHOP}/issues/1/comments", {"body": "x"}).status == 401


def test_a_known_etag_is_answered_304_and_costs_nothing(api: Client) -> None:
    first = api.get(SHOP)
    again = api.get(SHOP, if_none_match=first.headers["etag"])
    assert (again.status, again.body) == (304, b"")
    assert again.headers["x-ratelimit-used"] == first.headers["x-ratelimit-used"]


def test_an_etag_is_recognised_in_its_strong_form_and_in_a_list(api: Client) -> None:
    tag = api.get(SHOP).headers["etag"]
    assert api.get(SHOP, if_none_match=tag.removeprefix("W/")).status == 304
    assert api.get(SHOP, if_none_match=f'"other", {tag}').status == 304


def test_an_etag_changes_with_the_content_and_with_the_accepted_form(shop: Shop, api: Client) -> None:
    path = f"{SHOP}/issues/1/comments"
    tag = api.get(path).headers["etag"]
    shop.world.comment("ada", "acme/shop", 1, "hello")
    assert api.get(path, if_none_match=tag).status == 200
    content = f"{SHOP}/contents/README.md"
    assert api.get(content).headers["etag"] != api.get(content, accept="application/x").headers["etag"]


def test_answers_carry_githubs_headers(api: Client) -> None:
    headers = api.get(SHOP).headers
    wanted = {"content-type", "etag", "x-github-request-id", "x-github-api-version-selected", "vary"}
    wanted |= {f"x-ratelimit-{name}" for name in ("limit", "remaining", "used", "reset", "resource")}
    assert wanted <= headers.keys()


def test_errors_carry_the_rate_limit_too(api: Client) -> None:
    assert "x-ratelimit-remaining" in api.get(f"{SHOP}/pulls/99").headers


def test_pages_are_linked(shop: Shop, api: Client) -> None:
    for number in range(5):
        shop.world.comment("ada", "acme/shop", 1, f"comment {number}")
    first = api.get(f"{SHOP}/issues/1/comments?per_page=2")
    assert [one["body"] for one in first.json()] == ["comment 0", "comment 1"]
    assert links(first.headers["link"]) == {"next": "page=2", "last": "page=3"}
    middle = api.get(f"{SHOP}/issues/1/comments?per_page=2&page=2")
    assert links(middle.headers["link"]) == {
        "prev": "page=1",
        "next": "page=3",
        "last": "page=3",
        "first": "page=1",
    }
    last = api.get(f"{SHOP}/issues/1/comments?per_page=2&page=3")
    assert links(last.headers["link"]) == {"prev": "page=2", "first": "page=1"}
    assert len(last.json()) == 1


def test_one_page_has_no_links(api: Client) -> None:
    assert "link" not in api.get(f"{SHOP}/pulls").headers


def test_a_page_has_thirty_entries_and_at_most_a_hundred(shop: Shop, api: Client) -> None:
    for number in range(110):
        shop.world.comment("ada", "acme/shop", 1, str(number))
    assert len(api.get(f"{SHOP}/issues/1/comments").json()) == 30
    assert len(api.get(f"{SHOP}/issues/1/comments?per_page=500").json()) == 100
    assert len(api.get(f"{SHOP}/issues/1/comments?per_page=abc&page=x").json()) == 30


def test_names_are_found_in_any_case_of_letters(api: Client) -> None:
    assert api.get("/repos/ACME/Shop").json()["full_name"] == "acme/shop"


def test_a_renamed_repository_redirects_reads_with_301_and_writes_with_307(shop: Shop, api: Client) -> None:
    number = shop.world.rename_repository("acme/shop", "store").id
    read = api.get(f"{SHOP}/pulls/1?x=1")
    assert (read.status, read.headers["location"]) == (
        301,
        f"http://127.0.0.1/api/v3/repositories/{number}/pulls/1?x=1",
    )
    assert api.post(f"{SHOP}/issues/1/comments", {"body": "x"}).status == 307
    followed = read.headers["location"].removeprefix("http://127.0.0.1/api/v3")
    assert api.get(followed).json()["base"]["repo"]["full_name"] == "acme/store"
    assert api.get(f"/repositories/{number}").json()["name"] == "store"
    assert api.get("/repositories/1").status == 404


def test_a_name_that_is_taken_again_no_longer_redirects(shop: Shop, api: Client) -> None:
    shop.world.rename_repository("acme/shop", "store")
    shop.world.add_repository("acme", "shop")
    assert api.get(SHOP).status == 404


def test_a_number_that_is_none_is_a_404(api: Client) -> None:
    assert api.get(f"{SHOP}/pulls/abc").status == 404


def test_graphql_says_that_it_is_not_simulated(shop: Shop, api: Client) -> None:
    answer = api.post("/graphql", {"query": "{ viewer { login } }"})
    assert answer.json()["errors"][0]["type"] == "NOT_SIMULATED"
    assert Client(shop.world, "ghs_none").post("/graphql", {}).status == 401


def test_listeners_hear_of_requests_and_of_acts(shop: Shop, api: Client) -> None:
    heard: list[int] = []
    shop.world.listeners.append(lambda: heard.append(1))
    api.get(SHOP)
    shop.world.comment("ada", "acme/shop", 1, "hello")
    assert len(heard) == 2


def test_the_state_can_be_written_down_and_read_again(shop: Shop) -> None:
    copied = copy.deepcopy(shop.world.repositories)
    assert [one.full_name for one in copied.values()] == ["acme/shop"]
    assert pickle.dumps(shop.world.repositories)


def test_the_same_seed_makes_the_same_world(shop: Shop) -> None:
    assert open_shop().api.token == shop.api.token
    assert json.loads(open_shop().api.get(f"{SHOP}/pulls").body) == shop.api.get(f"{SHOP}/pulls").json()


def links(header: str) -> dict[str, str]:
    """The relations of a Link header with their page."""
    parts = [part.split("; ") for part in header.split(", ")]
    return {
        relation.removeprefix('rel="').removesuffix('"'): address.rpartition("&")[2].removesuffix(">")
        for address, relation in parts
    }
