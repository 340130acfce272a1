"""Which deployment somebody means."""

from msgspec.structs import replace

from bot.commands.finding import by_id, here, of_request, request_of_thread, requests_here
from bot.domain.change import ChangeState
from bot.domain.slot import Slot
from bot.ports import Ledger
from tests.unit.commands.known import IN_SLACK, ON_PULL, KnownLedger, asked, sources
from tests.unit.reactors.stories import SLOT, after_failure, request, running

IN_THREAD = replace(IN_SLACK, thread="1.5")


def ledger(slot: Slot | None = None) -> Ledger:
    known = KnownLedger(
        {SLOT: slot or after_failure(), "request:r-new": request("new")},
        {"d-new": ("request:r-new", SLOT), "thread:C0DEPLOYS:1.5": ("request:r-new",)},
    )
    return sources(ledger=known).ledger


async def test_a_deployment_is_found_in_its_slot_with_its_prompt() -> None:
    (found,) = await by_id(ledger(), "d-new")
    assert (found.key, found.deployment.state, found.newest) == (SLOT, "failed", "d-new")
    assert found.prompt is not None


async def test_the_newest_is_the_one_that_runs() -> None:
    (found,) = await by_id(ledger(after_failure(current=running("d-next"))), "d-new")
    assert found.newest == "d-next"


async def test_a_request_means_all_of_its_parts() -> None:
    assert [each.deployment.id for each in await by_id(ledger(), "r-new")] == ["d-new"]


async def test_what_nobody_knows_is_not_found() -> None:
    assert await by_id(ledger(), "d-nobody") == ()
    assert await by_id(ledger(), "r-nobody") == ()
    assert await of_request(ledger(Slot()), "r-new") == ()
    assert await by_id(sources(ledger=KnownLedger(aliases={"d-new": (SLOT,)})).ledger, "d-new") == ()


async def test_a_conversation_is_about_its_requests() -> None:
    on_pull = asked(change=ChangeState(requests=("r-new", "r-newer")))
    assert await requests_here(ledger(), on_pull) == ("r-new", "r-newer")
    assert await requests_here(ledger(), asked(place=IN_THREAD)) == ("r-new",)
    assert await requests_here(ledger(), asked(place=IN_SLACK)) == ()
    assert await requests_here(ledger(), asked()) == ()
    assert [each.deployment.id for each in await here(ledger(), on_pull)] == ["d-new"]


async def test_only_a_threads_place_leads_to_a_request() -> None:
    assert await request_of_thread(ledger(), IN_THREAD) == "r-new"
    assert await request_of_thread(ledger(), replace(IN_SLACK, thread="9.9")) is None
    assert await request_of_thread(ledger(), ON_PULL) is None
