"""Names of services and environments, and what was probably meant."""

import pytest

from bot.domain.names import NOT_NAMES, check_name, nearest


@pytest.mark.parametrize("name", ["a", "api", "api-2", "2", "a" * 63, "a-"])
def test_a_good_name_has_nothing_against_it(name: str) -> None:
    assert check_name(name) is None


@pytest.mark.parametrize("name", ["", "-a", "A", "a_b", "a" * 64, "a\n", "ä", *NOT_NAMES])
def test_a_bad_name_is_explained(name: str) -> None:
    assert check_name(name)


@pytest.mark.parametrize(
    "name,close",
    [
        ("enviroments", ("environments",)),
        ("Staging", ("staging",)),
        ("xyz", ()),
        ("", ()),
        ("prodution", ("production",)),
    ],
)
def test_the_nearest_names_are_found(name: str, close: tuple[str, ...]) -> None:
    assert nearest(name, ["environments", "staging", "production", "qa"]) == close


def test_the_likeliest_comes_first_and_only_so_many_come() -> None:
    assert nearest("web1", ["web", "web1", "webs"], most=2) == ("web1", "web")


def test_a_very_long_name_is_compared_by_its_beginning() -> None:
    assert nearest("a" * 100_000, ["a" * 100]) == ("a" * 100,)
