"""The simulated Slack over real HTTP, with the vendor's own libraries at the other end."""

import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from aiohttp import ClientError, ClientSession, web
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.slack import Fault, SlackServer, SlackWorld
from tests.unit.sandbox.slack.calls import (
    SECRET,
    TOKEN,
    Clock,
    actions,
    button,
    modal,
    plain,
    section,
    text_input,
)

Handler = Callable[[web.Request], Awaitable[web.Response]]


async def no_pause(_: float) -> None:
    return


@pytest.fixture
async def server(world: SlackWorld) -> AsyncIterator[SlackServer]:
    serving = SlackServer(world, sleep=no_pause, acknowledgement_seconds=0.5)
    await serving.start()
    yield serving
    await serving.close()


@contextlib.asynccontextmanager
async def listening(application: web.Application) -> AsyncIterator[str]:
    """An app's address, served for a while."""
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events"
    await runner.cleanup()


def application(handler: Handler) -> web.Application:
    made = web.Application()
    made.router.add_post("/slack/events", handler)
    return made


def client(server: SlackServer) -> AsyncWebClient:
    return AsyncWebClient(TOKEN, base_url=server.api_url, retry_handlers=[])


async def test_the_vendors_client_posts_updates_and_reads(server: SlackServer) -> None:
    slack = client(server)
    posted = await slack.chat_postMessage(channel="deploys", text="starting", blocks=[section("starting")])
    await slack.chat_update(channel=posted["channel"], ts=posted["ts"], text="done")
    history = await slack.conversations_history(channel="C0DEPLOYS", include_all_metadata=True)
    assert [message["text"] for message in history["messages"]] == ["done"]
    assert (await slack.auth_test())["user_id"] == "U0POINTSMAN"


async def test_a_refusal_reaches_the_vendors_client_with_details(server: SlackServer) -> None:
    with pytest.raises(SlackApiError, match="invalid_blocks") as caught:
        await client(server).chat_postMessage(channel="deploys", text="x", blocks=[section("x" * 3001)])
    assert "3000" in caught.value.response["response_metadata"]["messages"][0]


async def test_a_reset_happens_before_and_a_lost_reply_after_the_effect(server: SlackServer) -> None:
    server.world.faults.add(Fault("reset", times=1))
    with pytest.raises(ClientError):
        await client(server).chat_postMessage(channel="deploys", text="one")
    assert server.world.messages("deploys") == []
    server.world.faults.add(Fault("lost_reply", times=1))
    with pytest.raises(ClientError):
        await client(server).chat_postMessage(channel="deploys", text="two")
    assert [message.text for message in server.world.messages("deploys")] == ["two"]


async def test_requests_wait_until_the_app_has_an_address(server: SlackServer) -> None:
    arrived: list[bytes] = []

    async def remember(request: web.Request) -> web.Response:
        arrived.append(await request.read())
        return web.Response(text="On it.")

    server.world.slash_command("ada", "deploys", "/deploy", "api staging")
    async with listening(application(remember)) as address:
        server.deliver_to(address)
        await server.wait_until(lambda: server.world.whispers("ada"))
    assert len(arrived) == 1
    assert server.world.whispers("ada")[0].text == "On it."


async def test_an_event_is_repeated_until_the_app_answers(server: SlackServer) -> None:
    numbers: list[str | None] = []

    async def answer_the_third(request: web.Request) -> web.Response:
        numbers.append(request.headers.get("X-Slack-Retry-Num"))
        return web.Response(status=200 if len(numbers) == 3 else 503)

    server.world.space.outbox.schedule_seconds = (0.0, 0.0, 0.0)
    async with listening(application(answer_the_third)) as address:
        server.deliver_to(address)
        server.world.mention("ada", "deploys", "status")
        await server.settled()
    assert numbers == [None, "1", "2"]


async def test_an_app_that_is_slower_than_allowed_looks_broken_to_people(world: SlackWorld) -> None:
    async def never(request: web.Request) -> web.Response:
        await impatient.wait_until(lambda: world.whispers("ada"))
        return web.Response()

    impatient = SlackServer(world, acknowledgement_seconds=0.05)
    await impatient.start()
    async with listening(application(never)) as address:
        impatient.deliver_to(address)
        world.slash_command("ada", "deploys", "/deploy", "api staging")
        await impatient.wait_until(lambda: world.whispers("ada"))
    await impatient.close()
    assert world.whispers("ada")[0].text == '/deploy failed with the error "operation_timeout"'


