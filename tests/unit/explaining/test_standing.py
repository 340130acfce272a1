"""What is waited for is said with whom and until when, and never of what has ended."""

from pathlib import Path

from msgspec.structs import replace

from bot.domain.deployment import Deployment
from bot.domain.events import Prompt
from bot.domain.slot import Slot
from bot.explaining import standing
from bot.explaining.stories import plots
from bot.ledger.sqlite import open_in_place
from bot.ports import LaneRow
from tests.contract.ledgers import counted_tokens
from tests.unit.explaining.chains import Chains
from tests.unit.reactors.stories import ADA, AT, BOB, order

STARTED = "2026-02-02 02:40:00 UTC"


def deployment(id: str = "d-new", **changes: object) -> Deployment:
    return replace(Deployment(order=order(id)), **changes)


def said(slot: Slot, id: str = "d-new") -> list[tuple[str, str]]:
    return [(note.said, note.next) for note in standing.of_deployment(slot, id)]


def test_who_waits_is_told_behind_whom() -> None:
    first = deployment("d-one", state="running", started_at=AT)
    slot = Slot(current=first, queue=(deployment("d-two", state="queued"), deployment(state="queued")))
    ((text, step),) = said(slot)
    assert text == (
        "d-new has place 2 in the queue of api in production, "
        f"behind d-one (running, since {STARTED}, for ada), d-two."
    )
    assert step == "`/cancel d-new`"


def test_who_is_first_waits_for_nobody() -> None:
    ((text, _),) = said(Slot(queue=(deployment(state="queued"),)))
    assert text.endswith("place 1 in the queue of api in production; its turn is being decided.")


def test_a_deployer_that_has_not_accepted_has_until_the_start_timeout() -> None:
    ((text, _),) = said(Slot(current=deployment(state="starting", started_at=AT)))
    assert text == (
        f"d-new: its deployer (http) was asked at {STARTED} and has until 2026-02-02 02:45:00 UTC to accept "
        "(`start_timeout`, 5 min)."
    )


def test_a_deployer_at_work_has_until_the_timeout_and_is_quoted() -> None:
    working = deployment(state="running", started_at=AT, accepted_at=AT, description="3 of 5")
    ((text, step),) = said(Slot(current=working))
    assert "has until 2026-02-02 03:10:00 UTC to end (`timeout`, 30 min). It said last: “3 of 5”." in text
    assert step == "`/cancel d-new`"
    ((text, step),) = said(Slot(current=replace(working, cancel=BOB)))
    assert text.endswith("bob asked to stop it; only its deployer can say that it has.")
    assert step == ""


def test_a_question_is_told_until_somebody_answers_it() -> None:
    ended = deployment(state="failed", ended_at=AT)
    prompt = Prompt(deployment="d-new", target="d-good", target_sha="a" * 40, evidence="", opened_at=AT)
    ((text, step),) = said(Slot(history=(ended,), prompts=(prompt,)))
    assert "d-new went wrong" in text
    assert step == "`/rollback api production`, `/retry d-new` or `/keep d-new`"
    answered = replace(prompt, answer="keep", answered_by=ADA, answered_at=AT)
    assert said(Slot(history=(ended,), prompts=(answered,))) == []
    later = deployment("d-later", state="succeeded", ended_at=AT)
    assert said(Slot(history=(ended, later), prompts=(prompt,))) == []


def test_what_ended_well_or_is_unknown_waits_for_nothing() -> None:
    assert said(Slot(history=(deployment(state="succeeded", ended_at=AT),))) == []
    assert said(Slot(), "d-nobody") == []


def test_a_target_that_is_left_alone_says_until_when_and_why() -> None:
    row = LaneRow(lane="github:7", paused_until=AT, reason="The limit is used up.", failures=3)
    assert standing.of_lane(row).said == (
        f"GitHub (installation 7) is left alone until {STARTED}: The limit is used up (3 failures in a row)."
    )
    assert standing.of_lane(LaneRow(lane="new:x", paused_until=AT)).said.startswith("new:x is left alone")


async def test_a_target_that_waits_is_told_as_long_as_something_waits_for_it(tmp_path: Path) -> None:
    chains = Chains()
    chains.command()
    chains.do("e-1", "github.comment", "pending", lane="github:7")
    ledger = open_in_place(tmp_path / "x.db", counted_tokens())
    try:
        await ledger.note_lanes([LaneRow(lane="github:7", paused_until=AT + 60, reason="Too many requests.")])
        waiting = plots(chains.chronicle(), ["e-1"])
        (note,) = await standing.notes(ledger, waiting, AT)
        assert "is left alone until 2026-02-02 02:41:00 UTC: Too many requests." in note.said
        assert await standing.notes(ledger, waiting, AT + 61) == []
        chains.effects.clear()
        chains.do("e-1", "github.comment", "done", lane="github:7")
        assert await standing.notes(ledger, plots(chains.chronicle(), ["e-1"]), AT) == []
    finally:
        await ledger.close()


async def test_what_was_given_up_names_the_command_that_tries_again(tmp_path: Path) -> None:
    chains = Chains()
    chains.command()
    chains.do("e-1", "github.comment", "parked", reason="No connection.", hint="Check the network.")
    chains.command("e-2")
    chains.decide("e-2", "failed", "gave_up", error="Unreadable: xoxb-1234567890-abcdefghijk")
    ledger = open_in_place(tmp_path / "x.db", counted_tokens())
    try:
        found = await standing.notes(ledger, plots(chains.chronicle(), ["e-1", "e-2"]), AT)
    finally:
        await ledger.close()
    text = "\n".join(f"{note.said} {note.next}" for note in found)
    key = chains.effects[0].key
    assert f"No connection. Check the network. Then: `pointsman dead retry {key}`" in text
    assert "`pointsman dead retry e-2/tests`" in text
    assert "xoxb-" not in text
