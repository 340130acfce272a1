"""Deliveries are found by what they are about, and keep the values by which they mean nothing."""

from msgspec.structs import replace

from bot.ledger.store import SqlLedger
from bot.ports import DeliveryFilter, EventFilter, Translated
from tests.contract.ledger_stories import PULL, REACTORS, deliver, incoming, meant

SHA = "c0ffee" + "0" * 34


async def ignored(ledger: SqlLedger, id: str, meaning: Translated, at: float = 100.0) -> None:
    delivery = replace(incoming(id, at=at), event="push")
    await ledger.accept(delivery)
    await ledger.record_translations([(delivery, meaning)], REACTORS, at)


async def found(ledger: SqlLedger, limit: int = 0, **wanted: object) -> list[str]:
    return [row.id for row in await ledger.deliveries(limit, DeliveryFilter(**wanted))]  # type: ignore[arg-type]


async def test_an_ignored_delivery_is_found_by_its_subject_and_its_commit(ledger: SqlLedger) -> None:
    values = {"ref": "main", "used": ["created"]}
    meaning = Translated(reason="nothing_listens", subject="acme/shop@main", sha=SHA, values=values)
    await ignored(ledger, "g-1", meaning)
    await ignored(ledger, "g-2", Translated(reason="nothing_listens", subject="acme/shop@other"), at=101.0)
    for about in (SHA, SHA[:7], SHA.upper(), "acme/shop@main"):
        assert await found(ledger, about=about) == ["g-1"], about
    for about in (SHA[:6], "d0ffee0", "acme/shop", "acme/shop@mai", "%"):
        assert await found(ledger, about=about) == [], about
    row = (await ledger.deliveries(1, DeliveryFilter(about=SHA)))[0]
    assert (row.sha, row.values) == (SHA, values)
    assert (await ledger.delivery("g-2"))[0].values == {}  # type: ignore[index]


async def test_filters_narrow_each_other_down_and_the_newest_come_first(ledger: SqlLedger) -> None:
    await deliver(ledger, "g-1", meant("one"))
    for number in (2, 3):
        await ignored(ledger, f"g-{number}", Translated(reason="nothing_listens"), at=100.0 + number)
    assert await found(ledger) == ["g-3", "g-2", "g-1"]
    assert await found(ledger, event="push") == ["g-3", "g-2"]
    assert await found(ledger, 1, event="push", state="done") == ["g-3"]
    assert await found(ledger, event="push", since=102.5) == ["g-3"]
    assert await found(ledger, state="received") == ["g-1"]
    assert await found(ledger, source="slack") == []


async def test_events_are_found_by_their_time_and_delivery(ledger: SqlLedger) -> None:
    await deliver(ledger, "g-1", meant("one"), at=100.0)
    await deliver(ledger, "g-2", meant("two"), at=200.0)
    for wanted, expected in (
        (EventFilter(), ["g-1", "g-2"]),
        (EventFilter(since=150.0), ["g-2"]),
        (EventFilter(delivery="g-1", type="command.given", key=PULL), ["g-1"]),
        (EventFilter(type="turn.came"), []),
    ):
        assert [event.delivery for event in await ledger.events_like(wanted)] == expected
    assert [event.delivery for event in await ledger.events_like(EventFilter(), 1)] == ["g-2"]
