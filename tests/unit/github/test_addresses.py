"""Words of people in addresses: quoted, and never able to lead elsewhere."""

import pytest

from bot.domain.errors import LastingFault
from bot.domain.values import Repository
from bot.github.addresses import many, one, origin, paged, path_of, repository_path, with_query


@pytest.mark.parametrize(
    ("word", "quoted"),
    [
        ("main", "main"),
        ("a/b", "a%2Fb"),
        ("a#b?c", "a%23b%3Fc"),
        ("…", "%E2%80%A6"),
        ("%2e", "%252e"),
    ],
)
def test_a_word_is_one_segment(word: str, quoted: str) -> None:
    assert one(word) == quoted


@pytest.mark.parametrize("word", ["", ".", ".."])
def test_a_word_that_would_climb_is_refused(word: str) -> None:
    with pytest.raises(LastingFault):
        one(word)


def test_a_path_keeps_its_slashes() -> None:
    assert many("feature/a b#c") == "feature/a%20b%23c"


@pytest.mark.parametrize("path", ["a/../b", "../a", "a//b", "/a", "a/", "."])
def test_a_path_that_would_climb_is_refused(path: str) -> None:
    with pytest.raises(LastingFault):
        many(path)


def test_a_repository_has_its_path() -> None:
    assert repository_path(Repository("acme", ".github", 1, 2)) == "/repos/acme/.github"


def test_queries_are_quoted() -> None:
    assert with_query("/x", ref="refs/heads/a b&c=d") == "/x?ref=refs%2Fheads%2Fa+b%26c%3Dd"
    assert paged("/x", state="open") == "/x?per_page=100&state=open"


@pytest.mark.parametrize(
    ("url", "same"),
    [
        ("https://api.github.com/x", True),
        ("https://api.github.com:443/x", True),
        ("https://API.github.com/x", True),
        ("http://api.github.com/x", False),
        ("https://api.github.com:8443/x", False),
        ("https://api.github.com.evil.example/x", False),
        ("https://api.github.com@evil.example/x", False),
        ("//api.github.com/x", False),
    ],
)
def test_an_origin_is_scheme_host_and_port(url: str, same: bool) -> None:
    assert (origin(url) == origin("https://api.github.com")) is same


def test_a_path_has_no_query() -> None:
    assert path_of("https://api.github.com/a/b?c=d#e") == "/a/b"
