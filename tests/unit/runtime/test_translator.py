"""From stored deliveries to events, in the order in which they came."""

from bot.domain.event_types import BY_TYPE
from bot.domain.events import DeployerReported, DeploymentRequested
from bot.domain.values import Report
from bot.ports import Incoming, Meant, Translated
from bot.runtime.translator import BATCH, Translator
from tests.unit.reactors.stories import order
from tests.unit.runtime.machinery import PULL, SLOT, Machinery, given, text_of, until_idle

REACTORS = dict.fromkeys(BY_TYPE, ("scripted",))


def meaning(incoming: Incoming) -> Translated:
    if incoming.id == "poison":
        raise ValueError("a defect")
    if incoming.id == "noise":
        return Translated(reason="nothing_to_us")
    return Translated(events=(Meant(key=PULL, time=1.0, data=given(incoming.id)),), action="created")


async def accept(machinery: Machinery, *ids: str) -> Translator:
    for id in ids:
        await machinery.ledger.accept(machinery.incoming(id))
    return Translator(machinery.ledger, machinery.clock, meaning, REACTORS)


async def rows(machinery: Machinery) -> dict[str, tuple[str, str | None]]:
    return {row.id: (row.state, row.reason) for row in await machinery.ledger.deliveries(0)}


async def test_deliveries_become_events_in_their_order(machinery: Machinery) -> None:
    translator = await accept(machinery, "one", "two", "three")
    assert await translator.step() == 3
    assert [text_of(event) for event in await machinery.ledger.events(key=PULL)] == ["one", "two", "three"]


async def test_what_means_nothing_is_closed_with_the_reason(machinery: Machinery) -> None:
    translator = await accept(machinery, "noise")
    await translator.step()
    assert (await rows(machinery))["noise"] == ("done", "nothing_to_us")


async def test_a_delivery_that_cannot_be_translated_is_failed_and_blocks_nobody(machinery: Machinery) -> None:
    translator = await accept(machinery, "one", "poison", "two")
    await translator.step()
    assert (await rows(machinery))["poison"] == ("failed", "translation_failed: ValueError")
    assert [text_of(event) for event in await machinery.ledger.events(key=PULL)] == ["one", "two"]


async def test_it_takes_a_batch_at_a_time(machinery: Machinery) -> None:
    translator = await accept(machinery, *(f"g{n}" for n in range(BATCH + 1)))
    assert [await translator.step() for _ in range(3)] == [BATCH, 1, 0]


async def named(machinery: Machinery, *names: str) -> Translator:
    """A translator for which everything is about whoever has one of these names."""

    def about(incoming: Incoming) -> Translated:
        return Translated(events=(Meant(found_by=names, time=1.0, data=given(incoming.id)),))

    await machinery.ledger.accept(machinery.incoming("one"))
    return Translator(machinery.ledger, machinery.clock, about, REACTORS)


async def test_what_goes_by_a_name_finds_the_slot_that_has_it(machinery: Machinery) -> None:
    await machinery.deliver_meant(Meant(key=SLOT, time=1.0, data=DeploymentRequested(order=order("d-new"))))
    await until_idle(machinery.worker())
    translator = await named(machinery, "run:1:77", "d-new")
    await translator.step()
    assert [text_of(event) for event in (await machinery.ledger.events(key=SLOT))[1:]] == ["one"]


async def test_a_report_goes_by_the_name_that_it_was_found_by(machinery: Machinery) -> None:
    """Its title may hold another deployment's id: somebody's parameter may stand there too."""
    for id in ("d-new", "d-old"):
        await machinery.deliver_meant(Meant(key=SLOT, time=1.0, data=DeploymentRequested(order=order(id))))
    await until_idle(machinery.worker())
    await machinery.ledger.accept(machinery.incoming("one"))
    report = DeployerReported(report=Report("d-old", "succeeded", sequence=7), by="actions")

    def about(_incoming: Incoming) -> Translated:
        return Translated(events=(Meant(found_by=("d-new", "d-old"), time=1.0, data=report),))

    await Translator(machinery.ledger, machinery.clock, about, REACTORS).step()
    (told,) = [each.data for each in await machinery.ledger.events(key=SLOT) if each.delivery == "one"]
    assert told == DeployerReported(report=Report("d-new", "succeeded", sequence=7), by="actions")


async def test_what_nobody_goes_by_is_closed_as_nobodys(machinery: Machinery) -> None:
    await (await named(machinery, "run:1:78")).step()
    assert (await rows(machinery))["one"] == ("done", "nobodys_deployment")
