"""What GitHub says it sent us, and how it is sent again; at the simulated GitHub."""

import pytest

from bot.domain.errors import PassingFault
from bot.github import hooks
from bot.github.hooks import HookLog, redelivery_window
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
    attempts = (await HookLog(hub.app).sent_since(began)).attempts
    assert [(each.delivery, each.arrived) for each in attempts] == [
        (timed_out, False),
        (refused, False),
        (arrived, True),
    ]
    assert [each.at for each in attempts] == [began + 120, began + 60, began]


async def test_what_is_older_is_not_listed(hub: Hub) -> None:
    began = hub.clock.now()
    *_, newest = send(hub, 202, 202, 202)
    listed = await HookLog(hub.app).sent_since(began + 90)
    assert [each.delivery for each in listed.attempts] == [newest]
    assert listed.complete


async def test_every_page_is_read_up_to_a_limit(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    began = hub.clock.now()
    send(hub, *[202] * 105)
    log = HookLog(hub.app)
    whole = await log.sent_since(began)
    assert (len(whole.attempts), whole.complete) == (105, True)
    monkeypatch.setattr(hooks, "LISTED_MAX", 7)
    cut = await log.sent_since(began)
    assert (len(cut.attempts), cut.complete) == (7, False)


async def test_an_attempt_that_is_repeated_keeps_its_delivery_id(hub: Hub) -> None:
    (delivery,) = send(hub, 503)
    log = HookLog(hub.app)
    (failed,) = (await log.sent_since(0.0)).attempts
    await log.send_again(failed.attempt)
    (again,) = hub.world.outbox.drain()
    assert again.guid == delivery
    hub.world.record_delivery_result(again.guid, 202, 0.25)
    newest, first = (await log.sent_since(0.0)).attempts
    assert [(each.event, each.again) for each in (newest, first)] == [
        ("issue_comment", True),
        ("issue_comment", False),
    ]


@pytest.mark.parametrize("api_url,days", [
    ("https://api.github.com", 3),
    ("https://api.acme.ghe.com", 3),
    ("https://github.acme.example/api/v3", 7),
])  # fmt: skip
def test_an_enterprise_server_can_repeat_what_is_a_week_old(api_url: str, days: int) -> None:
    assert redelivery_window(api_url) == days * 86_400


async def test_the_app_learns_its_own_name(hub: Hub) -> None:
    assert await HookLog(hub.app).slug() == "pointsman"


async def test_a_github_in_trouble_passes(hub: Hub) -> None:
    hub.world.faults.add(Fault("status", path="/app/hook/.*", times=1))
    with pytest.raises(PassingFault):
        await HookLog(hub.app).sent_since(0.0)
