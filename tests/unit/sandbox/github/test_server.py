"""The simulated GitHub over real HTTP."""

import asyncio
import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from aiohttp import ClientError, ClientSession, web

from bot.sandbox.github import ApiRequest, Changes, Fault, GitHubServer
from bot.sandbox.github.server import api_path
from tests.unit.sandbox.github.client import SHOP, Shop

Answer = Callable[[], Awaitable[int]]
COMMENTS = f"{SHOP}/issues/1/comments"


class Bot:
    """The bot's webhook address: it keeps what comes, and answers as the test says."""

    def __init__(self) -> None:
        self.received: list[tuple[dict[str, str], bytes]] = []
        self.answers: list[int] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.under_way = 0
        self.under_way_max = 0
        self.url = ""
        self.changed = Changes()

    async def receive(self, request: web.Request) -> web.Response:
        """One delivery."""
        self.received.append((dict(request.headers), await request.read()))
        self.under_way += 1
        self.under_way_max = max(self.under_way_max, self.under_way)
        self.changed.notify()
        await self.gate.wait()
        self.under_way -= 1
        return web.Response(status=self.answers.pop(0) if self.answers else 202)

    def bodies(self) -> list[Any]:
        """The comments that came."""
        return [json.loads(body)["comment"]["body"] for _, body in self.received]


@pytest.fixture
async def bot() -> AsyncIterator[Bot]:
    listener = Bot()
    application = web.Application()
    application.router.add_post("/webhooks/github", listener.receive)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    listener.url = f"http://127.0.0.1:{runner.addresses[0][1]}/webhooks/github"
    yield listener
    listener.gate.set()
    await runner.cleanup()


@pytest.fixture
async def server(shop: Shop) -> AsyncIterator[GitHubServer]:
    served = GitHubServer(shop.world)
    await served.start()
    yield served
    await served.close()


@pytest.fixture
async def session() -> AsyncIterator[ClientSession]:
    async with ClientSession() as client:
        yield client


def headers(shop: Shop) -> dict[str, str]:
    """The headers of an installation's request."""
    return {"Authorization": f"Bearer {shop.api.token}", "User-Agent": "tests"}


async def test_the_api_is_served_under_the_prefix_and_at_the_root(
    shop: Shop, server: GitHubServer, session: ClientSession
) -> None:
    site = server.world.web_url
    for prefix in ("/api/v3", ""):
        async with session.get(f"{site}{prefix}{SHOP}", headers=headers(shop)) as answer:
            shown = await answer.json()
        assert (shown["url"], shown["html_url"]) == (f"{site}/api/v3{SHOP}", f"{site}/acme/shop")


async def test_refs_with_slashes_and_queries_arrive_as_they_were_sent(
    shop: Shop, server: GitHubServer, session: ClientSession
) -> None:
    shop.world.push("ada", "acme/shop", "feature/x y", {"a": "b"})
    url = f"{server.world.api_url}{SHOP}/commits/feature%2Fx%20y"
    async with session.get(url, headers=headers(shop)) as answer:
        assert answer.status == 200
    async with session.get(
        f"{server.world.api_url}{SHOP}/pulls?head=acme%3Abuy-now", headers=headers(shop)
    ) as answer:
        assert [one["number"] for one in await answer.json()] == [2]


@pytest.mark.parametrize(
    ("raw", "path"),
    [
        ("/api/v3/app?x=1", "/app?x=1"),
        ("/api/v3", "/"),
        ("/app", "/app"),
        ("/api/graphql", "/graphql"),
        ("/graphql", "/graphql"),
    ],
)
def test_the_prefix_is_taken_off(raw: str, path: str) -> None:
    assert api_path(raw) == path


async def test_a_lost_reply_breaks_the_connection_after_the_effect(
    shop: Shop, server: GitHubServer, session: ClientSession
) -> None:
    shop.world.faults.add(Fault("lost_reply", method="POST", times=1))
    with pytest.raises(ClientError):
        await session.post(server.world.api_url + COMMENTS, json={"body": "once"}, headers=headers(shop))
    async with session.get(server.world.api_url + COMMENTS, headers=headers(shop)) as answer:
        assert [one["body"] for one in await answer.json()] == ["once"]


async def test_a_slow_answer_is_waited_for_by_the_given_sleep(shop: Shop, session: ClientSession) -> None:
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    slow = GitHubServer(shop.world, sleep=sleep)
    base_url = await slow.start()
    shop.world.faults.add(Fault("slow", seconds=5, times=1))
    async with session.get(f"{base_url}/api/v3{SHOP}", headers=headers(shop)) as answer:
        assert answer.status == 200
    await slow.close()
    assert slept == [5]


async def test_pages_come_before_the_api(shop: Shop, session: ClientSession) -> None:
    async def page(_: web.Request) -> web.Response:
        return web.Response(text="a page")

    served = GitHubServer(shop.world)
    served.application.router.add_get("/{owner}/{repo}/pull/{number}", page)
    base_url = await served.start()
    async with session.get(f"{base_url}/acme/shop/pull/1") as answer:
        assert await answer.text() == "a page"
    await served.close()


