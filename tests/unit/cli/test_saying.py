"""What an operator says to the bot from the command line: paused, resumed, a name accepted."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot.__main__ import main
from bot.domain.automation_events import AutomationPaused, AutomationResumed
from bot.domain.who_may import NOBODY, Account, Listed, NameAccepted, RightsChanged, rights_key
from bot.ledger.sqlite import open_sqlite
from bot.ports import Incoming, Meant, Translated
from bot.runtime.own_deliveries import translate
from tests.contract.ledger_stories import decided, lease_one
from tests.unit.reactors.stories import SHOP

Run = Callable[..., Result]
LISTED = RightsChanged(
    repository=SHOP,
    lists=(Listed("environments.production.deployers", ("Ada", "acme/sre")),),
    accounts=(Account("ada", 7), Account("acme/sre", NOBODY)),
)


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.chdir(tmp_path)
    asyncio.run(_filled(tmp_path / "pointsman.db"))
    environ = {"DATABASE_URL": "sqlite:///pointsman.db", "POINTSMAN_CONFIG": None, "USER": "olive"}

    def invoke(*arguments: str) -> Result:
        return CliRunner().invoke(main, arguments, env=environ)

    return invoke


async def _filled(path: Path) -> None:
    ledger = open_sqlite(path, exclusive=True)
    first = Incoming(source="pointsman", id="first", event="rights.changed", body=b"{}", received_at=100.0)
    await ledger.accept(first)
    meant = Meant(key=rights_key(SHOP), time=100.0, data=LISTED)
    await ledger.record_translations(
        [(first, Translated(events=(meant,)))], {LISTED.TYPE: ("recorded",)}, 100.0
    )
    await ledger.record(decided(await lease_one(ledger)), release=True)
    await ledger.close()


def stored(kind: str) -> Translated:
    """What the bot will make of the newest delivery of this kind."""

    async def reading() -> Translated:
        ledger = open_sqlite(Path("pointsman.db"), exclusive=False)
        try:
            row = next(each for each in await ledger.deliveries(0) if each.event == kind)
            found = await ledger.delivery(row.id)
            assert found is not None
            return translate(found[1])
        finally:
            await ledger.close()

    return asyncio.run(reading())


def test_automation_is_paused_with_the_reason_and_resumed(run: Run) -> None:
    said = run("pause", "--because", "stocktaking")
    assert said.exit_code == 0, said.output
    assert "paused" in said.stdout
    (meant,) = stored(AutomationPaused.TYPE).events
    assert isinstance(meant.data, AutomationPaused)
    assert (meant.data.by, meant.data.because) == ("olive", "stocktaking")
    assert run("resume").exit_code == 0
    (meant,) = stored(AutomationResumed.TYPE).events
    assert isinstance(meant.data, AutomationResumed)


def test_the_lists_are_shown_with_the_account_of_each_name(run: Run) -> None:
    shown = run("rights", "show", SHOP.full_name).stdout
    assert "environments.production.deployers: Ada, acme/sre" in shown
    assert "ada is 7" in shown
    assert "acme/sre is nobody" in shown
    document = json.loads(run("rights", "show", SHOP.full_name, "--json").stdout)
    assert document["accounts"] == {"ada": 7, "acme/sre": 0}


def test_a_listed_name_is_accepted(run: Run) -> None:
    assert run("rights", "accept", SHOP.full_name, "ACME/sre").exit_code == 0
    (meant,) = stored(NameAccepted.TYPE).events
    assert isinstance(meant.data, NameAccepted)
    assert (meant.key, meant.data.name, meant.data.by) == (rights_key(SHOP), "ACME/sre", "olive")


@pytest.mark.parametrize(
    ("repository", "name", "words"),
    [(SHOP.full_name, "bob", "bob is in no list"), ("acme/none", "ada", "was seen here")],
)
def test_what_is_not_there_cannot_be_accepted(run: Run, repository: str, name: str, words: str) -> None:
    result = run("rights", "accept", repository, name)
    assert result.exit_code == 1
    assert words in result.stderr


def test_without_a_ledger_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(main, ["pause"], env={"DATABASE_URL": "sqlite:///none.db"})
    assert result.exit_code == 2
    assert "none.db" in result.stderr
