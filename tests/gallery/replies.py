"""Answers to commands: every refusal, every confusion, and the questions that Pointsman answers."""

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from bot.commands import TABLE
from bot.commands.grammar import parse
from bot.domain.slot import Slot
from bot.domain.speech import REASON_CHARS_MAX, USAGE, Confusion, Misunderstood, Param, Vocabulary
from bot.messages import answers, merges
from bot.messages.explanations import Explanation, explanation
from bot.messages.refusals import WORDINGS
from bot.messages.standing import Place
from tests.gallery.exhibits import Exhibit, Room, answer
from tests.unit.messages.samples import GOOD, HOSTILE, NEW, SHOP, VERDICTS
from tests.unit.messages.test_answers import BUSY, FROZEN, LOST, POLICY
from tests.unit.messages.test_refusals import VALUES

TOO_LATE = merges.too_late(30_000.0, ["staging"], ["api", "web"])
GATES = {"api": VERDICTS, "web": ()}
WHY = Explanation(
    title="❌ failed: ada commented “/deploy api production” on acme/shop#12",
    lines=(
        "2026-01-02 14:03:00 UTC · acme/shop: api → production · Request r-0000000001 · api: d-0000000001",
        "The deployer reported a failure. It said: “health check failed: 3 of 5 pods not ready”.",
        "14:03:04 People are asked what to do about d-0000000001: back to 600d5ea, retry, or keep.",
        "d-0000000001 went wrong, and nobody has decided about it since 2026-01-02 14:03:04 UTC.",
        "2 more stories: `pointsman why acme/shop#12`",
    ),
    next=(
        "Find out why, mend it, then `/retry`.",
        "`/rollback api production`, `/retry d-0000000001` or `/keep d-0000000001`",
    ),
    url="https://pointsman.example.com/requests/r-0000000001",
)
HOSTILE_WHY = replace(WHY, title=HOSTILE, lines=(HOSTILE,) * 20, next=(HOSTILE,))
WHY_NOTHING = Explanation(
    title="Nothing came of acme/shop#12",
    lines=(
        "2026-01-02 14:03:00 UTC, ignored: GitHub sent issue_comment, edited, about acme/shop#12.",
        "Only new comments are commands; edited and deleted ones are not. (action: edited, used: created)",
    ),
    next=(
        "Give the command again in a new comment.",
        "`pointsman why acme/shop#12` on the command line also asks GitHub what it sent and never arrived.",
    ),
)
NAMES = Vocabulary(
    services=("api", "web", "worker"),
    environments=("staging", "production"),
    params={"verbose": Param("boolean"), "size": Param("choice", ("small", "large"))},
)
# Where the usual sample would be no sense.
OTHER_VALUES: Mapping[str, Mapping[str, Any]] = {
    "from_fork": {"head": "mallory/shop"},
    "unknown_ref": {"ref": "feature/none"},
    "not_reachable": {"ref": NEW},
    "already_ended": {"state": "cancelled"},
    "repository_none": {"repositories": []},
    "nothing_to_cancel": {"word": "cancel"},
}
# What somebody types to be misunderstood so.
SLIPS: Mapping[Confusion, str] = {
    Confusion.UNKNOWN_COMMAND: "depoly api production",
    Confusion.UNKNOWN_NAME: "deploy api prodution",
    Confusion.UNKNOWN_PARAM: "deploy api production verbos=true",
    Confusion.UNKNOWN_FLAG: "deploy api production --dryrun",
    Confusion.FLAG_NOT_TAKEN: "status api --dry-run",
    Confusion.FLAG_AFTER_REASON: "deploy api production because test --dry-run",
    Confusion.MISSING_SERVICE: "deploy production",
    Confusion.MISSING_ENVIRONMENT: "deploy api",
    Confusion.MISSING_TARGET: "lock for 2h",
    Confusion.MISSING_VALUE: "rollback api production to",
    Confusion.REPEATED_NAME: "deploy api api production",
    Confusion.REPEATED_PARAM: "deploy api production size=small size=large",
    Confusion.REPEATED_REF: "deploy api @main @v2 production",
    Confusion.SECOND_SERVICE: "rollback api web production",
    Confusion.SECOND_ENVIRONMENT: "deploy api staging production",
    Confusion.WRONG_ORDER: "deploy production api",
    Confusion.ALL_WITH_NAMES: "deploy all api production",
    Confusion.REF_NOT_TAKEN: "deploy api production@v2",
    Confusion.BAD_REF: "deploy api@a..b production",
    Confusion.BAD_VALUE: "deploy api production size=huge",
    Confusion.BAD_ID: "keep 12",
    Confusion.BAD_DURATION: "lock api for ever",
    Confusion.UNCLOSED_QUOTE: 'deploy api production size="small',
    Confusion.REASON_MISSING: "deploy api production because",
    Confusion.REASON_TOO_LONG: "deploy api production because " + "x" * (REASON_CHARS_MAX + 1),
    Confusion.REASON_NOT_TAKEN: "status because I want to know",
    Confusion.EMERGENCY_NEEDS_REASON: "deploy api production --emergency",
    Confusion.HIDDEN_CHARACTERS: "deploy \u202eapi production",
    Confusion.TOO_LONG: "deploy api production " + "x" * 20_000,
    Confusion.UNEXPECTED: "deploy api production please",
}


