"""However much waits or is remembered, what runs all the time finds its rows by an index."""

import re
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event

from bot.ledger.sqlite import open_in_place
from bot.ledger.store import SqlLedger
from bot.ports import Performed
from tests.contract.ledger_stories import (
    OTHER_PULL,
    PULL,
    REACTORS,
    answered,
    decide,
    decided,
    deliver,
    give,
    incoming,
    lease_effects,
    lease_one,
    meant,
    message,
    new,
    order,
    reply,
    timer,
)
from tests.contract.ledgers import counted_tokens

# A read of a whole table: "SCAN work", but not "SCAN queues USING INDEX queues_visible". Lanes are few.
WHOLE_TABLE = re.compile(r"^SCAN (?!.*USING)(?!CONSTANT ROW|\(subquery|lanes)")


class Plans:
    """Explains every statement that a ledger runs."""

    def __init__(self, ledger: SqlLedger) -> None:
        self.found: dict[str, list[str]] = {}
        engine: sa.Engine = ledger._executor._engine  # type: ignore[attr-defined]
        event.listen(engine, "before_cursor_execute", self._explain)

    def _explain(self, _: Any, cursor: Any, statement: str, parameters: Any, *rest: Any) -> None:
        if statement.split(" ", 1)[0] in {"SELECT", "UPDATE", "DELETE"}:
            values = parameters[0] if rest[-1] else parameters
            rows = cursor.connection.execute(f"EXPLAIN QUERY PLAN {statement}", values)
            self.found[statement] = [row[3] for row in rows]

    def whole_tables(self) -> dict[str, list[str]]:
        return {
            statement: plan
            for statement, plan in self.found.items()
            if any(WHOLE_TABLE.match(step) for step in plan)
        }

    def of(self, beginning: str, part: str) -> str:
        (plan,) = (plan for text, plan in self.found.items() if text.startswith(beginning) and part in text)
        return " | ".join(plan)


async def the_daily_life_of(ledger: SqlLedger) -> None:
    """Everything that a worker and a runner do, once."""
    await deliver(ledger, "g-1", meant("deploy"))
    await ledger.untranslated(10)
    lease = await lease_one(ledger)
    await ledger.record(decided(lease, outcome="failed"), release=True)
    await ledger.accept(incoming("g-1"))
    lease = await decide(
        ledger, await lease_one(ledger), new(answered("x"), OTHER_PULL), new(timer(), due=300.0)
    )
    await give(ledger, "two")
    await ledger.release(lease)
    lease = await lease_one(ledger)
    await ledger.postpone(lease, lease.work[0], 110.0, "away", 100.0)
    await order(ledger, message("one"), reply("two"), name="c", at=110.0)
    await order(ledger, message("three"), name="d", at=110.0)
    (effect,) = await lease_effects(ledger, 110.0)
    await ledger.retry_effect(effect, 120.0, "away", False, 110.0)
    (effect,) = await lease_effects(ledger, 120.0)
    await ledger.finish_effect(effect, Performed(handle={"ts": "1"}), REACTORS, 120.0)
    (effect,) = await lease_effects(ledger, 120.0)
    await ledger.park_effect(effect, "gone", "", REACTORS, 120.0)
    await ledger.next_due(120.0)
    await ledger.backlog()
    await ledger.state(PULL)
    await ledger.states("pr:")
    await ledger.locate("0123456")
    await ledger.history(PULL)
    await ledger.effects(state="parked")
    await ledger.effects(correlation="e-1")
    await ledger.delivery("g-1")
    await ledger.marks(10)
    await ledger.marks(10, before=100)
    await ledger.marks(10, key=PULL)
    await ledger.events(key=PULL, type="command.answered")
    await ledger.chronicle(["e-1", "e-2"], [PULL, OTHER_PULL], limit=100)
    await ledger.ping()
    await ledger.recover(120.0)
    await _the_upkeep_of(ledger)


async def _the_upkeep_of(ledger: SqlLedger) -> None:
    for before in (1.0, 1_000.0):
        await ledger.forget_deliveries(0, before)
        await ledger.forget_names("", before)
        await ledger.compact_events(0, before, 1_000.0)
        await ledger.forget_effects(0)
    await ledger.keys("", 10)
    await ledger.difference(PULL)


async def test_nothing_that_runs_all_the_time_reads_a_whole_table(tmp_path: Path) -> None:
    ledger = open_in_place(tmp_path / "plans.db", counted_tokens())
    plans = Plans(ledger)
    await the_daily_life_of(ledger)
    await ledger.close()
    assert len(plans.found) > 40
    assert plans.whole_tables() == {}


async def test_the_next_keys_are_read_off_an_index_in_their_order(tmp_path: Path) -> None:
    ledger = open_in_place(tmp_path / "plans.db", counted_tokens())
    plans = Plans(ledger)
    await the_daily_life_of(ledger)
    await ledger.close()
    # Without a sort ("USE TEMP B-TREE"): ten keys are found as quickly among a hundred thousand.
    assert plans.of('SELECT queues."key"', "visible_at <=").startswith(
        "SEARCH queues USING INDEX queues_visible"
    )
    assert "TEMP" not in plans.of('SELECT queues."key"', "visible_at <=")
    assert plans.of("SELECT events.seq", "work.due +").startswith(
        "SEARCH work USING INDEX work_pending_in_order"
    )
    assert "TEMP" not in plans.of("SELECT events.seq", "work.due +")
    assert "effects_open_in_order" in plans.of("SELECT effects.seq", "effects.lane =")
    assert "TEMP" not in plans.of("SELECT effects.seq", "effects.lane =")
    assert "deliveries_untranslated" in plans.of("SELECT deliveries.seq", "translated_at IS NULL")


async def test_stories_are_read_by_their_chains_and_not_off_the_whole_history(tmp_path: Path) -> None:
    ledger = open_in_place(tmp_path / "plans.db", counted_tokens())
    plans = Plans(ledger)
    await the_daily_life_of(ledger)
    await ledger.close()
    # Without a sort: the newest are found as quickly among a hundred thousand.
    assert plans.of("SELECT events.seq, events.correlation", 'events."key" = ') == (
        "SEARCH events USING INDEX events_key (key=? AND seq<?)"
    )
    assert "events_key" in plans.of('SELECT events."key", events.correlation', "GROUP BY")
    assert plans.of("SELECT events.seq, events.id", "events.seq +").startswith(
        "SEARCH events USING INDEX events_correlation"
    )
    waits = plans.of("SELECT work.event", "held_until")
    assert "SEARCH work USING INDEX sqlite_autoindex_work_1 (event=?)" in waits
    assert "SEARCH queues USING INDEX sqlite_autoindex_queues_1 (key=?)" in waits
    assert "SEARCH effects USING INDEX effects_correlation" in plans.of(
        "SELECT effects.seq", "effects.correlation IN"
    )


async def test_a_key_is_rebuilt_in_the_order_of_application_without_sorting_all_its_events(
    tmp_path: Path,
) -> None:
    ledger = open_in_place(tmp_path / "plans.db", counted_tokens())
    plans = Plans(ledger)
    await the_daily_life_of(ledger)
    await ledger.close()
    assert plans.of("SELECT events.seq, events.applied, events.type", "events.applied >= ") == (
        "SEARCH events USING INDEX events_applied (key=? AND applied>?)"
    )
    # From key to key by leaps: as quick where a key has a hundred thousand events.
    assert plans.of('SELECT min(events."key")', "min_1") == (
        "SEARCH events USING COVERING INDEX events_key (key>?)"
    )
    assert "effects_emptied" in plans.of('SELECT effects.seq, effects."key"', "length(effects.body)")
