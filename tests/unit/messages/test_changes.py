"""What changes with a deployment."""

from typing import Any

import pytest
from msgspec import Struct

from bot.messages import changes
from tests.unit.messages.samples import HOSTILE, deployment
from tests.unit.messages.slack import assert_slack_takes


class Compared(Struct, frozen=True):
    status: str = "ahead"
    ahead_by: int = 2
    commits: tuple[tuple[str, str, str], ...] = (
        ("a" * 40, "First", "mona"),
        ("b" * 40, "Second", "octocat"),
    )
    url: str = "https://github.com/acme/shop/compare/a...b"


def told(compared: Compared | None, unreadable: str | None = None, **changed: Any) -> str:
    message = changes.told(deployment("starting", **changed), compared, unreadable, web_url="")
    assert_slack_takes(message)
    return message.text


def test_commits_are_counted_and_listed_the_newest_first() -> None:
    assert told(Compared()).splitlines() == [
        "*What changes: `api` in `production`*",
        (
            "2 commits by mona and octocat, `600d5ea` to `c0ffee1`. "
            "<https://github.com/acme/shop/compare/a...b|Compare>"
        ),
        "• `bbbbbbb` Second (octocat)",
        "• `aaaaaaa` First (mona)",
    ]


def test_many_commits_are_cut_short_and_it_is_said() -> None:
    commits = tuple((f"{n:040x}", f"Commit {n}", f"dev{n}") for n in range(250))
    said = told(Compared(ahead_by=400, commits=commits))
    assert said.startswith("*What changes")
    assert "400 commits by dev0, dev1" in said
    assert said.count("\n• ") == 11
    assert said.endswith("• and 390 earlier commits")


@pytest.mark.parametrize(
    ("compared", "unreadable", "previous", "said"),
    [
        (None, "502 Bad Gateway", "a" * 40, "It could not be read: 502 Bad Gateway"),
        (None, None, None, "No earlier deployment is recorded here"),
        (None, None, "a" * 40, "`c0ffee1` has no common history with `aaaaaaa`"),
        (Compared("identical", 0, ()), None, "a" * 40, "Nothing: `c0ffee1` was live before."),
        (Compared("behind", 0, ()), None, "a" * 40, "Back from `aaaaaaa` to `c0ffee1`"),
        (Compared("diverged", 1), None, "a" * 40, "has 1 new commit by mona and octocat."),
    ],
)
def test_every_relation_has_its_words(
    compared: Compared | None, unreadable: str | None, previous: str | None, said: str
) -> None:
    assert said in told(compared, unreadable, previous_sha=previous)


def test_hostile_titles_stay_text() -> None:
    hostile = Compared(commits=((HOSTILE, HOSTILE, HOSTILE),) * 20, url="javascript:alert(1)")
    message = changes.told(deployment("starting"), hostile, None)
    assert_slack_takes(message)
    assert "<!channel>" not in message.text
    assert "javascript" not in message.text
    assert "<img" not in message.markdown
