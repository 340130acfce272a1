"""Ids, SHAs and refs are told apart by their shape, and every value of speech survives being stored."""

import msgspec
import pytest

from bot.domain.speech import (
    REF_BYTES_MAX,
    Confusion,
    Expected,
    Misunderstood,
    Param,
    RawCommand,
    Vocabulary,
    is_commit_sha,
    is_ref,
    read_id,
)


@pytest.mark.parametrize(
    "text, identity",
    [
        ("d-0123456789", "d-0123456789"),
        ("R-ABCDEFGHJK", "r-abcdefghjk"),
        ("d-oil3456789", "d-0113456789"),
        ("d-u123456789", None),
        ("d-012345678", None),
        ("d-01234567890", None),
        ("x-0123456789", None),
        ("d-012345678\u0663", None),
        ("d-o1234567\u212a9", None),
        ("", None),
    ],
)
def test_an_id_is_read_whatever_its_case_and_look_alikes(text: str, identity: str | None) -> None:
    assert read_id(text) == identity


@pytest.mark.parametrize(
    "ref", ["main", "feature/x", "v1.2.3", "a1b2c3d", "fix-#12", "über", "a@b", "refs/heads/x"]
)
def test_what_git_takes_as_a_ref_is_one(ref: str) -> None:
    assert is_ref(ref)


@pytest.mark.parametrize(
    "ref",
    [
        "",
        "@",
        "-x",
        ".x",
        "/x",
        "x/",
        "x.",
        "a..b",
        "a//b",
        "a/.b",
        "x.lock",
        "x.lock/y",
        "a@{1}",
        "a b",
        "a\u00a0b",
        "a\x00b",
        "a\nb",
        "a~1",
        "a^",
        "a:b",
        "a?",
        "a*",
        "a[b",
        "a\\b",
        'a"b',
        "x" * (REF_BYTES_MAX + 1),
        "ü" * (REF_BYTES_MAX // 2 + 1),
    ],
)
def test_what_git_refuses_or_a_program_could_misread_is_no_ref(ref: str) -> None:
    assert not is_ref(ref)


@pytest.mark.parametrize(
    "text, is_sha",
    [("a1b2c3d", True), ("A" * 40, True), ("a" * 41, False), ("a1b2c3", False), ("main123", False)],
)
def test_a_sha_has_7_to_40_hexadecimal_digits(text: str, is_sha: bool) -> None:
    assert is_commit_sha(text) is is_sha


@pytest.mark.parametrize(
    "value",
    [
        RawCommand(word="deploy", tokens=("api", "production"), because="x", flags=("dry-run",)),
        Vocabulary(
            services=("api",), environments=("staging",), params={"size": Param("choice", ("s", "m"))}
        ),
        Misunderstood(code=Confusion.UNKNOWN_NAME, token="x", expected=(Expected.SERVICE,), choices=("api",)),
    ],
)
def test_what_was_said_survives_being_stored(value: msgspec.Struct) -> None:
    assert msgspec.json.decode(msgspec.json.encode(value), type=type(value)) == value
