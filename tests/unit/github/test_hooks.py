"""What GitHub says it sent us, and how it is sent again; at the simulated GitHub."""

import pytest

from bot.domain.errors import PassingFault
from bot.github import hooks
from bot.github.hooks import HookLog
from bot.sandbox.github import Fault
from tests.unit.github.hub import SHOP, Hub


def send(hub: Hub, *statuses: int | None) -> list[str]:
    """Let comments come, each delivered with this answer; gives the delivery ids."""
    hub.world.outbox.drain()  # what came while the repository was set up
    guids = []
    for status in statuses:
        hub.world.comment("ada", SHOP, hub.shop.pull_requests[0].number, "hello")
        for webhook in hub.world.outbox.drain():
            hub.world.record_delivery_result(webhook.guid, status, 0.25)
            guids.append(webhook.guid)
        hub.clock.time += 60
    return guids


async def test_attempts_are_listed_the_newest_first_with_whether_they_arrived(hub: Hub) -> None:
    began = hub.clock.now()
    arrived, refused, timed_out = send(hub, 202, 503, None)
    attempts = await HookLog(hub.app).sent_since(began)
    assert [(each.delivery, each.arrived) for each in attempts] == [
        (timed_out, False),
        (refused, False),
        (arrived, True),
    ]
    assert [each.at for each in attempts] == [began + 120, began + 60, began]


async def test_what_is_older_is_not_listed(hub: Hub) -> None:
    began = hub.clock.now()
    *_, newest = send(hub, 202, 202, 202)
    assert [each.delivery for each in await HookLog(hub.app).sent_since(began + 90)] == [newest]


async def test_every_page_is_read_up_to_a_limit(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    began = hub.clock.now()
    send(hub, *[202] * 105)
    log = HookLog(hub.app)
    assert len(await log.sent_since(began)) == 105
    monkeypatch.setattr(hooks, "LISTED_MAX", 7)
    assert len(await log.sent_since(began)) == 7


async def test_an_attempt_that_is_repeated_keeps_its_delivery_id(hub: Hub) -> None:
    (delivery,) = send(hub, 503)
    log = HookLog(hub.app)
    (failed,) = await log.sent_since(0.0)
    await log.send_again(failed.attempt)
    (again,) = hub.world.outbox.drain()
    assert again.guid == delivery


async def test_the_app_learns_its_own_name(hub: Hub) -> None:
    assert await HookLog(hub.app).slug() == "pointsman"


async def test_a_github_in_trouble_passes(hub: Hub) -> None:
    hub.world.faults.add(Fault("status", path="/app/hook/.*", times=1))
    with pytest.raises(PassingFault):
        await HookLog(hub.app).sent_since(0.0)
