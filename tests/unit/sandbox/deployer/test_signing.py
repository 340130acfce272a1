"""Standard Webhooks signatures."""

import base64
from random import Random

import pytest

from bot.sandbox.deployer.signing import key_of, make_secret, signature_problem, signed_headers

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
BODY = b'{"test": 2432232314}'
EXAMPLE = {
    "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
    "webhook-timestamp": "1614265330",
    "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
}


def test_the_published_example_is_signed_as_published() -> None:
    assert signed_headers(SECRET, EXAMPLE["webhook-id"], 1614265330, BODY) == EXAMPLE
    assert signature_problem(SECRET, EXAMPLE, BODY, 1614265330.0) == ""


def test_one_right_signature_among_others_is_enough() -> None:
    several = EXAMPLE | {"webhook-signature": f"v1,AAAA v2,BBBB {EXAMPLE['webhook-signature']}"}
    assert signature_problem(SECRET, several, BODY, 1614265330.0) == ""


@pytest.mark.parametrize(
    "headers, body, now, expected",
    [
        ({"webhook-id": ""}, BODY, 1614265330, "missing header: webhook-id"),
        ({"webhook-signature": ""}, BODY, 1614265330, "missing header: webhook-signature"),
        ({"webhook-timestamp": "soon"}, BODY, 1614265330, "no whole number"),
        ({"webhook-timestamp": "٣"}, BODY, 1614265330, "no whole number"),
        ({}, BODY, 1614265330 + 301, "more than 300 s off"),
        ({}, BODY, 1614265330 - 301, "more than 300 s off"),
        ({}, b"{}", 1614265330, "no signature matches"),
        ({"webhook-id": "msg_other"}, BODY, 1614265330, "no signature matches"),
        ({"webhook-timestamp": "1614265331"}, BODY, 1614265330, "no signature matches"),
        ({"webhook-signature": "v1a,ünicode"}, BODY, 1614265330, "no signature matches"),
        ({"webhook-signature": EXAMPLE["webhook-signature"][3:]}, BODY, 1614265330, "no signature matches"),
    ],
)
def test_a_signature_that_is_not_right_is_told_apart(
    headers: dict[str, str], body: bytes, now: float, expected: str
) -> None:
    assert expected in signature_problem(SECRET, EXAMPLE | headers, body, now)


def test_a_made_secret_is_a_good_one() -> None:
    assert len(key_of(make_secret(Random(1)))) == 24


@pytest.mark.parametrize(
    "secret", ["", "whsec_", "secret", "whsec_!!!", "whsec_" + base64.b64encode(b"x" * 23).decode()]
)
def test_a_secret_that_is_too_short_or_no_base64_is_refused(secret: str) -> None:
    with pytest.raises(ValueError, match="secret"):
        key_of(secret)
