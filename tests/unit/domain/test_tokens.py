"""What looks like a secret is found wherever it stands, in time that hostile text cannot stretch."""

import pytest

from bot.domain.tokens import TOKENS

SIGNED = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJl"
ENCRYPTED = "eyJhbGciOiJSU0EtT0FFUCJ9.OKOawDo13gRp2ojaHV7LFpZc.48V1_ALb6US04U3b.5eym8TW_c8SuK0lt.XFBoMYUZo"


def without(text: str) -> str:
    return TOKENS.sub("*", text)


@pytest.mark.parametrize("token", [SIGNED, ENCRYPTED, "ghs_" + "a1B2" * 9, "xoxb-1234567890-abcdef"])
@pytest.mark.parametrize("around", ["{}", "token={}, ok", '{{"t":"{}"}}', "jwt_{}", "x-{} "])
def test_a_token_is_found_wherever_it_stands(token: str, around: str) -> None:
    for piece in (token[:12], token[-8:]):
        assert piece not in without(around.format(token))


@pytest.mark.parametrize("token", [SIGNED, "ghs_" + "a1B2" * 9])
def test_a_token_behind_an_escaped_line_end_is_found(token: str) -> None:
    assert token not in without(rf'{{"said": "first\n{token}"}}')


@pytest.mark.parametrize("text", ["monkeyJumpsOver.something-long", "a.b.c", "sha " + "a" * 40, "ghp_short"])
def test_what_is_no_token_stays(text: str) -> None:
    assert without(text) == text


@pytest.mark.parametrize(
    "seed",
    ["eyJ", "eyJ-", "_eyJ", "eyJaaaaaaaa-", "eyJaaaaaaaa.eyJ ", "gha_", "ghp_a ", "xoxb-a ", "whsec_a "],
)
def test_text_that_is_made_to_be_slow_is_not(seed: str) -> None:
    """A megabyte: with a search from each character again this would go on for minutes."""
    text = seed * (1_000_000 // len(seed))
    assert len(without(text)) > 0
