"""How the process writes its log, and what never gets into it."""

import json
import logging

import pytest
import structlog

from bot.logs import set_up

SECRETS = [
    "ghs_" + "a1" * 18,
    "ghp_" + "b2" * 18,
    "github_pat_11ABCDEFG0123456789_" + "c3" * 20,
    "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiIxMjM0In0.c2lnbmF0dXJl",
    "xoxb-1234567890-abcdef",
    "xapp-1-A0-1234567890",
    "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz",
]


Errors = pytest.CaptureFixture[str]


def lines(written: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in written.splitlines()]


def test_away_from_a_terminal_each_line_is_json(capsys: Errors) -> None:
    set_up("info", None)
    structlog.get_logger().info("decided", outcome="acted")
    (line,) = lines(capsys.readouterr().err)
    assert (line["event"], line["outcome"], line["level"]) == ("decided", "acted", "info")
    assert str(line["timestamp"]).endswith("Z")


def test_for_people_it_is_a_line_to_read(capsys: Errors) -> None:
    set_up("info", "console")
    structlog.get_logger().info("decided", outcome="acted")
    written = capsys.readouterr().err
    assert "decided" in written
    assert not written.startswith("{")


def test_what_is_below_the_level_is_not_written(capsys: Errors) -> None:
    set_up("warning", "json")
    structlog.get_logger().info("quiet")
    structlog.get_logger().warning("loud")
    assert [line["event"] for line in lines(capsys.readouterr().err)] == ["loud"]


def test_an_error_brings_its_traceback(capsys: Errors) -> None:
    set_up("info", "json")
    try:
        raise ValueError("a defect")
    except ValueError:
        structlog.get_logger().exception("failed")
    assert "ValueError: a defect" in str(lines(capsys.readouterr().err)[0]["exception"])


@pytest.mark.parametrize("form", ["json", "console"])
@pytest.mark.parametrize("secret", SECRETS)
def test_what_looks_like_a_token_is_blotted_out(capsys: Errors, form: str, secret: str) -> None:
    set_up("info", form)  # type: ignore[arg-type]
    structlog.get_logger().info("asked", problem=f"token {secret} is wrong")
    try:
        raise ValueError(secret)
    except ValueError:
        structlog.get_logger().exception(f"failed with {secret}")
    logging.getLogger("of a library").warning("library says %s", secret)
    written = capsys.readouterr().err
    assert secret not in written
    assert written.count("[secret]") >= 4


def test_libraries_speak_up_only_when_something_is_wrong(capsys: Errors) -> None:
    set_up("debug", "json")
    logging.getLogger("of a library").info("chatter")
    logging.getLogger("of a library").warning("trouble")
    assert [line["event"] for line in lines(capsys.readouterr().err)] == ["trouble"]
