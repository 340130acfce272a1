"""Text from outside stays text; ids of ours are links; what was made is kept for a while."""

from functools import partial

from bot.explaining.moments import age
from bot.web.dashboard.rendering import Kept, inline, linked


def test_text_is_escaped_and_backticks_are_code() -> None:
    assert inline("<b>`a<i>`</b>") == "&lt;b&gt;<code>a&lt;i&gt;</code>&lt;/b&gt;"
    assert inline("a ` b") == "a ` b"


def test_ids_become_links_and_nothing_else_does() -> None:
    assert linked("see d-0123456789.") == 'see <a href="/deployments/d-0123456789">d-0123456789</a>.'
    assert linked("r-0123456789", "https://bot.example") == (
        '<a href="https://bot.example/requests/r-0123456789">r-0123456789</a>'
    )
    assert "/events/e-0123456789abcdef" in linked("e-0123456789abcdef")
    for text in ("e-0123456789", "red-0123456789", "d-01234567890", "/d-0123456789", "d-0123456789-x"):
        assert linked(text) == text


def test_what_is_kept_is_made_once_and_the_oldest_is_forgotten() -> None:
    made: list[str] = []
    kept: Kept[str] = Kept(2)

    def make(name: str) -> str:
        made.append(name)
        return name

    for name in ("a", "b", "a", "c", "a", "b"):
        assert kept.get(name, partial(make, name)) == name
    assert made == ["a", "b", "c", "b"]


def test_an_age_is_said_in_its_largest_unit() -> None:
    assert [age(0, now) for now in (0.4, 42, 200, 7_300, 500_000)] == [
        "just now",
        "42 s ago",
        "3 min ago",
        "2 h ago",
        "5 d ago",
    ]
