"""Signatures that Slack's own verifier takes."""

from slack_sdk.signature import Clock as SdkClock
from slack_sdk.signature import SignatureVerifier

from bot.sandbox.slack.signing import signature, signature_headers

DOCUMENTED_BODY = (
    b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V"
    b"&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text="
    b"&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554"
    b"%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
)


class StoppedClock(SdkClock):
    def now(self) -> float:
        return 1531420618.0


def test_the_documented_example_has_the_documented_signature() -> None:
    assert signature("8f742231b10e8888abcd99yyyzzz85a5", 1531420618, DOCUMENTED_BODY) == (
        "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"
    )


def test_the_headers_satisfy_the_vendors_verifier() -> None:
    headers = signature_headers("secret", 1531420618, b"payload=%7B%7D")
    verifier = SignatureVerifier("secret", clock=StoppedClock())
    assert verifier.is_valid_request(b"payload=%7B%7D", headers)
    assert not verifier.is_valid_request(b"payload=%7B%20%7D", headers)
