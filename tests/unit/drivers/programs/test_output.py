"""What programs write, made fit to be shown: plain, bounded, without secrets."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.drivers.programs.output import REDACTED, Redactor, last_line, percent_of, plain, shown
from bot.drivers.programs.recording import Recorded

NOTHING = Redactor({}, ())
BODY = "\n".join(["MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj"] * 6)
BEGIN, END = "-----BEGIN RSA PRIVATE KEY-----", "-----END RSA PRIVATE KEY-----"
PEM = f"{BEGIN}\n{BODY}\n{END}"


def line(text: str, *, cut: bool = False, live: bool = False) -> str | None:
    return last_line(text.encode(), NOTHING, cut=cut, live=live)


# --- plain text ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("\x1b[1;31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07after", "after"),
        ("\x1b]8;;https://x.example\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x1b(Bfont\x1b=", "font"),
        ("\x1b]never ended\nnext", "\nnext"),
        ("a\x00\x08b\x9b\u202ec\u2066\ufeff", "abc"),
        ("one\r\ntwo\tthree\r\n", "one\ntwo\tthree\n"),
        ("\x1b", ""),
    ],
)
def test_control_characters_are_removed(written: str, text: str) -> None:
    assert plain(written.encode()) == text


def test_what_is_no_utf_8_is_shown_as_such() -> None:
    assert plain(b"caf\xe9 \xff") == "caf\ufffd \ufffd"


def test_a_bar_that_is_drawn_again_and_again_is_shown_as_it_was_last() -> None:
    recorded = Recorded(b"\r 10%\r 20%\r100%\r\nnext\r", 0, b"")
    assert shown(recorded, NOTHING, live=False) == "100%\nnext"


@given(st.binary(max_size=400))
def test_whatever_is_written_what_is_shown_is_plain(data: bytes) -> None:
    text = shown(Recorded(data, 0, b""), NOTHING, live=False)
    assert all(each in "\n\t" or not (ord(each) < 32 or 127 <= ord(each) < 160) for each in text)
    said = last_line(data, NOTHING, cut=False, live=False)
    assert said is None or said.isprintable() or "\u2028" in text or not data.isascii()


# --- the last line ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("one\ntwo\n", "two"),
        ("one\n\n \n", "one"),
        ("one\rtwo", "two"),
        ("a \x1b[32m tidy\tline ", "a tidy line"),
        ("", None),
        ("\n\x00\n", None),
    ],
)
def test_the_last_line_is_the_last_that_says_something(text: str, expected: str | None) -> None:
    assert line(text) == expected


def test_of_a_line_whose_beginning_is_cut_off_the_first_word_is_left_out() -> None:
    assert line("ecret-value and more", cut=True) == "and more"
    assert line("x" * 1000, cut=True) is None


def test_while_it_runs_a_line_counts_when_it_is_complete() -> None:
    assert line("one\ntwo", live=True) == "one"
    assert line("10%\r20%\r", live=True) == "20%"
    assert line("one", live=True) is None


@pytest.mark.parametrize(
    ("text", "percent"),
    [
        ("40%", 40.0),
        ("10% of 3, then 99.5 %", 99.5),
        ("100%", 100.0),
        ("250% of the usual", None),
        ("cpu 1.2.40%", None),
        ("nothing", None),
        (None, None),
    ],
)
def test_a_percentage_is_the_last_one_that_can_be_one(text: str | None, percent: float | None) -> None:
    assert percent_of(text) == percent


# --- secrets ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "secret",
    [
        "ghp_" + "a1B2" * 9,
        "ghs_12345_" + "eyJhbGciOi.J9-_" * 34,
        "github_pat_" + "a1B2_" * 10,
        "xoxb-1234567890-abcdefghij",
        "xapp-1-A1B2-1234567890",
        "whsec_" + "MDEy" * 8,
        "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJl",
    ],
)
def test_tokens_are_known_by_their_form(secret: str) -> None:
    for around in ("{}", "token={} ok", "('{}')", "a\n{}\nb"):
        text = NOTHING(around.format(secret))
        assert secret[:12] not in text
        assert secret[-8:] not in text
        assert REDACTED in text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Authorization: Bearer abcdefgh.ijk", f"Authorization: Bearer {REDACTED}"),
        ("authorization: basic dXNlcjpwYXNz", f"authorization: basic {REDACTED}"),
        ("https://user:pa55@git.example/x", f"https://{REDACTED}@git.example/x"),
        (
            "postgres://u:p%40ss@db/x and https://t0k@h",
            f"postgres://{REDACTED}@db/x and https://{REDACTED}@h",
        ),
        (f"key:\n{PEM}\nnext", f"key:\n{REDACTED}\nnext"),
        (f"key:\n{BEGIN}\n{BODY}", f"key:\n{REDACTED}"),
    ],
)
def test_what_stands_where_secrets_do_is_left_out(text: str, expected: str) -> None:
    assert NOTHING(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "basic configuration is done",
        "mail ops@example.com or see https://x.example/a@b",
        "sha " + "a" * 40,
        "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----",
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    assert NOTHING(text) == text


def test_a_private_key_whose_beginning_was_cut_off_is_known_by_its_end() -> None:
    text = NOTHING(f"{BODY}\n{END}\nnext")
    assert "MIIE" not in text
    assert text.endswith("next")


def test_the_programs_own_secrets_are_left_out_by_value() -> None:
    environ = {
        "DEPLOY_TOKEN": "s3cret/value+1",
        "API_KEY": "s3cret/value+1-and-more",
        "SSH_KEY": PEM,
        "REGION": "europe-west",
        "SHORT_KEY": "abc",
        "GIT_AUTHOR": "Deploy Bot",
    }
    redact = Redactor(environ, environ)
    assert redact("a s3cret/value+1 b s3cret/value+1-and-more c") == f"a {REDACTED} b {REDACTED} c"
    assert redact("?t=s3cret%2Fvalue%2B1&x") == f"?t={REDACTED}&x"
    assert "MIIE" not in redact(BODY.splitlines()[2])
    assert redact("europe-west abc Deploy Bot") == "europe-west abc Deploy Bot"


def test_variables_that_the_program_does_not_see_are_none_of_its_secrets() -> None:
    assert Redactor({"OTHER_TOKEN": "something"}, ())("something") == "something"


@pytest.mark.parametrize(
    "piece",
    ["://", "eyJ", "bearer ", "-----BEGIN ", "-----BEGIN PRIVATE KEY-----", "ghp_", "\x1b]", "A", "\r", "a@"],
)
def test_hostile_text_takes_time_in_proportion_to_its_length(piece: str) -> None:
    """With a pattern that looked back again and again, this would take minutes."""
    recorded = Recorded((piece * 500_000)[:500_000].encode(), 0, b"")
    assert len(shown(recorded, NOTHING, live=False)) <= 500_000 + len(REDACTED)


# --- a part in the middle is missing ---------------------------------------------------------------------


def test_the_gap_says_how_much_is_missing_and_stands_between_whole_lines() -> None:
    recorded = Recorded(b"one\ntwo\nthr", 1000, b"ee\nnine\nten\n")
    assert shown(recorded, NOTHING, live=False) == "one\ntwo\n… 1,006 bytes left out …\nnine\nten\n"


def test_no_half_of_a_secret_stands_beside_the_gap() -> None:
    token = b"ghp_" + b"a1B2" * 9
    endless = b"x " * 10_000
    recorded = Recorded(endless + token[:12], 5000, token[12:] + endless)
    text = shown(recorded, NOTHING, live=False)
    assert "ghp_" not in text
    assert "a1B2" not in text
