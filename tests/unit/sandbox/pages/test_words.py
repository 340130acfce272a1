"""States, times and patches in words."""

import pytest

from bot.sandbox.pages.words import emoji_less, patch_lines, symbol, tone, words


@pytest.mark.parametrize(
    "word, expected",
    [
        ("success", ("good", "✓")),
        ("timed_out", ("bad", "✗")),
        ("in_progress", ("busy", "●")),
        ("inactive", ("still", "○")),
        (None, ("still", "○")),
    ],
)
def test_a_state_has_a_tone_and_a_sign(word: str | None, expected: tuple[str, str]) -> None:
    assert (tone(word), symbol(word)) == expected


def test_names_become_words() -> None:
    assert words("ACTION_REQUIRED") == "action required"


def test_pictures_are_not_read_aloud() -> None:
    assert emoji_less("✅ Deployed :rocket: to 🚀  production") == "Deployed to production"


def test_lines_of_a_patch_know_what_they_are() -> None:
    assert list(patch_lines("@@ -1 +1 @@\n-a\n+b\n c")) == [
        ("place", "@@ -1 +1 @@"),
        ("removed", "-a"),
        ("added", "+b"),
        ("kept", " c"),
    ]
