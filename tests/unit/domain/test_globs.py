"""Which paths a pattern names."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.domain.globs import GLOB_LENGTH_MAX, check_glob, compile_globs


@pytest.mark.parametrize(
    "glob,path,named",
    [
        ("README.md", "README.md", True),
        ("README.md", "docs/README.md", False),
        ("README.md", "README.md.bak", False),
        ("*.md", "README.md", True),
        ("*.md", "docs/README.md", False),
        ("**/*.md", "README.md", True),
        ("**/*.md", "docs/a/README.md", True),
        ("libs/**", "libs/a/b", True),
        ("libs/**", "libs", True),
        ("libs/**", "libs2/a", False),
        ("libs/**", "x/libs/a", False),
        ("libs/*", "libs/a", True),
        ("libs/*", "libs/a/b", False),
        ("**", "anything/at/all", True),
        ("**/test/**", "test", True),
        ("**/test/**", "a/b/test/c", True),
        ("**/test/**", "a/b/tests/c", False),
        ("a/**/b", "a/b", True),
        ("a/**/b", "a/x/y/b", True),
        ("a/**/b", "a/x/b/c", False),
        ("a/**/**/b", "a/x/b", True),
        ("a/**/b/**/c", "a/b/b/c", True),
        ("a/**/b/**/c", "a/c", False),
        ("services/*/src/**", "services/api/src/main.py", True),
        ("file?.txt", "file1.txt", True),
        ("file?.txt", "file.txt", False),
        ("a?b", "a/b", False),
        ("app/[id]/page.tsx", "app/[id]/page.tsx", True),
        ("app/[id]/page.tsx", "app/i/page.tsx", False),
        ("a.b", "axb", False),
        ("*a*b*", "xxaxxbxx", True),
        ("*a*b*", "xxbxxaxx", False),
        ("Api/**", "api/x", False),
        (".github/**", ".github/workflows/ci.yml", True),
        ("*", ".hidden", True),
        ("ключ/*", "ключ/ж", True),
        ("a/*", "a/x\ny", True),
    ],
)
def test_a_pattern_names_whole_paths(glob: str, path: str, named: bool) -> None:
    assert (compile_globs((glob,)).match(path) is not None) == named


def test_one_of_several_patterns_is_enough_and_none_names_nothing() -> None:
    assert compile_globs(("a/**", "b/**")).match("b/x")
    assert not compile_globs(("a/**", "b/**")).match("c/x")
    assert not compile_globs(()).match("a")


@pytest.mark.parametrize(
    "glob", ["a", "**", "a/**/b", "*.py", "app/[id]/x", "a b/c", "-x", "a" * GLOB_LENGTH_MAX]
)
def test_a_sane_pattern_has_nothing_against_it(glob: str) -> None:
    assert check_glob(glob) is None


@pytest.mark.parametrize(
    "glob",
    [
        "", "/a", "./a", "a/../b", "a//b", "a/", "!a", "a\\b", "{a,b}/c", "a**", "**a/b", "a/***", "a/./b",
        "a" * (GLOB_LENGTH_MAX + 1),
    ],
)  # fmt: skip
def test_a_pattern_that_cannot_match_what_was_meant_is_explained(glob: str) -> None:
    assert check_glob(glob)


def slowly(glob: list[str], path: list[str]) -> bool:
    """Match by trying everything: the meaning, without any cleverness."""
    if not glob:
        return not path
    if glob[0] == "**":
        return any(slowly(glob[1:], path[skipped:]) for skipped in range(len(path) + 1))
    return bool(path) and _segment(glob[0], path[0]) and slowly(glob[1:], path[1:])


def _segment(glob: str, name: str) -> bool:
    pattern = "".join({"*": "[^/]*", "?": "[^/]"}.get(each, re.escape(each)) for each in glob)
    return re.fullmatch(pattern, name) is not None


SEGMENTS = st.text("ab*?", min_size=1, max_size=5).filter(lambda text: "**" not in text) | st.just("**")
NAMES = st.text("ab", min_size=1, max_size=5)


@given(st.lists(SEGMENTS, min_size=1, max_size=5), st.lists(NAMES, min_size=1, max_size=6))
@example(["**", "a", "**", "b"], ["a", "b", "a", "b"])
@example(["*a*", "**"], ["ba"])
def test_the_fast_expression_means_the_same_as_trying_everything(glob: list[str], path: list[str]) -> None:
    fast = compile_globs(("/".join(glob),)).match("/".join(path)) is not None
    assert fast == slowly(glob, path)


@pytest.mark.parametrize(
    "glob,path",
    [
        ("*a" * 100 + "b", "a" * 3_000),
        ("**/" * 80 + "b", "a/" * 1_500 + "c"),
        ("**/*a*/" * 30 + "b", "ba/" * 1_000 + "c"),
        ("/".join(["**", "a", "*a*a*"] * 20) + "/b", "a/aaaa/" * 500 + "c"),
    ],
)
def test_a_hostile_pattern_ends(glob: str, path: str) -> None:
    assert compile_globs((glob,)).match(path) is None
