"""Signing between programs, against the specification's own example."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st
from multidict import CIMultiDict

from bot.standard_webhooks import Key, NotVerified, Signed, headers_of, signed_headers, verify

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
ID = "msg_p5jXN8AQM9LWM0D4loKWxJek"
TIMESTAMP = 1614265330
BODY = b'{"test": 2432232314}'
SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
KEY = Key.parse(SECRET)
SIGNED = Signed(ID, str(TIMESTAMP), SIGNATURE)


def test_the_specifications_example_is_signed_as_it_says() -> None:
    assert KEY.sign(ID, TIMESTAMP, BODY) == SIGNATURE
    assert headers_of((KEY,), ID, TIMESTAMP, BODY) == {
        "webhook-id": ID,
        "webhook-timestamp": str(TIMESTAMP),
        "webhook-signature": SIGNATURE,
    }


def test_the_specifications_example_verifies() -> None:
    verify((KEY,), SIGNED, BODY, TIMESTAMP)


@pytest.mark.parametrize("signatures", [
    f"v1,AAAA {SIGNATURE}", f"{SIGNATURE} v1a,AAAA", f" {SIGNATURE} ", f"é {SIGNATURE}",
])  # fmt: skip
def test_one_of_several_signatures_is_enough(signatures: str) -> None:
    verify((KEY,), Signed(ID, str(TIMESTAMP), signatures), BODY, TIMESTAMP)


def test_two_keys_sign_and_verify_while_one_is_rotated() -> None:
    new = Key(b"n" * 24)
    signed = signed_headers(CIMultiDict(headers_of((new, KEY), ID, TIMESTAMP, BODY)))
    for keys in ((new,), (KEY,), (KEY, new)):
        verify(keys, signed, BODY, TIMESTAMP)


def test_many_signatures_are_not_all_tried() -> None:
    flood = Signed(ID, str(TIMESTAMP), "v1,AAAA " * 20 + SIGNATURE)
    with pytest.raises(NotVerified):
        verify((KEY,), flood, BODY, TIMESTAMP)


@pytest.mark.parametrize("signed,body,now", [
    (SIGNED, BODY + b" ", TIMESTAMP),
    (Signed("msg_other", str(TIMESTAMP), SIGNATURE), BODY, TIMESTAMP),
    (Signed(ID, str(TIMESTAMP + 1), SIGNATURE), BODY, TIMESTAMP),
    (Signed(ID, str(TIMESTAMP), SIGNATURE[:-1]), BODY, TIMESTAMP),
    (Signed(ID, str(TIMESTAMP), SIGNATURE.removeprefix("v1,")), BODY, TIMESTAMP),
    (Signed(ID, str(TIMESTAMP), "v1,é"), BODY, TIMESTAMP),
    (Signed(ID, str(TIMESTAMP), "  "), BODY, TIMESTAMP),
    (SIGNED, BODY, TIMESTAMP + 301),
    (SIGNED, BODY, TIMESTAMP - 301),
])  # fmt: skip
def test_whatever_is_changed_does_not_verify(signed: Signed, body: bytes, now: float) -> None:
    with pytest.raises(NotVerified):
        verify((KEY,), signed, body, now)


def test_without_keys_nothing_verifies() -> None:
    with pytest.raises(NotVerified):
        verify((), SIGNED, BODY, TIMESTAMP)


@pytest.mark.parametrize("secret,problem", [
    ("", "does not begin"),
    (SECRET.removeprefix("whsec_"), "does not begin"),
    ("whsec_", "holds 0 bytes"),
    ("whsec_" + base64.b64encode(b"k" * 23).decode(), "holds 23 bytes"),
    ("whsec_not base64!", "not base64"),
    ("whsec_é", "not base64"),
    (SECRET + "=", "not base64"),
])  # fmt: skip
def test_a_secret_of_another_form_is_refused_and_not_quoted(secret: str, problem: str) -> None:
    with pytest.raises(ValueError, match=problem) as caught:
        Key.parse(secret)
    assert len(secret) <= 6 or secret not in str(caught.value)


def test_a_key_shows_nothing() -> None:
    assert f"{KEY} {KEY!r}" == "Key(hidden) Key(hidden)"


@given(
    st.dictionaries(st.sampled_from(["webhook-id", "webhook-timestamp", "webhook-signature"]), st.text()),
    st.binary(),
)
def test_whatever_headers_come_they_are_not_verified(headers: dict[str, str], body: bytes) -> None:
    with pytest.raises(NotVerified):
        verify((KEY,), signed_headers(headers), body, TIMESTAMP)
