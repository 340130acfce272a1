"""What GitHub's client promises to whoever asks through it, over real HTTP."""

import asyncio
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from bot import __version__
from bot.domain.errors import LastingFault, PassingFault
from bot.github.caching import Answers
from bot.github.connection import Connection
from bot.github.faults import NotThere, Refused
from tests.unit.doors import StoppedClock
from tests.unit.github.hub import SHOP, Hub
from tests.unit.github.scripted import BREAK, HANG, Scripted, TestToken


async def passing(request: Any) -> PassingFault:
    with pytest.raises(PassingFault) as raised:
        await request
    return raised.value


async def lasting(request: Any) -> LastingFault:
    with pytest.raises(LastingFault) as raised:
        await request
    return raised.value


async def test_every_request_says_who_asks_and_which_version_it_speaks(scripted: Scripted) -> None:
    scripted.say(200, {"ok": True})
    assert await scripted.client().getitem("/user/1") == {"ok": True}
    (heard,) = scripted.heard
    assert heard.path == "/api/v3/user/1"
    assert heard.headers["user-agent"] == f"pointsman/{__version__}"
    assert heard.headers["accept"] == "application/vnd.github+json"
    assert heard.headers["x-github-api-version"] == "2022-11-28"
    assert heard.headers["authorization"] == "Bearer token-1"


async def test_a_body_is_sent_as_json(scripted: Scripted) -> None:
    scripted.say(201, {"id": 5})
    assert await scripted.client().post("/things", data={"name": "Grüße"}) == {"id": 5}
    assert scripted.heard[0].body == '{"name":"Grüße"}'.encode()
    assert scripted.heard[0].headers["content-type"].startswith("application/json")


async def test_a_post_without_a_body_says_so(scripted: Scripted) -> None:
    await scripted.client().post("/things", data=b"")
    assert scripted.heard[0].headers["content-length"] == "0"


async def test_an_answer_without_a_body_is_none(scripted: Scripted) -> None:
    scripted.say(204, b"")
    assert await scripted.client().patch("/things/1", data={}) is None


@pytest.mark.parametrize("status", [403, 429])
async def test_a_retry_after_is_obeyed_and_pauses_the_installation(scripted: Scripted, status: int) -> None:
    client = scripted.client()
    scripted.say(status, {"message": "You have exceeded a secondary rate limit."}, retry_after="17")
    fault = await passing(client.post("/things", data={}))
    assert (fault.retry_after, fault.pause_lane, fault.applied_maybe) == (17.0, True, False)
    again = await passing(client.getitem("/other"))
    assert again.retry_after == 17.0
    assert len(scripted.heard) == 1, "a limited installation is not asked"
    scripted.clock.time += 17
    await client.getitem("/other")


@pytest.mark.parametrize("status", [403, 429])
async def test_a_used_up_quota_waits_for_the_reset(scripted: Scripted, status: int) -> None:
    scripted.say(
        status,
        {"message": "API rate limit exceeded"},
        x_ratelimit_limit="5000",
        x_ratelimit_remaining="0",
        x_ratelimit_reset=str(int(scripted.clock.now()) + 90),
    )
    fault = await passing(scripted.client().getitem("/things"))
    assert (fault.retry_after, fault.pause_lane) == (90.0, True)


async def test_no_request_is_made_while_nothing_remains(scripted: Scripted) -> None:
    client = scripted.client()
    reset = str(int(scripted.clock.now()) + 30)
    scripted.say(200, x_ratelimit_limit="5000", x_ratelimit_remaining="0", x_ratelimit_reset=reset)
    await client.getitem("/things")
    assert (await passing(client.getitem("/things"))).retry_after == 30.0
    scripted.clock.time += 30
    await client.getitem("/things")
    assert len(scripted.heard) == 2


async def test_limits_of_one_installation_do_not_stop_another(scripted: Scripted) -> None:
    connection = scripted.connection()
    one = scripted.client(TestToken("installation 1"), connection)
    other = scripted.client(TestToken("installation 2"), connection)
    scripted.say(429, retry_after="60")
    await passing(one.getitem("/things"))
    await other.getitem("/things")


async def test_limits_without_a_time_wait_a_minute_and_then_longer(scripted: Scripted) -> None:
    client, waits = scripted.client(), []
    for _ in range(6):
        scripted.say(429, {"message": "slow down"})
        fault = await passing(client.getitem("/things"))
        waits.append(fault.retry_after)
        scripted.clock.time += fault.retry_after or 0
    assert waits == [60.0, 120.0, 240.0, 480.0, 900.0, 900.0]
    await client.getitem("/things")
    scripted.say(429)
    assert (await passing(client.getitem("/things"))).retry_after == 60.0


