"""Slack's Web API: which faults pass, which last, and what never reaches an error."""

import asyncio
from collections.abc import AsyncIterator
from random import Random

import pytest
from aiohttp import web

from bot.domain.errors import LastingFault, PassingFault
from bot.sandbox.slack import Fault, Installation, Limits, SlackServer, SlackWorld
from bot.slack import client as slack_client
from bot.slack.client import RETRY_AFTER_DEFAULT, SlackClient, SlackRefused
from tests.unit.doors import StoppedClock
from tests.unit.drivers.serving import Handler, serving

TOKEN = "xoxb-not-for-any-log"
CHANNEL = "C0DEPLOYS"


@pytest.fixture
def world() -> SlackWorld:
    return SlackWorld(StoppedClock().now, Random(1), Installation("secret", TOKEN), Limits.lifted())


@pytest.fixture
async def client(world: SlackWorld) -> AsyncIterator[SlackClient]:
    server = SlackServer(world)
    await server.start()
    made = SlackClient(TOKEN, server.api_url)
    yield made
    await made.close()
    await server.close()


async def fails(client: SlackClient, method: str = "chat.postMessage") -> PassingFault:
    with pytest.raises(PassingFault) as fault:
        await client.call(method, {"channel": CHANNEL, "text": "hello"})
    assert TOKEN not in str(fault.value)
    return fault.value


async def test_a_writing_method_takes_nested_values(client: SlackClient, world: SlackWorld) -> None:
    metadata = {"event_type": "pointsman_message", "event_payload": {"marker": "x"}}
    answer = await client.call(
        "chat.postMessage", {"channel": CHANNEL, "text": "hello", "metadata": metadata}
    )
    assert answer["ts"]
    (message,) = world.messages(CHANNEL)
    assert message.metadata == metadata
    assert world.violations == []


async def test_a_reading_method_takes_a_form(client: SlackClient, world: SlackWorld) -> None:
    world.post("ada", CHANNEL, "hello")
    arguments = {"channel": CHANNEL, "include_all_metadata": True, "limit": 10}
    answer = await client.call("conversations.history", arguments)
    assert [message["text"] for message in answer["messages"]] == ["hello"]
    assert world.violations == []


async def test_a_rate_limit_pauses_the_lane_for_as_long_as_slack_says(
    client: SlackClient, world: SlackWorld
) -> None:
    world.faults.add(Fault("ratelimited", times=1, seconds=17.0))
    fault = await fails(client)
    assert (fault.retry_after, fault.pause_lane, fault.applied_maybe) == (17.0, True, False)


@pytest.mark.parametrize("kind", ["api_500", "api_503", "lost_reply", "reset"])
async def test_what_may_have_been_done_is_in_doubt(client: SlackClient, world: SlackWorld, kind: str) -> None:
    world.faults.add(Fault(kind, times=1))  # type: ignore[arg-type]
    assert (await fails(client)).applied_maybe


async def test_nothing_is_tried_again_behind_our_back(client: SlackClient, world: SlackWorld) -> None:
    world.faults.add(Fault("lost_reply", times=1))
    await fails(client)
    assert len(world.messages(CHANNEL)) == 1


async def test_where_nobody_listens_nothing_was_done() -> None:
    async with serving() as server:
        url = server.url
    client = SlackClient(TOKEN, f"{url}/api/")
    assert not (await fails(client)).applied_maybe
    await client.close()


async def test_a_refusal_names_slacks_code_and_what_to_do(client: SlackClient) -> None:
    with pytest.raises(SlackRefused) as refused:
        await client.call("chat.postMessage", {"channel": "C0NOWHERE", "text": "hello"})
    assert refused.value.code == "channel_not_found"
    assert refused.value.hint


