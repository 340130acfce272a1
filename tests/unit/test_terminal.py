"""What the reading commands print for people; nothing from outside is taken for markup or control."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from bot.domain.events import CommandAnswered, Event, PromptAnswered, TimerDue, TurnCame
from bot.domain.values import Person
from bot.explaining import facts, wording
from bot.explaining.gathering import Found
from bot.explaining.stories import QuietRun, plots
from bot.explaining.telling import stamp
from bot.ports import DeliveryRow
from bot.terminal import show_deliveries, show_events, show_explanation, show_record
from tests.unit.explaining.chains import Chains
from tests.unit.reactors.stories import AT, PULL, SLOT

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


def told(chains: Chains, *, verbose: bool = False, **more: Any) -> None:
    """Print what the chains tell."""
    found = plots(chains.chronicle(), [event.correlation for event in chains.events])
    show_explanation(Found(found, **more), verbose=verbose)


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


def test_a_story_has_a_heading_and_a_line_for_each_step_the_oldest_first(printed: Printed) -> None:
    chains = Chains()
    chains.command("e-1")
    chains.decide("e-1", "acted", "requested", permission="write")
    chains.do("e-1", "github.reaction")
    chains.do("e-1", "github.comment", "parked", attempts=10, reason="No connection.", hint="Retry.")
    chains.request("e-2", "e-1")
    chains.shown("e-3", "e-2", "failed")
    chains.command("e-4", "/status")
    told(chains)
    assert printed().splitlines() == [
        "2026-02-02 02:40:00 UTC  ❌ failed: ada commented “/deploy api production” on acme/shop#12",
        "  acme/shop: api → production · Request r-new · api: d-new",
        "  The deployer reported a failure.",
        "  02:40:00  📥 received: GitHub sent issue_comment, created, about acme/shop#12",
        "  02:40:00  ✓ acted: ada commented “/deploy api production” on acme/shop#12",
        "            ✓ Everything that was checked allows it: the request is made. (permission: write)",
        "            → reaction on the comment: done",
        "            → comment on the pull request: given up (reason: No connection., what to do: Retry.)",
        "  02:40:01  ✓ acted: Request r-new: deploy api in production at ccccccc, for ada",
        f"  02:40:02  ❌ failed: {wording.sentence(chains.events[2].data, facts.person)}",
        "",
        "2026-02-02 02:40:03 UTC  ✓ done: ada commented “/status” on acme/shop#12",
        "  02:40:03  📥 received: GitHub sent issue_comment, created, about acme/shop#12",
        "  02:40:03  ✓ acted: ada commented “/status” on acme/shop#12",
        "",
    ]


def test_bookkeeping_and_timers_are_told_to_those_who_ask_for_more(printed: Printed) -> None:
    chains = Chains()
    chains.command()
    chains.request()
    timer = TimerDue(name="timeout", deployment="d-new", attempt=1)
    chains.add("e-3", timer, key=SLOT, cause="e-2", decided="")
    chains.events[-1] = msgspec.structs.replace(chains.events[-1], time=AT + 3600)
    chains.shown("e-4", "e-2", "running")
    told(chains)
    text = printed()
    assert "03:40" not in text
    assert "api in production at ccccccc" not in text.partition("for ada")[2]
    told(chains, verbose=True)
    text = printed()
    assert "Reminder for 2026-02-02 03:40:00 UTC (e-3)" in text
    assert "running: " in text.partition("for ada")[2]
    assert "command.given pr:acme/shop#12 e-1" in text
    assert "tests: acted, recorded." in text


def test_a_timer_stands_where_it_was_decided_about(printed: Printed) -> None:
    chains = Chains()
    chains.command()
    chains.add("e-2", TimerDue(name="timeout", deployment="d-new", attempt=1), key=SLOT, cause="e-1")
    row = msgspec.structs.replace(
        chains.outcomes[-1], outcome="failed", reason="gave_up", decided_at=AT + 90_000
    )
    chains.outcomes[-1] = row
    chains.command("e-3")
    chains.events[-1] = msgspec.structs.replace(chains.events[-1], correlation="e-1", delivery=None)
    told(chains)
    *_, last, reason, step, _ = printed().splitlines()
    assert last == "  2026-02-03 03:40:00  ✗ failed: d-new should have ended by now"
    assert reason.strip().startswith("✗ Pointsman could not read what it needs to decide")
    assert step.strip().startswith("what to do: Give the command again in a few minutes.")


def test_a_turn_is_told_where_something_came_of_it(printed: Printed) -> None:
    chains = Chains()
    chains.command()
    chains.add("e-2", TurnCame(), key=SLOT, cause="e-1")
    chains.decide("e-2", "ignored", "nobody_waits")
    told(chains)
    assert "looked at again" not in printed()
    chains.decide("e-2", "deferred", "checks_pending")
    told(chains)
    assert "looked at again" in printed()


def test_what_a_story_led_to_is_one_line(printed: Printed) -> None:
    chains = Chains()
    chains.command("e-1", "/rollback api production")
    chains.request("e-2", "e-1")
    show_explanation(Found((), led_to=plots(chains.chronicle(), ["e-1"]), unreadable=2))
    led_to, unreadable = printed().splitlines()
    assert led_to.startswith("What it led to: 2026-02-02 02:40:00 UTC")
    assert "ada commented “/rollback api production”" in led_to
    assert "Request r-new" in led_to
    assert unreadable == "2 events of it cannot be read by this version of Pointsman."


def test_of_a_long_story_it_says_what_is_left_out(printed: Printed) -> None:
    chains = Chains()
    chains.command()
    for number in range(2, 120):
        chains.add(
            f"e-{number}",
            CommandAnswered(command="e-1", answer="ignored", reason="no"),
            key=PULL,
            cause="e-1",
        )
    told(chains)
    assert "48 steps are left out here" in printed()


def test_a_delivery_that_led_to_nothing_says_why(printed: Printed) -> None:
    row = delivery(outcome="ignored", reason="event_not_used")
    show_explanation(Found([QuietRun((row,))]))
    assert "because: Pointsman has no use for this kind of event." in printed()


def test_who_is_linked_to_a_slack_user_is_named_by_the_login(printed: Printed) -> None:
    chains = Chains()
    for person in (Person(slack="U1"), Person(login="lin", slack="U1")):
        data = PromptAnswered(deployment="d-new", answer="keep", person=person, at=AT)
        chains.add(f"e-{len(chains.events)}", data, key=SLOT)
    told(chains)
    text = printed()
    assert "lin chose to" in text
    assert "U1" not in text


def test_a_long_value_is_cut(printed: Printed) -> None:
    chains = Chains()
    chains.command()
    chains.decide("e-1", "ignored", "misunderstood", problems="x" * 5_000)
    told(chains)
    assert "x" * 201 not in printed()


def test_text_from_outside_is_only_text(printed: Printed) -> None:
    show_deliveries([delivery(subject=HOSTILE, reason=HOSTILE, event=HOSTILE, id=HOSTILE)])
    chains = Chains()
    chains.command(text=f"/deploy {HOSTILE} :smile:")
    chains.decide("e-1", "ignored", f"unheard_of: {HOSTILE}", said=HOSTILE, **{HOSTILE: 1})
    chains.do("e-1", "github.comment", "parked", reason=HOSTILE, hint=HOSTILE)
    told(chains)
    told(chains, verbose=True)
    text = printed()
    assert text.count("[bold red]gone[/]") >= 12
    assert ":smile:" in text
    assert not {"\x1b", "\x07", "\u202e"} & set(text)


def test_a_record_is_printed_whole(printed: Printed) -> None:
    show_record(delivery())
    assert '"id": "g-1"' in printed()


def test_times_are_utc_to_the_second() -> None:
    assert stamp(1_770_000_000.9) == "2026-02-02 02:40:00"