async def test_an_app_that_is_not_there_looks_broken_to_people(server: SlackServer) -> None:
    async with listening(web.Application()) as address:
        pass
    server.deliver_to(address)
    server.world.slash_command("ada", "deploys", "/deploy", "api staging")
    await server.wait_until(lambda: server.world.whispers("ada"))
    assert "dispatch_failed" in server.world.whispers("ada")[0].text


async def test_waiting_in_vain_shows_what_was_said(server: SlackServer) -> None:
    server.world.post("lin", "general", "lunch?")
    with pytest.raises(TimeoutError, match=r"lin: lunch\?"):
        await server.wait_until(lambda: False, timeout_seconds=0.01)


async def test_a_response_url_is_an_address_of_this_server(server: SlackServer, clock: Clock) -> None:
    sent = server.world.slash_command("ada", "deploys", "/deploy")
    assert sent
    [path] = server.world.space.response_urls
    async with ClientSession() as session:
        reply = await session.post(server.url + path, json={"text": "later"})
        assert (reply.status, await reply.text()) == (200, "ok")
    assert server.world.whispers("ada")[0].text == "later"


def bolt(server: SlackServer, seen: list[str]) -> AsyncApp:
    """An app on the vendor's framework that uses everything once."""
    app = AsyncApp(signing_secret=SECRET, client=client(server))
    menu = {
        "type": "external_select",
        "action_id": "repo",
        "min_query_length": 0,
        "placeholder": plain("Repo"),
    }
    where = {"type": "input", "block_id": "repo", "label": plain("Repo"), "element": menu}
    form = modal(text_input("why", "reason"), where, callback_id="deploy")

    @app.command("/deploy")
    async def command(ack: AsyncAck, body: dict[str, Any], client: AsyncWebClient) -> None:
        await ack()
        await client.views_open(trigger_id=body["trigger_id"], view=form)

    @app.options("repo")
    async def options(ack: AsyncAck, payload: dict[str, Any]) -> None:
        seen.append(f"options {payload['value']}")
        await ack(options=[{"text": plain("acme/shop"), "value": "acme/shop"}])

    @app.view("deploy")
    async def submitted(ack: AsyncAck, view: dict[str, Any], client: AsyncWebClient) -> None:
        await ack()
        values = view["state"]["values"]
        repository = values["repo"]["repo"]["selected_option"]["value"]
        text = f"{repository}: {values['why']['reason']['value']}"
        blocks = [section(text), actions(button("Cancel", "cancel", value="r-1"))]
        await client.chat_postMessage(channel="C0DEPLOYS", text=text, blocks=blocks)

    @app.action("cancel")
    async def pressed(ack: AsyncAck, action: dict[str, Any], respond: Callable[..., Awaitable[Any]]) -> None:
        await ack()
        await respond(text=f"cancelled {action['value']}", replace_original=True)

    @app.event("app_mention")
    async def mentioned(event: dict[str, Any], say: Callable[..., Awaitable[Any]]) -> None:
        await say(text="hello", thread_ts=event["ts"])

    return app


async def test_the_vendors_framework_understands_everything_that_people_do(world: SlackWorld) -> None:
    world.clock = world.space.clock = time.time
    seen: list[str] = []
    server = SlackServer(world)
    await server.start()
    async with listening(bolt(server, seen).web_app("/slack/events")) as address:
        server.deliver_to(address)
        world.slash_command("ada", "deploys", "/deploy")
        await server.wait_until(lambda: world.modals("ada"))
        [view] = world.modals("ada")
        asked = world.type_into_select("ada", view, "repo", "sh")
        await server.wait_until(lambda: asked.state == "done")
        world.submit_view("ada", view, {"reason": "hotfix", "repo": "acme/shop"})
        message = await server.wait_until(lambda: world.messages("deploys"))
        world.press("grace", message[0], "Cancel")
        await server.wait_until(lambda: world.messages("deploys")[0].spoken == "cancelled r-1")
        mention = world.mention("lin", "general", "hi")
        await server.wait_until(lambda: world.thread(mention))
        await server.settled()
    await server.close()
    assert seen == ["options sh"]
    assert message[0].versions[0].text == "acme/shop: hotfix"
    assert world.modals("ada") == []
    assert (world.violations, world.unknown_requests) == ([], [])