async def test_a_wrong_token_is_a_refusal_that_does_not_show_it(world: SlackWorld) -> None:
    server = SlackServer(world)
    await server.start()
    wrong = SlackClient("xoxb-wrong-and-secret", server.api_url)
    with pytest.raises(LastingFault) as refused:
        await wrong.call("auth.test", {})
    assert "xoxb" not in str(refused.value)
    assert "SLACK_BOT_TOKEN" in refused.value.hint
    await wrong.close()
    await server.close()


# --- answers that only a broken Slack would give ----------------------------------------------------------


def answering(status: int, body: str, **headers: str) -> Handler:
    async def handler(_request: web.Request) -> web.StreamResponse:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return web.Response(status=status, text=body, content_type="application/json", headers=named)

    return handler


@pytest.mark.parametrize("code", ["internal_error", "fatal_error", "service_unavailable", "ratelimited"])
async def test_slacks_own_trouble_passes(code: str) -> None:
    async with serving(answering(200, f'{{"ok": false, "error": "{code}"}}')) as server:
        client = SlackClient(TOKEN, f"{server.url}/api/")
        assert (await fails(client)).applied_maybe
        await client.close()


@pytest.mark.parametrize("headers", [{}, {"Retry_After": "soon"}])
async def test_a_limit_without_a_time_is_waited_for_all_the_same(headers: dict[str, str]) -> None:
    body = '{"ok": false, "error": "ratelimited"}'
    async with serving(answering(429, body, **headers)) as server:
        client = SlackClient(TOKEN, f"{server.url}/api/")
        assert (await fails(client)).retry_after == RETRY_AFTER_DEFAULT
        await client.close()


# --- response URLs ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("status", "worked"), [(200, True), (404, False), (410, False)])
async def test_a_response_url_works_until_it_is_used_up(status: int, worked: bool) -> None:
    async with serving(answering(status, "ok")) as server:
        client = SlackClient(TOKEN, "http://127.0.0.1:9/api/")
        assert await client.respond(server.url, {"text": "hello"}) is worked
        assert (await server.heard[0].json()) == {"text": "hello"}
        assert "authorization" not in server.heard[0].headers
        await client.close()


async def test_a_response_url_of_a_slack_in_trouble_can_be_tried_again() -> None:
    async with serving(answering(503, "")) as server:
        client = SlackClient(TOKEN, "http://127.0.0.1:9/api/")
        with pytest.raises(PassingFault):
            await client.respond(server.url, {"text": "hello"})
        await client.close()
    with pytest.raises(PassingFault) as fault:
        await client.respond(server.url, {"text": "hello"})
    assert not fault.value.applied_maybe
    await client.close()


async def test_a_response_url_that_is_limited_is_left_alone_for_as_long_as_slack_says() -> None:
    async with serving(answering(429, "", Retry_After="57")) as server:
        client = SlackClient(TOKEN, "http://127.0.0.1:9/api/")
        with pytest.raises(PassingFault) as fault:
            await client.respond(server.url, {"text": "hello"})
        assert (fault.value.retry_after, fault.value.pause_lane) == (57.0, True)
        await client.close()


async def test_a_silent_slack_is_waited_for_no_longer_than_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slack_client, "TIMEOUT_SECONDS", 0.05)

    async def silent(_request: web.Request) -> web.StreamResponse:
        await asyncio.Event().wait()
        return web.Response()

    async with serving(silent) as server:
        client = SlackClient(TOKEN, f"{server.url}/api/")
        async with asyncio.timeout(30):
            assert (await fails(client)).applied_maybe
        await client.close()


async def test_a_silent_response_url_is_in_doubt(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slack_client, "TIMEOUT_SECONDS", 0.05)

    async def silent(_request: web.Request) -> web.StreamResponse:
        await asyncio.Event().wait()
        return web.Response()

    async with serving(silent) as server:
        client = SlackClient(TOKEN, "http://127.0.0.1:9/api/")
        with pytest.raises(PassingFault) as fault:
            await client.respond(server.url, {"text": "hello"})
        assert fault.value.applied_maybe
        await client.close()
