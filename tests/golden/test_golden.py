"""What earlier releases stored still means what it meant; and the gate finds it out where it would not."""

from collections.abc import Mapping
from typing import Any, Literal

import msgspec
import pytest

from bot import __version__
from bot.domain import event_types, events, upcasting
from bot.domain.values import Person, Report, Seconds
from bot.ledger import codec
from bot.ports import Unreadable
from tests.golden import catalogue
from tests.golden.catalogue import READERS, Golden, counterexamples, every_golden

NAME = "prompt.answered"


class Today(msgspec.Struct, kw_only=True):
    """`prompt.answered` as it stands."""

    deployment: str
    answer: Literal["rollback", "retry", "keep"]
    person: Person
    at: Seconds
    led_to: str | None = None


class WithAField(Today, kw_only=True):
    because: str = ""


class WithoutAField(msgspec.Struct, kw_only=True):
    deployment: str
    answer: Literal["rollback", "retry", "keep"]
    at: Seconds
    led_to: str | None = None


class WithOneRenamed(WithoutAField, kw_only=True):
    who: Person | None = None


class WithFewerAnswers(msgspec.Struct, kw_only=True):
    deployment: str
    answer: Literal["rollback", "keep"]
    person: Person
    at: Seconds
    led_to: str | None = None


class WithANarrowerType(msgspec.Struct, kw_only=True):
    deployment: str
    answer: Literal["rollback", "retry", "keep"]
    person: Person
    at: Seconds
    led_to: str


class WithOneMoreRequired(Today, kw_only=True):
    because: str


def of_one_type() -> list[Golden]:
    return [each for each in every_golden() if each.name == NAME]


def reading_as(kind: type) -> Mapping[str, catalogue.Read]:
    def read(_name: str, _version: int, stored: bytes) -> Any:
        return msgspec.convert(codec.unpack(stored), kind)

    return {"events": read}


def test_every_release_still_reads_and_means_the_same() -> None:
    records = every_golden()
    assert len(records) > 300
    found = counterexamples(records)
    assert not found, "\n\n".join(map(str, found))


def test_released_catalogues_are_what_they_were() -> None:
    assert catalogue.broken_seals() == []


@pytest.mark.parametrize("family", sorted(READERS))
def test_everything_that_this_version_writes_is_in_its_catalogue(family: str) -> None:
    lacking = sorted(catalogue.missing(family))
    assert not lacking, f"the catalogue of {__version__} lacks {lacking}: make golden"


def test_every_event_type_is_in_it_with_everything_and_with_what_is_required_only() -> None:
    held = {(each.name, each.version) for each in every_golden() if each.family == "events"}
    assert held >= {(kind.TYPE, kind.VERSION) for kind in event_types.ALL_TYPES}


@pytest.mark.parametrize("kind", [Today, WithAField])
def test_a_field_more_with_a_default_is_no_change(kind: type) -> None:
    assert counterexamples(of_one_type(), reading_as(kind)) == []


@pytest.mark.parametrize(
    ("kind", "problem"),
    [
        (WithoutAField, "$.person would be lost"),
        (WithOneRenamed, "$.person would be lost"),
        (WithFewerAnswers, "Invalid enum value 'retry' - at `$.answer`"),
        (WithANarrowerType, "Expected `str`, got `null` - at `$.led_to`"),
        (WithOneMoreRequired, "Object missing required field `because`"),
    ],
)
def test_a_change_that_old_records_do_not_fit_is_shown_by_one_of_them(kind: type, problem: str) -> None:
    (found,) = counterexamples(of_one_type(), reading_as(kind))
    assert problem in found.problem
    text = str(found)
    assert f"event {NAME} (version 1), as release {__version__} stored it" in text
    assert '"deployment": "text"' in text


def test_a_type_that_is_no_longer_known_is_shown() -> None:
    unknown = of_one_type()[0]._replace(name="prompt.forgotten")
    (found,) = counterexamples([unknown])
    assert "does not know prompt.forgotten" in found.problem


def test_a_value_that_would_be_read_differently_is_shown_with_its_place() -> None:
    before = {"parts": [{"at": 1.5}, {"at": 2.5}]}
    assert catalogue.lost(before, {"parts": [{"at": 1.5}, {"at": 3.5}], "new": 1}, "$") == (
        "$.parts[1].at was 2.5 and would be read as 3.5"
    )
    assert catalogue.lost(before, {"parts": [{"at": 1.5}]}, "$") is not None
    assert catalogue.lost(before, {"parts": [{"at": 1.5}, {"at": 2.5}]}, "$") is None


# --- upcasters --------------------------------------------------------------------------------------------


def doubled(record: upcasting.Record) -> upcasting.Record:
    return {**record, "count": 2 * record["count"]}


def named(record: upcasting.Record) -> upcasting.Record:
    return {"number": record["count"]}


TABLE: Mapping[tuple[str, int], upcasting.Upcaster] = {("any", 1): doubled, ("any", 2): named}


def test_an_old_record_is_led_up_step_by_step() -> None:
    assert upcasting.upcast("any", (1, 3), {"count": 4}, TABLE) == {"number": 8}
    assert upcasting.upcast("any", (2, 3), {"count": 4}, TABLE) == {"number": 4}
    assert upcasting.upcast("any", (3, 3), {"number": 4}, TABLE) == {"number": 4}


def test_a_step_that_is_missing_is_named() -> None:
    with pytest.raises(upcasting.NoWayUp, match="from version 3 to 4"):
        upcasting.upcast("any", (1, 4), {"count": 4}, TABLE)


def test_what_a_newer_version_stored_is_not_guessed_at() -> None:
    stored = codec.pack({"deployment": "d-1"})
    with pytest.raises(Unreadable, match="by a newer Pointsman"):
        codec.read_data(NAME, 99, stored)


def test_the_ledger_leads_old_events_up(monkeypatch: pytest.MonkeyPatch) -> None:
    class Second(events.DeployerReported, frozen=True, kw_only=True):
        VERSION = 2

    def with_its_way(record: upcasting.Record) -> upcasting.Record:
        return {"report": {"deployment": record["deployment"], "state": record["state"]}, "by": "callback"}

    monkeypatch.setitem(event_types.BY_TYPE, Second.TYPE, Second)
    monkeypatch.setattr(upcasting, "UPCASTERS", {(Second.TYPE, 1): with_its_way})
    read = codec.read_data(Second.TYPE, 1, codec.pack({"deployment": "d-1", "state": "succeeded"}))
    assert read == Second(report=Report("d-1", "succeeded"), by="callback")


def test_an_upcaster_whose_result_does_not_fit_makes_the_event_unreadable(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Second(events.DeployerReported, frozen=True, kw_only=True):
        VERSION = 2

    monkeypatch.setitem(event_types.BY_TYPE, Second.TYPE, Second)
    monkeypatch.setattr(upcasting, "UPCASTERS", {(Second.TYPE, 1): dict})
    with pytest.raises(Unreadable, match="report"):
        codec.read_data(Second.TYPE, 1, codec.pack({"deployment": "d-1"}))


def test_no_upcaster_is_left_over() -> None:
    for name, version in upcasting.UPCASTERS:
        assert version < event_types.BY_TYPE[name].VERSION
