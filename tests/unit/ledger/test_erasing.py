"""Somebody is erased: nothing of them is left in the file, and what was decided still agrees."""

from bot.domain.erasure import ERASED, Erased, without, words_of

ADA = Erased(login="ada", slack="U0ADA", other="erased-00000000", other_slack="U000000000")


def test_a_name_is_another_wherever_it_stands_for_a_person() -> None:
    value = {"asker": {"login": "Ada", "slack": "U0ADA"}, "deployers": ["ada", "acme/sre"], "service": "ada"}
    assert without(value, ADA, frozenset()) == {
        "asker": {"login": "erased-00000000", "slack": "U000000000"},
        "deployers": ["erased-00000000", "acme/sre"],
        "service": "ada",
    }


def test_their_words_are_found_where_they_stand_beside_them() -> None:
    value = {
        "lock": {"person": {"login": "ada"}, "because": "a secret"},
        "other": {"person": {"login": "grace"}, "because": "hers"},
        "change": {"author": "ada", "title": "My title"},
    }
    assert words_of(value, ADA) == {"a secret", "My title"}


def test_their_words_are_blank_wherever_they_were_repeated() -> None:
    words = frozenset({"a secret"})
    value = {"because": "a secret", "description": "ada: a secret", "text": "grace's own"}
    assert without(value, ADA, words) == {
        "because": ERASED,
        "description": f"erased-00000000: {ERASED}",
        "text": "grace's own",
    }


def test_a_longer_name_that_begins_the_same_is_somebody_elses() -> None:
    assert ADA.in_sentence("ada-lovelace and ada", frozenset()) == "ada-lovelace and erased-00000000"


def test_what_was_erased_is_not_found_again() -> None:
    once = without({"person": {"login": "ada"}, "because": "x"}, ADA, frozenset({"x"}))
    assert without(once, ADA, words_of(once, ADA)) == once