async def test_a_403_that_is_no_limit_names_the_permission(scripted: Scripted) -> None:
    scripted.say(
        403,
        {"message": "Resource not accessible by integration"},
        x_accepted_github_permissions="checks=write",
        x_ratelimit_limit="5000",
        x_ratelimit_remaining="4999",
        x_ratelimit_reset="1770003600",
    )
    fault = await lasting(scripted.client().post("/repos/a/b/check-runs", data={}))
    assert isinstance(fault, Refused)
    assert fault.status == 403
    assert "Resource not accessible by integration" in fault.reason
    assert "checks=write" in fault.hint


@pytest.mark.parametrize("status", [500, 502, 503, 504, 522, 408])
async def test_a_server_that_fails_may_have_done_what_was_asked(scripted: Scripted, status: int) -> None:
    client = scripted.client()
    scripted.say(status, b"<html>Unicorn!</html>", content_type="text/html")
    scripted.say(status, b"<html>Unicorn!</html>", content_type="text/html")
    write, look = await passing(client.post("/things", data={})), await passing(client.getitem("/things"))
    assert (write.applied_maybe, write.retry_after) == (True, 5.0)
    assert (look.applied_maybe, look.retry_after) == (False, None)


@pytest.mark.parametrize("method", ["POST", "PATCH"])
async def test_a_broken_connection_leaves_a_write_uncertain(scripted: Scripted, method: str) -> None:
    scripted.say(BREAK)
    client = scripted.client()
    call = client.post if method == "POST" else client.patch
    fault = await passing(call("/things", data={}))
    assert (fault.applied_maybe, fault.retry_after) == (True, 5.0)
    assert not fault.pause_lane


async def test_a_connection_that_was_never_made_leaves_nothing_uncertain(scripted: Scripted) -> None:
    client = scripted.client()
    await scripted.close()
    fault = await passing(client.post("/things", data={}))
    assert (fault.applied_maybe, fault.retry_after) == (False, None)


async def test_a_server_that_does_not_answer_in_time_is_a_passing_fault(scripted: Scripted) -> None:
    scripted.say(HANG)
    client = scripted.client(connection=scripted.connection(timeout_seconds=0.05))
    fault = await passing(client.post("/things", data={}))
    assert fault.applied_maybe
    assert "no answer in time" in fault.reason


@pytest.mark.parametrize(
    ("status", "kind"), [(404, NotThere), (410, NotThere), (409, Refused), (422, Refused)]
)
async def test_refusals_carry_their_status_and_githubs_words(
    scripted: Scripted, status: int, kind: type[Refused]
) -> None:
    errors = [{"resource": "Deployment", "field": "ref", "code": "invalid"}, {"message": "and more"}]
    scripted.say(status, {"message": "Validation Failed", "errors": errors})
    fault = await lasting(scripted.client().post("/repos/a/b/deployments", data={}))
    assert type(fault) is kind
    assert fault.reason.endswith("Validation Failed: Deployment ref invalid, and more")
    assert fault.hint


async def test_an_answer_that_is_no_json_is_a_passing_fault(scripted: Scripted) -> None:
    scripted.say(200, b"<html>captive portal</html>")
    fault = await passing(scripted.client().post("/things", data={}))
    assert "no JSON" in fault.reason
    assert (fault.applied_maybe, fault.retry_after) == (True, 5.0)


async def test_a_refused_token_is_dropped_and_a_fresh_one_tried_once(scripted: Scripted) -> None:
    token = TestToken()
    scripted.say(401, {"message": "Bad credentials"})
    scripted.say(200, {"ok": True})
    assert await scripted.client(token).getitem("/things") == {"ok": True}
    assert token.dropped == ["token-1"]
    assert [heard.headers["authorization"] for heard in scripted.heard] == [
        "Bearer token-1",
        "Bearer token-2",
    ]


async def test_a_second_401_is_not_tried_again(scripted: Scripted) -> None:
    scripted.say(401)
    scripted.say(401)
    assert (await passing(scripted.client().getitem("/things"))).reason == "refused twice"
    assert len(scripted.heard) == 2


@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_a_redirect_keeps_method_body_and_token(scripted: Scripted, status: int) -> None:
    scripted.say(status, location="URL/api/v3/repositories/1/things")
    scripted.say(201, {"id": 1})
    assert await scripted.client().post("/repos/a/b/things", data={"x": 1}) == {"id": 1}
    _, second = scripted.heard
    assert (second.method, second.path, second.body) == ("POST", "/api/v3/repositories/1/things", b'{"x":1}')
    assert second.headers["authorization"] == "Bearer token-1"


