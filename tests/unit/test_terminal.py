"""What the reading commands print for people; nothing from outside is taken for markup or control."""

from collections.abc import Callable
from typing import Any

import pytest

from bot.domain.events import Event, TurnCame
from bot.explaining import Explanation, Told
from bot.ports import DeliveryRow, EffectRow, OutcomeRow
from bot.terminal import moment, show_deliveries, show_events, show_explanation, show_record
from tests.unit.reactors.stories import event

HOSTILE = "[bold red]gone[/]\x1b[2J\x07\u202e[/x]"
Printed = Callable[[], str]


@pytest.fixture
def printed(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Printed:
    monkeypatch.delenv("COLUMNS", raising=False)
    monkeypatch.setenv("NO_COLOR", "1")
    return lambda: capsys.readouterr().out


def delivery(**changes: Any) -> DeliveryRow:
    known: dict[str, Any] = {
        "id": "g-1",
        "source": "github",
        "event": "issue_comment",
        "action": "created",
        "received_at": 1_770_000_000.0,
        "state": "done",
        "outcome": "events",
        "reason": "command",
        "subject": "acme/shop#12",
    }
    return DeliveryRow(**(known | changes))


def outcome(**changes: Any) -> OutcomeRow:
    known: dict[str, Any] = {
        "event": "e-1",
        "reactor": "slot.turn",
        "outcome": "acted",
        "reason": "started",
        "values": {"sha": "c" * 40},
        "facts": None,
        "decided_at": 1_770_000_000.0,
    }
    return OutcomeRow(**(known | changes))


def effect(**changes: Any) -> EffectRow:
    known: dict[str, Any] = {
        "key": "x-1",
        "kind": "deployer.call",
        "state": "done",
        "attempts": 1,
        "version": 1,
        "done_version": 1,
        "not_before": 0.0,
        "reason": None,
        "hint": None,
        "causation": "e-1",
        "correlation": "c-1",
        "handle": None,
        "updated_at": 0.0,
    }
    return EffectRow(**(known | changes))


def explained(*outcomes: OutcomeRow, effects: tuple[EffectRow, ...] = ()) -> Explanation:
    return Explanation("d-new", [delivery()], [Told(event(TurnCame()), outcomes, effects)])


def test_a_delivery_is_one_line_however_long_it_is(printed: Printed) -> None:
    show_deliveries([delivery(subject="acme/" + "x" * 300), delivery(id="g-2", action=None, outcome=None)])
    _, first, second = printed().splitlines()
    assert "2026-02-02 02:40:00" in first
    assert "issue_comment.created" in first
    assert "x" * 300 in first
    assert "g-2" in second


def test_an_event_says_what_caused_it(printed: Printed) -> None:
    caused = Event(
        id="e-2",
        source="test",
        time=1_770_000_000.0,
        recorded_time=0.0,
        key="slot:x",
        correlation="c",
        causation="e-1",
        data=TurnCame(),
        sequence=7,
    )
    show_events([caused])
    line = printed().splitlines()[1]
    assert line.split() == ["7", "2026-02-02", "02:40:00", "slot.turned", "slot:x", "e-2", "e-1"]


def test_an_explanation_is_a_chain_of_deliveries_events_decisions_and_effects(printed: Printed) -> None:
    refused = outcome(outcome="ignored", reason="nobody_waits", values={})
    parked = effect(state="parked", attempts=10, reason="No connection.", hint="Deploy again.")
    show_explanation(explained(outcome(), refused, effects=(effect(), parked)))
    text = printed()
    assert "slot.turn: acted, started (sha=" in text
    assert "slot.turn: ignored, nobody_waits\n" in text
    assert "parked after 10 attempts: No connection. Deploy again." in text


def test_a_long_value_is_cut(printed: Printed) -> None:
    show_explanation(explained(outcome(values={"problems": "x" * 5_000})))
    assert "x" * 201 not in printed()


def test_text_from_outside_is_only_text(printed: Printed) -> None:
    show_deliveries([delivery(subject=HOSTILE, reason=HOSTILE, event=HOSTILE, id=HOSTILE)])
    show_explanation(
        explained(
            outcome(values={"said": HOSTILE}, reason=HOSTILE), effects=(effect(reason=HOSTILE, hint=HOSTILE),)
        )
    )
    text = printed()
    assert text.count("[bold red]gone[/]") >= 6
    assert not {"\x1b", "\x07", "\u202e"} & set(text)


def test_a_name_in_a_value_is_only_text_too(printed: Printed) -> None:
    show_explanation(explained(outcome(values={HOSTILE: 1})))
    assert "\x1b" not in printed()


def test_a_record_is_printed_whole(printed: Printed) -> None:
    show_record(delivery())
    assert '"id": "g-1"' in printed()


def test_times_are_utc_to_the_second() -> None:
    assert moment(1_770_000_000.9) == "2026-02-02 02:40:00"
