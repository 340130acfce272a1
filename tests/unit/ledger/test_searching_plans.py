"""However many deliveries are stored, those about one thing are found by an index."""

from pathlib import Path

from bot.ledger.sqlite import open_in_place
from bot.ports import DeliveryFilter
from tests.contract.ledgers import counted_tokens
from tests.unit.ledger.test_query_plans import Plans


async def test_what_is_about_a_change_or_a_commit_is_found_by_an_index(tmp_path: Path) -> None:
    ledger = open_in_place(tmp_path / "plans.db", counted_tokens())
    plans = Plans(ledger)
    await ledger.deliveries(100, DeliveryFilter(about="acme/shop#12"))
    await ledger.deliveries(100, DeliveryFilter(about="c0ffee0"))
    await ledger.deliveries(100, DeliveryFilter(state="failed"))
    await ledger.close()
    assert "USING INDEX deliveries_subject (subject=?)" in plans.of("SELECT", "deliveries.subject = ")
    assert "USING INDEX deliveries_sha (sha>? AND sha<?)" in plans.of("SELECT", "deliveries.sha >= ")
    assert "deliveries_failed" in plans.of("SELECT", "deliveries.state = 'failed'")
    assert plans.whole_tables() == {}