async def test_a_relative_redirect_is_followed(scripted: Scripted) -> None:
    scripted.say(301, location="/api/v3/repositories/1")
    await scripted.client().getitem("/repos/a/b")
    assert scripted.heard[1].path == "/api/v3/repositories/1"


@pytest.mark.parametrize(
    "place", ["http://localhost:PORT/x", "https://127.0.0.1:PORT/x", "http://127.0.0.1:9/x"]
)
async def test_a_token_never_goes_to_another_place(scripted: Scripted, place: str) -> None:
    port = scripted.url.rpartition(":")[2]
    scripted.say(307, location=place.replace("PORT", port))
    fault = await lasting(scripted.client().post("/things", data={}))
    assert "no token is sent there" in fault.reason
    assert len(scripted.heard) == 1


async def test_redirects_end(scripted: Scripted) -> None:
    for _ in range(10):
        scripted.say(302, location="URL/api/v3/again")
    assert "more than 3 times" in (await lasting(scripted.client().getitem("/things"))).reason
    assert len(scripted.heard) == 4


async def test_a_next_page_at_another_place_is_not_asked_for(scripted: Scripted) -> None:
    scripted.say(200, [1], link='<http://localhost:9/next>; rel="next"')
    await lasting(scripted.client().collect("/things"))
    assert len(scripted.heard) == 1


async def test_all_pages_are_read_also_where_a_page_is_an_object(scripted: Scripted) -> None:
    scripted.say(200, {"check_runs": [1, 2]}, link='<URL/api/v3/things?page=2>; rel="next"')
    scripted.say(200, {"check_runs": [3]})
    assert await scripted.client().collect("/things", key="check_runs") == [1, 2, 3]


async def test_reading_pages_ends_where_the_caller_said(scripted: Scripted) -> None:
    scripted.say(200, [1, 2, 3], link='<URL/api/v3/things?page=2>; rel="next"')
    assert await scripted.client().collect("/things", items_max=2) == [1, 2]
    assert len(scripted.heard) == 1


async def test_an_unchanged_answer_is_asked_for_by_its_etag_with_its_next_page(scripted: Scripted) -> None:
    client = scripted.client()
    for _ in range(2):
        scripted.say(200, [1], etag='"a"', link='<URL/api/v3/things?page=2>; rel="next"')
        scripted.say(200, [2], etag='"b"')
    scripted.answers[2:] = []
    assert await client.collect("/things") == [1, 2]
    scripted.say(304, b"")
    scripted.say(304, b"")
    assert await client.collect("/things") == [1, 2]
    assert [heard.headers.get("if-none-match") for heard in scripted.heard] == [None, None, '"a"', '"b"']


async def test_two_installations_never_share_an_answer(scripted: Scripted) -> None:
    connection = scripted.connection()
    one = scripted.client(TestToken("installation 1"), connection)
    other = scripted.client(TestToken("installation 2"), connection)
    scripted.say(200, "for one", etag='"a"')
    await one.getitem("/things")
    scripted.say(200, "for the other", etag='"a"')
    assert await other.getitem("/things") == "for the other"
    assert "if-none-match" not in scripted.heard[1].headers


async def test_formats_never_share_an_answer(scripted: Scripted) -> None:
    client = scripted.client()
    scripted.say(200, "json", etag='"a"')
    await client.getitem("/things")
    await client.getitem("/things", accept="application/vnd.github.sha")
    assert "if-none-match" not in scripted.heard[1].headers


async def test_what_is_kept_is_bounded_by_number_and_bytes(scripted: Scripted) -> None:
    connection = Connection(
        transport=scripted.connection().transport,
        clock=scripted.clock,
        api_url=scripted.url,
        answers=Answers(bytes_max=1000, entries_max=4),
    )
    client = scripted.client(connection=connection)
    for number in range(9):
        scripted.say(200, number, etag=f'"{number}"')
        await client.getitem(f"/{number}")
    assert len(connection.answers) == 4
    scripted.say(200, "x" * 900, etag='"big"')
    await client.getitem("/big")
    assert len(connection.answers) == 1
    scripted.say(200, "x" * 2000, etag='"too big"')
    await client.getitem("/too-big")
    assert len(connection.answers) == 1


