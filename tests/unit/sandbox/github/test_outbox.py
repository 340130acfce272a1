"""The queue of webhooks and GitHub's log of deliveries."""

import pytest

from bot.sandbox.github.outbox import LOG_SIZE_MAX, DeliveryLog, HookDelivery, Outbox, Webhook


def webhook(guid: str = "g") -> Webhook:
    """A webhook."""
    return Webhook(guid, "push", None, b"{}", {})


def guids(outbox: Outbox) -> list[str]:
    """What waits."""
    return [one.guid for one in outbox]


def test_webhooks_are_taken_in_order() -> None:
    outbox = Outbox()
    for guid in "abc":
        outbox.add(webhook(guid))
    assert [getattr(outbox.take(0), "guid", None) for _ in range(4)] == ["a", "b", "c", None]


def test_a_webhook_is_held_behind_as_many_as_were_said() -> None:
    outbox = Outbox()
    outbox.hold(webhook("late"), behind=2)
    outbox.add(webhook("a"))
    assert guids(outbox) == ["a"]
    outbox.add(webhook("b"))
    assert guids(outbox) == ["a", "b", "late"]


def test_a_webhook_is_held_until_its_time() -> None:
    outbox = Outbox()
    outbox.hold(webhook("late"), until=10)
    outbox.hold(webhook("later"), until=20)
    assert (outbox.take(9), outbox.next_release()) == (None, 10)
    taken = outbox.take(10)
    assert taken is not None
    assert (taken.guid, outbox.next_release()) == ("late", 20)


def test_what_is_held_is_not_drained() -> None:
    outbox = Outbox()
    outbox.add(webhook("a"))
    outbox.hold(webhook("late"), until=10)
    assert [one.guid for one in outbox.drain()] == ["a"]
    assert (len(outbox), len(outbox.held)) == (0, 1)


def test_two_attempts_under_one_guid_are_closed_in_their_order() -> None:
    log = DeliveryLog()
    for number in (1, 2):
        log.open(HookDelivery(number, webhook(), None, None, redelivery=number == 2))
    log.close("g", 503, 0.1, 5.0)
    log.close("g", 200, 0.1, 6.0)
    assert [(entry.id, entry.status_code) for entry in log.listed(10)] == [(2, 200), (1, 503)]
    with pytest.raises(KeyError):
        log.close("g", 200, 0.1, 7.0)


@pytest.mark.parametrize(
    ("status_code", "status"),
    [(200, "OK"), (202, "OK"), (404, "Invalid HTTP Response: 404"), (None, "failed to connect to host")],
)
def test_a_delivery_says_how_it_ended(status_code: int | None, status: str) -> None:
    log = DeliveryLog()
    log.open(HookDelivery(1, webhook(), None, None, redelivery=False))
    log.close("g", status_code, 0.1, 5.0)
    assert log.listed(5)[0].status == status


def test_the_log_forgets_its_oldest_beyond_a_limit() -> None:
    log = DeliveryLog()
    for number in range(LOG_SIZE_MAX + 1):
        log.open(HookDelivery(number, webhook(str(number)), None, None, redelivery=False))
    assert 0 not in log.entries
    log.close("0", 200, 0.1, 5.0)
    assert log.listed(5) == []
