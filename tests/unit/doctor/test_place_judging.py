"""What is right and wrong with the ledger's file, the bot's address and the proof of deliveries."""

from typing import Any

import pytest
from msgspec.structs import replace

from bot.doctor import place_judging
from bot.doctor.findings import Finding, Pen
from bot.ledger.examining import Examined
from bot.ports import DeliveryProof, Tally

NOW = 100_000.0
SOUND = Examined(
    path="/data/pointsman.db",
    bytes=50 * 1024**2,
    free_bytes=50 * 1024**3,
    revision="0002",
    revision_wanted="0002",
    journal="wal",
    health="ok",
)
PROOF = DeliveryProof(since=NOW - 7200, until=NOW, total=Tally(12, 12, 12, 0))


def judged(**changes: Any) -> list[Finding]:
    pen = Pen("ledger")
    place_judging.ledger(pen, replace(SOUND, **changes), NOW)
    return pen.findings


def bad(findings: list[Finding]) -> list[tuple[str, str]]:
    return [(each.level, each.said) for each in findings if each.level != "good"]


def test_a_sound_ledger_is_good() -> None:
    assert bad(judged()) == []


@pytest.mark.parametrize("changes,level,said", [
    ({"health": "row 3 missing from index"}, "failure", "is damaged: row 3 missing"),
    ({"health": None}, "skipped", "too large to be checked"),
    ({"revision": "0001"}, "failure", "tables of revision 0001; this version needs 0002"),
    ({"revision": None}, "failure", "no tables yet"),
    ({"journal": "delete"}, "warning", "journal is delete"),
    ({"free_bytes": 500 * 1024**2}, "warning", "500 MiB are free"),
    ({"free_bytes": 20 * 1024**2}, "failure", "20 MiB are free"),
    ({"oldest_waiting": NOW - 600}, "warning", "waited for 10 min"),
    ({"parked": 3}, "warning", "3 pieces of work were given up"),
])  # fmt: skip
def test_each_thing_that_is_wrong_with_it_is_told(changes: dict[str, Any], level: str, said: str) -> None:
    ((found_level, found_said),) = bad(judged(**changes))
    assert found_level == level
    assert said in found_said


def test_every_bad_finding_says_what_to_do() -> None:
    findings = judged(health="x", revision=None, journal="delete", free_bytes=0, oldest_waiting=0.0, parked=1)
    assert len(bad(findings)) == 6
    assert all(each.fix for each in findings if each.level in ("warning", "failure"))


@pytest.mark.parametrize("status,public,github,found", [
    (200, "https://bot.example.com", "https://api.github.com", []),
    (200, "http://localhost:8080", "http://127.0.0.1:9000/api/v3", []),
    (502, "https://bot.example.com", "https://api.github.com", ["failure"]),
    (200, "http://bot.example.com", "https://api.github.com", ["warning"]),
    (200, "http://localhost:8080", "https://api.github.com", ["failure"]),
])  # fmt: skip
def test_an_address_that_nobody_can_reach_is_told(
    status: int, public: str, github: str, found: list[str]
) -> None:
    pen = Pen("address")
    place_judging.public_address(pen, status, public, github)
    assert [level for level, _ in bad(pen.findings)] == found


def test_the_proof_names_what_is_missing_and_not_all_of_very_many() -> None:
    ids = tuple(f"d-{number}" for number in range(15))
    pen = Pen("deliveries")
    proof = replace(PROOF, missing=ids, unfinished=("u",), failed=("f",))
    place_judging.proof(pen, proof)
    missing, unfinished, failed = pen.findings
    assert missing.said.startswith("GitHub sent 12 deliveries in 2 h")
    assert missing.details == (*ids[:10], "and 5 more")
    assert (unfinished.details, failed.details) == (("u",), ("f",))
    assert (missing.level, unfinished.level, failed.level) == ("failure", "warning", "warning")
