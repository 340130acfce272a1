"""What did not happen: ignored deliveries with what was compared, and what the sender's log has besides."""

from collections.abc import Sequence
from pathlib import Path

from msgspec.structs import replace

from bot.domain.errors import PassingFault
from bot.explaining.absences import (
    CONTENTS_READ_MAX,
    IGNORED_SHOWN_MAX,
    Asked,
    ask,
    heard,
    ignored,
    is_about,
    nothing_stored,
)
from bot.ledger.sqlite import open_in_place
from bot.ports import DeliveryRow, Incoming, Sent, SentList
from tests.contract.ledgers import counted_tokens
from tests.unit.explaining.chains import sent
from tests.unit.reactors.stories import AT

SHA = "c0ffee" + "0" * 34


def quiet(id: str, reason: str, **more: object) -> DeliveryRow:
    return replace(sent(id), outcome="ignored", reason=reason, **more)


class Log:
    """A sender's log with these attempts; `about` says what each is about."""

    def __init__(self, attempts: Sequence[Sent], about: dict[int, tuple[str | None, str | None]]) -> None:
        self.attempts, self._about = attempts, about
        self.read: list[int] = []
        self.complete = True

    async def sent_since(self, since: float, most: int) -> SentList:
        return SentList(tuple(self.attempts[:most]), self.complete)

    async def about(self, attempt: int) -> tuple[str | None, str | None]:
        self.read.append(attempt)
        return self._about.get(attempt, (None, None))


def attempt(number: int, delivery: str, at: float = AT, **more: object) -> Sent:
    return replace(Sent(number, delivery, at, arrived=False, event="push"), **more)


async def asked(tmp_path: Path, log: Log, subject: str, stored: Sequence[str] = ()) -> Asked:
    ledger = open_in_place(tmp_path / "x.db", counted_tokens())
    try:
        for id in stored:
            incoming = Incoming(source="github", id=id, event="push", body=b"{}", received_at=AT)
            await ledger.accept(incoming)
        return await ask(log, ledger, subject, AT - 60)
    finally:
        await ledger.close()


async def test_what_is_not_stored_here_and_about_the_subject_is_found(tmp_path: Path) -> None:
    log = Log(
        [attempt(3, "g-3"), attempt(2, "g-2"), attempt(1, "g-1")],
        {3: ("acme/shop@main", SHA), 2: ("acme/shop#2", None)},
    )
    found = await asked(tmp_path, log, SHA[:8], stored=["g-1"])
    assert [each.delivery for each in found.unheard] == ["g-3"]
    assert (found.sent, found.missing, log.read) == (3, 2, [3, 2])
    assert await asked(tmp_path, log, "g-2", stored=["g-1"]) == replace(found, unheard=(log.attempts[1],))


async def test_only_the_newest_attempt_counts_and_few_are_looked_into(tmp_path: Path) -> None:
    many = [attempt(number, f"g-{number // 2}") for number in range(2 * CONTENTS_READ_MAX + 9, 0, -1)]
    log = Log(many, {})
    found = await asked(tmp_path, log, "acme/shop#1")
    assert len(log.read) == CONTENTS_READ_MAX
    assert found.unread == found.missing - CONTENTS_READ_MAX > 0
    assert "older missing deliveries were not looked into" in heard(found)[-1].said


async def test_a_log_that_was_cut_says_since_when_it_was_read(tmp_path: Path) -> None:
    log = Log([attempt(1, "g-1", AT - 5)], {})
    log.complete = False
    assert (await asked(tmp_path, log, "acme/shop#1", stored=["g-1"])).since == AT - 5


async def test_a_log_that_does_not_answer_is_no_proof(tmp_path: Path) -> None:
    class Away(Log):
        async def sent_since(self, since: float, most: int) -> SentList:
            raise PassingFault("GitHub answered 502.")

    found = await asked(tmp_path, Away([], {}), "acme/shop#1")
    (note,) = heard(found)
    assert note.said == "GitHub's log of deliveries could not be asked: GitHub answered 502."
    assert "pointsman doctor" in note.next


def test_how_an_attempt_ended_is_told_in_the_senders_words() -> None:
    failed = attempt(1, "g-1", event="issue_comment", action="created", status="failed", status_code=503)
    silent = attempt(2, "g-2")
    first, second = heard(Asked(since=AT, sent=2, missing=2, unheard=(failed, silent)))
    assert first.said == (
        "GitHub sent issue_comment.created about it at 2026-02-02 02:40:00 UTC, and it never arrived: "
        "GitHub's log says “503 failed”."
    )
    assert "asks for it again at its next sweep. The delivery is g-1." in first.next
    assert "“no answer”" in second.said


def test_where_everything_arrived_it_says_so() -> None:
    (note,) = heard(Asked(since=AT, sent=12))
    assert note.said.endswith("12 were sent since 2026-02-02 02:40:00 UTC, all of them are stored here.")
    (note,) = heard(Asked(since=AT, sent=12, missing=3))
    assert note.said.endswith("3 are not stored here.")


def test_ignored_deliveries_that_are_alike_count_together() -> None:
    rows = [
        quiet("g-3", "comment_not_new", action="edited", values={"action": "edited", "used": ["created"]}),
        quiet("g-2", "comment_not_new", action="edited", values={"action": "edited", "used": ["created"]}),
        quiet("g-1", "no_command"),
    ]
    edited, no_command = ignored(rows)
    assert "issue_comment, edited, about acme/shop#12 (2 times, this is the newest)" in edited.said
    assert "(action: edited, used: created)" in edited.said
    assert edited.next == "Give the command again in a new comment."
    assert "No line of it is a command." in no_command.said


def test_our_own_echoes_are_left_out_and_a_long_list_is_cut() -> None:
    assert ignored([quiet("g-1", "own_comment"), quiet("g-2", "own_status")]) == []
    many = [quiet(f"g-{number}", "action_not_used", action=f"a{number}") for number in range(30)]
    told = ignored(many)
    assert len(told) == IGNORED_SHOWN_MAX + 1
    assert told[-1].said == "And 18 other kinds of deliveries."


def test_a_delivery_that_failed_names_the_command_that_tries_again() -> None:
    row = replace(sent("g-1"), state="failed", outcome="failed", reason="translation_failed: KeyError")
    (note,) = ignored([row])
    assert "failed: GitHub sent" in note.said
    assert note.next.endswith("`pointsman dead retry g-1`")


def test_what_was_sent_is_about_a_commit_by_its_beginning_and_a_change_by_its_name() -> None:
    assert is_about(SHA[:7], None, SHA)
    assert not is_about(SHA[:6], None, SHA)
    assert is_about("Acme/shop#12", "acme/shop#12", None)
    assert not is_about("acme/shop#1", "acme/shop#12", None)


def test_that_nothing_is_stored_says_since_when_it_would_be() -> None:
    assert "since 2026-02-02 02:40:00 UTC, from when on" in nothing_stored("acme/shop#1", AT).said
    assert nothing_stored("acme/shop#1", None).said == "Nothing about acme/shop#1 is stored here."