async def test_graphql_goes_to_its_own_address_signed(scripted: Scripted) -> None:
    scripted.say(200, {"data": {"viewer": {"login": "pointsman[bot]"}}})
    answer = await scripted.client().graphql("query($n: Int) { viewer { login } }", n=3)
    assert answer == {"viewer": {"login": "pointsman[bot]"}}
    (heard,) = scripted.heard
    assert heard.path == "/api/graphql"
    assert heard.headers["authorization"] == "Bearer token-1"
    assert b'"variables":{"n":3}' in heard.body


async def test_a_graphql_query_that_fails_changed_nothing_and_a_mutation_may_have(scripted: Scripted) -> None:
    client = scripted.client()
    scripted.say(502, b"")
    scripted.say(502, b"")
    assert not (await passing(client.graphql("{ viewer { login } }"))).applied_maybe
    assert (await passing(client.graphql("mutation { enqueue { id } }"))).applied_maybe


async def test_graphql_keeps_its_own_quota(scripted: Scripted) -> None:
    client = scripted.client()
    scripted.say(
        200,
        {"data": {}},
        x_ratelimit_limit="5000",
        x_ratelimit_remaining="0",
        x_ratelimit_reset=str(int(scripted.clock.now()) + 50),
        x_ratelimit_resource="graphql",
    )
    await client.graphql("{ viewer { login } }")
    await client.getitem("/things")
    assert (await passing(client.graphql("{ viewer { login } }"))).retry_after == 50.0


async def test_no_more_than_eighty_requests_are_under_way_at_once(scripted: Scripted) -> None:
    most, under_way, gate = 0, 0, asyncio.Event()

    async def transport(
        method: str, url: str, headers: Mapping[str, str], body: bytes
    ) -> tuple[int, Mapping[str, str], bytes]:
        nonlocal most, under_way
        under_way += 1
        most = max(most, under_way)
        if under_way == 80:
            gate.set()
        await gate.wait()
        under_way -= 1
        return 200, {}, b"{}"

    connection = Connection(transport=transport, clock=StoppedClock(), api_url=scripted.url)
    client = scripted.client(connection=connection)
    await asyncio.gather(*(client.getitem(f"/{number}") for number in range(200)))
    assert most == 80
    assert client.requests_in_flight == 0


async def test_whoever_observes_learns_of_every_exchange(scripted: Scripted) -> None:
    asked: list[Any] = []
    plain = scripted.connection()
    connection = Connection(
        transport=plain.transport, clock=plain.clock, api_url=plain.api_url, observe=asked.append
    )
    client = scripted.client(connection=connection)
    scripted.say(200, x_ratelimit_limit="5000", x_ratelimit_remaining="4000", x_ratelimit_reset="1770003600")
    scripted.say(BREAK)
    await client.getitem("/things?secret=1")
    await passing(client.post("/things", data={}))
    assert [(each.scope, each.method, each.path, each.status) for each in asked] == [
        ("installation 7", "GET", "/api/v3/things", 200),
        ("installation 7", "POST", "/api/v3/things", 0),
    ]
    assert asked[0].limit.remaining == 4000


async def test_no_token_stands_in_logs_or_faults(scripted: Scripted) -> None:
    scripted.say(403, {"message": "no"})
    with capture_logs() as logs:
        fault = await lasting(scripted.client().getitem("/things"))
    assert logs
    assert "token-1" not in repr(logs) + repr(fault) + fault.reason + fault.hint


async def test_time_passes_only_on_the_injected_clock(scripted: Scripted) -> None:
    before = scripted.clock.now()
    await scripted.client().sleep(3600)
    assert scripted.clock.now() == before + 3600


def test_no_file_for_github_reads_a_clock() -> None:
    files = sorted((Path(__file__).parents[3] / "bot" / "github").glob("*.py"))
    assert files
    for file in files:
        text = file.read_text()
        assert not re.search(
            r"^(import|from) time\b|\b(utcnow|today|get_event_loop)\(|datetime\.now\(", text, re.M
        ), file


async def test_gidgethubs_own_clocks_are_never_reached(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("gidgethub.abc.time", "gidgethub.apps.time", "gidgethub.sansio.datetime"):
        monkeypatch.setattr(name, None)
    client = hub.app.installation(hub.shop.installation.id)
    await client.getitem(f"/repos/{SHOP}")
    await client.collect(f"/repos/{SHOP}/tags")
    with pytest.raises(LastingFault):
        await client.graphql("{ viewer { login } }")


async def test_a_client_signs_for_itself_only(scripted: Scripted) -> None:
    with pytest.raises(TypeError):
        await scripted.client().getitem("/things", oauth_token="other")