def rooms() -> tuple[Room, ...]:
    """All answers."""
    return (
        Room(
            name="refusals",
            title="Every refusal",
            about="The rule, the values that it compared, and what to do next.",
            exhibits=(*map(_refused, WORDINGS), *_other_refusals()),
        ),
        Room(
            name="confusions",
            title="Every confusion",
            about="What was typed was no command; the nearest names and the usage line follow.",
            exhibits=(*map(_confused, SLIPS), _hostile_confusion()),
        ),
        Room(
            name="answers",
            title="Questions answered",
            about="Status, help, dry run, and where a story is told.",
            exhibits=tuple(_answered()),
        ),
    )


def _refused(reason: str) -> Exhibit:
    values = VALUES | dict(OTHER_VALUES.get(reason, {}))
    return answer(f"refusal-{reason}", reason.replace("_", " ").capitalize(), answers.refusal(reason, values))


def _other_refusals() -> list[Exhibit]:
    hostile: dict[str, Any] = dict.fromkeys(VALUES, HOSTILE)
    worst = hostile | {"age_seconds": 700, "moved_at": 0}
    return [
        answer("refusal-unworded", "A reason without words", answers.refusal("never_heard_of", {"limit": 3})),
        answer("refusal-hostile", "Hostile values", answers.refusal("not_allowed", worst)),
    ]


def confusion(code: Confusion) -> Misunderstood:
    """What the grammar makes of this slip."""
    problem = parse(SLIPS[code], NAMES)
    if not isinstance(problem, Misunderstood):
        raise TypeError(f"{SLIPS[code]!r} was understood")
    return problem


def _confused(code: Confusion) -> Exhibit:
    typed = SLIPS[code] if len(SLIPS[code]) < 100 else f"{SLIPS[code][:60]}…"
    return answer(
        f"confusion-{code.value}",
        code.value.replace("_", " ").capitalize(),
        answers.misunderstood(confusion(code)),
        f"Typed: /{typed}",
    )


def _hostile_confusion() -> Exhibit:
    problem = Misunderstood(
        code=Confusion.UNKNOWN_NAME,
        word="deploy",
        token=HOSTILE,
        choices=(HOSTILE,) * 3,
        suggestions=(HOSTILE,),
    )
    return answer("confusion-hostile", "Hostile words", answers.misunderstood(problem))


def _answered() -> list[Exhibit]:
    places = (
        Place("api", "staging", BUSY),
        Place("web", "staging", Slot(), (FROZEN,)),
        Place("api", "production", BUSY),
        Place("web", "production", LOST),
    )
    every = [(USAGE[row.word], row.summary) for row in TABLE.values()]
    one = [(USAGE["deploy"], TABLE["deploy"].summary)]
    return [
        answer("status", "Status", answers.status(SHOP, places)),
        answer("status-nothing", "Status of nothing", answers.status(SHOP, ())),
        answer("help", "Help", answers.help_text(SHOP, POLICY, every)),
        answer("help-one", "Help about one command", answers.help_text(SHOP, POLICY, one)),
        answer("help-none", "Help about a command that is not built", answers.help_text(SHOP, POLICY, [])),
        answer(
            "dry-run",
            "Dry run",
            answers.dry_run("production", {"api": GOOD, "web": NEW}, {"api": VERDICTS, "web": ()}),
        ),
        answer("merged-too-late", "A merge that was heard of too late", TOO_LATE),
        answer("why", "Why it failed", explanation(WHY)),
        answer("why-nothing", "Why nothing happened", explanation(WHY_NOTHING)),
        answer(
            "why-hostile",
            "Why, with hostile words",
            explanation(replace(WHY, title=HOSTILE, lines=(HOSTILE,) * 20)),
        ),
        answer("told-in", "Told elsewhere", answers.told_in("r-0000000001", "C0DEPLOY01")),
    ]