async def test_webhooks_are_delivered_in_order_and_recorded(
    shop: Shop, server: GitHubServer, bot: Bot
) -> None:
    bot.answers = [202, 503]
    server.deliver_to(bot.url)
    for text in ("one", "two", "three"):
        shop.world.comment("ada", "acme/shop", 1, text)
    await server.changed.wait_until(lambda: len(bot.received) == 3 and server.is_idle)
    assert bot.bodies() == ["one", "two", "three"]
    log = shop.world.deliveries.listed(shop.clock.now)
    assert sorted(entry.status_code for entry in log) == [202, 202, 503]


async def test_a_delivery_has_the_signature_of_its_bytes(shop: Shop, server: GitHubServer, bot: Bot) -> None:
    server.deliver_to(bot.url)
    shop.world.comment("ada", "acme/shop", 1, "grüße")
    await server.changed.wait_until(lambda: server.is_idle and bot.received)
    sent, body = bot.received[0]
    digest = hmac.new(b"It's a Secret to Everybody", body, hashlib.sha256).hexdigest()
    assert sent["X-Hub-Signature-256"] == f"sha256={digest}"
    assert (sent["X-GitHub-Event"], sent["Content-Type"]) == ("issue_comment", "application/json")


async def test_webhooks_wait_until_there_is_an_address(shop: Shop, server: GitHubServer, bot: Bot) -> None:
    shop.world.comment("ada", "acme/shop", 1, "early")
    await asyncio.sleep(0)
    assert len(shop.world.outbox) == 1
    server.deliver_to(bot.url)
    await server.changed.wait_until(lambda: server.is_idle)
    assert bot.bodies() == ["early"]


async def test_at_most_eight_are_under_way_at_once(shop: Shop, server: GitHubServer, bot: Bot) -> None:
    bot.gate.clear()
    server.deliver_to(bot.url)
    for number in range(12):
        shop.world.comment("ada", "acme/shop", 1, str(number))
    await bot.changed.wait_until(lambda: bot.under_way == 8)
    assert len(shop.world.outbox) == 4
    bot.gate.set()
    await server.changed.wait_until(lambda: server.is_idle)
    assert (bot.under_way_max, len(bot.received)) == (8, 12)


async def test_an_answer_that_takes_too_long_is_recorded_as_none(shop: Shop, bot: Bot) -> None:
    bot.gate.clear()
    impatient = GitHubServer(shop.world, delivery_timeout_seconds=0.05)
    impatient.deliver_to(bot.url)
    await impatient.start()
    shop.world.comment("ada", "acme/shop", 1, "slow bot")
    await impatient.changed.wait_until(lambda: shop.world.deliveries.listed(shop.clock.now))
    await impatient.close()
    assert [entry.status_code for entry in shop.world.deliveries.listed(shop.clock.now)] == [0]


async def test_a_bot_that_is_down_is_recorded_as_no_answer(shop: Shop, server: GitHubServer) -> None:
    server.deliver_to("http://127.0.0.1:1/nobody")
    shop.world.comment("ada", "acme/shop", 1, "no bot")
    await server.changed.wait_until(lambda: shop.world.deliveries.listed(shop.clock.now))
    assert [entry.status_code for entry in shop.world.deliveries.listed(shop.clock.now)] == [0]


async def test_a_redelivery_is_sent_again(shop: Shop, server: GitHubServer, bot: Bot) -> None:
    bot.answers = [503]
    server.deliver_to(bot.url)
    shop.world.comment("ada", "acme/shop", 1, "again")
    await server.changed.wait_until(lambda: server.is_idle and bot.received)
    (failed,) = shop.app.get("/app/hook/deliveries?status=failure").json()
    shop.app.post(f"/app/hook/deliveries/{failed['id']}/attempts")
    await server.changed.wait_until(lambda: len(bot.received) == 2 and server.is_idle)
    first, second = (sent["X-GitHub-Delivery"] for sent, _ in bot.received)
    assert first == second == failed["guid"]


async def test_a_held_webhook_is_sent_when_it_is_due(shop: Shop, server: GitHubServer, bot: Bot) -> None:
    server.deliver_to(bot.url)
    shop.world.faults.add(Fault("stall", seconds=0.01, times=1))
    shop.world.comment("ada", "acme/shop", 1, "late")
    shop.clock.now += 0.01
    await server.changed.wait_until(lambda: bot.received and server.is_idle)
    assert bot.bodies() == ["late"]


async def test_closing_twice_and_before_starting_is_harmless(shop: Shop) -> None:
    served = GitHubServer(shop.world)
    await served.close()
    await served.start()
    await served.close()
    await served.close()
    assert shop.world.listeners == []


async def test_closing_ends_what_is_under_way(shop: Shop, bot: Bot) -> None:
    bot.gate.clear()
    served = GitHubServer(shop.world)
    served.deliver_to(bot.url)
    await served.start()
    shop.world.comment("ada", "acme/shop", 1, "hello")
    await bot.changed.wait_until(lambda: bot.received)
    await served.close()
    assert [entry.status_code for entry in shop.world.deliveries.listed(shop.clock.now)] == [0]


async def test_a_request_is_answered_as_the_world_answers(
    shop: Shop, server: GitHubServer, session: ClientSession
) -> None:
    async with session.get(f"{server.world.api_url}{SHOP}/pulls/1", headers=headers(shop)) as answer:
        over_http = await answer.read()
    sent = {"authorization": f"Bearer {shop.api.token}", "user-agent": "tests"}
    assert shop.world.api(ApiRequest("GET", f"{SHOP}/pulls/1", sent)).body == over_http
