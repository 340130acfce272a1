"""Who may look: with the token, its cookie, or not at all."""

from pathlib import Path

import pytest
from aiohttp import ClientResponse
from structlog.testing import capture_logs

from bot.web.dashboard.access import COOKIE, COOKIE_SECONDS, Access, path_back
from tests.clock import ManualClock
from tests.unit.web.dashboard.looking import PUBLIC_URL, TOKEN, Looking, looking

PATHS = (
    "/",
    "/requests/r-0123456789",
    "/deployments/d-0123456789",
    "/deployments/d-0123456789/output",
    "/events/e-0123456789abcdef",
    "/deliveries/g-1",
)
WRONG = "not-" + TOKEN


def cookie_of(response: ClientResponse) -> dict[str, str]:
    return {"Cookie": f"{COOKIE}={response.cookies[COOKIE].value}"}


async def signed_in(looked: Looking, path: str = "/") -> ClientResponse:
    return await looked.ask("POST", "/sign-in", data={"token": TOKEN, "next": path})


@pytest.mark.parametrize("path", PATHS)
async def test_a_stranger_gets_the_form_and_nothing_else(looked: Looking, path: str) -> None:
    text = await looked.text(await looked.ask("GET", path), 401)
    assert f'name="next" value="{path}"' in text
    assert "<section" not in text


@pytest.mark.parametrize("path", ["/story", "/story/changes"])
async def test_a_program_without_the_token_is_refused(looked: Looking, path: str) -> None:
    response = await looked.ask("GET", path)
    assert response.headers["WWW-Authenticate"] == "Bearer"
    assert "DASHBOARD_TOKEN" in await looked.text(response, 401)


@pytest.mark.parametrize("given", ["Bearer", f"Bearer {WRONG}", f"Basic {TOKEN}", "Bearer é"])
async def test_a_wrong_bearer_token_is_none(looked: Looking, given: str) -> None:
    assert (await looked.ask("GET", "/story", {"Authorization": given})).status == 401


async def test_the_token_is_exchanged_for_a_cookie_that_lets_in(looked: Looking) -> None:
    response = await signed_in(looked, "/requests/r-0123456789")
    assert (response.status, response.headers["Location"]) == (303, "/requests/r-0123456789")
    written = response.headers["Set-Cookie"]
    for part in ("HttpOnly", "SameSite=Strict", "Path=/", f"Max-Age={COOKIE_SECONDS}"):
        assert part in written
    assert "Secure" not in written
    assert TOKEN not in written
    await looked.text(await looked.ask("GET", "/", cookie_of(response)), 200)


async def test_where_people_come_by_https_the_cookie_goes_by_https_only(tmp_path: Path) -> None:
    async with looking(tmp_path, "https://bot.example") as looked:
        assert "Secure" in (await signed_in(looked)).headers["Set-Cookie"]


async def test_a_cookie_ends_after_twelve_hours(looked: Looking) -> None:
    cookie = cookie_of(await signed_in(looked))
    looked.clock.advance(COOKIE_SECONDS - 2)
    assert (await looked.ask("GET", "/", cookie)).status == 200
    looked.clock.advance(2)
    assert (await looked.ask("GET", "/", cookie)).status == 401


async def test_a_cookie_that_was_changed_lets_nobody_in(looked: Looking) -> None:
    expires_at, _, signature = cookie_of(await signed_in(looked))["Cookie"].partition("=")[2].partition(".")
    for value in (f"{int(expires_at) + 9999}.{signature}", f"{expires_at}.{'0' * 64}", expires_at, "é.x", ""):
        assert (await looked.ask("GET", "/", {"Cookie": f"{COOKIE}={value}"})).status == 401


async def test_a_cookie_of_another_token_lets_nobody_in(looked: Looking, tmp_path: Path) -> None:
    cookie = cookie_of(await signed_in(looked))
    other = Access("another-token-altogether", PUBLIC_URL, looked.clock)
    value = cookie["Cookie"].partition("=")[2]
    assert other._is_cookie(value) is False


async def test_a_wrong_token_is_said_to_be_wrong_and_logged_without_it(looked: Looking) -> None:
    with capture_logs() as lines:
        response = await looked.ask("POST", "/sign-in", data={"token": WRONG, "next": "/events/x"})
        text = await looked.text(response, 401)
    assert "That is not the token" in text
    assert 'value="/events/x"' in text
    assert "Set-Cookie" not in response.headers
    assert [line["event"] for line in lines if line["log_level"] == "warning"] == ["dashboard.sign_in_failed"]
    assert TOKEN not in str(lines)


async def test_the_printed_address_signs_in_and_takes_the_token_out_of_the_address(looked: Looking) -> None:
    response = await looked.ask("GET", f"/?subject=acme%2Fshop%2312&token={TOKEN}")
    assert (response.status, response.headers["Location"]) == (303, "/?subject=acme/shop%2312")
    assert (await looked.ask("GET", "/", cookie_of(response))).status == 200
    text = await looked.text(await looked.ask("GET", f"/?token={WRONG}"), 401)
    assert "That is not the token" in text
    assert WRONG not in text


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
    ],
)
async def test_forms_of_other_sites_are_refused(looked: Looking, headers: dict[str, str]) -> None:
    for path in ("/sign-in", "/sign-out"):
        response = await looked.ask("POST", path, headers, data={"token": TOKEN})
        assert (response.status, "Set-Cookie" in response.headers) == (403, False)


async def test_our_own_form_is_taken_by_what_the_browser_says_of_it(looked: Looking) -> None:
    for headers in ({"Sec-Fetch-Site": "same-origin"}, {"Origin": looked.url("")}, {"Origin": PUBLIC_URL}):
        assert (await looked.ask("POST", "/sign-in", headers, data={"token": TOKEN})).status == 303


@pytest.mark.parametrize(
    ("kind", "body", "status"),
    [
        ("multipart/form-data; boundary=x", b"--x--", 415),
        ("application/x-www-form-urlencoded; charset=nonsense", b"token=a", 400),
        ("application/x-www-form-urlencoded; charset=utf-16", b"token=a", 400),
        ("application/x-www-form-urlencoded", b"token=%ed%a0%80&next=%ff", 401),
        ("application/json", b"{}", 401),
    ],
)
async def test_a_form_that_no_browser_sends_is_refused_and_no_defect(
    looked: Looking, kind: str, body: bytes, status: int
) -> None:
    for path, expected in (("/sign-in", status), ("/sign-out", 303 if status == 401 else status)):
        assert (await looked.ask("POST", path, {"Content-Type": kind}, data=body)).status == expected


async def test_signing_out_takes_the_cookie_away(looked: Looking) -> None:
    response = await looked.ask("POST", "/sign-out", cookie_of(await signed_in(looked)))
    assert (response.status, response.headers["Location"]) == (303, "/")
    assert "Max-Age=0" in response.headers["Set-Cookie"]


@pytest.mark.parametrize(
    "wanted",
    [
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "evil",
        "",
        "/a\r\nX: y",
        None,
        "/" + "a" * 600,
    ],
)
def test_nobody_is_led_to_another_site(wanted: object) -> None:
    assert path_back({"next": wanted}) == "/"


def test_a_token_that_was_made_stands_in_the_printed_address_and_a_set_one_does_not() -> None:
    made, other = (Access(None, PUBLIC_URL, ManualClock()) for _ in range(2))
    address, _, token = made.address.partition("/?token=")
    assert address == PUBLIC_URL
    assert len(token) == 40
    assert made.is_token(token)
    assert not other.is_token(token)
    assert Access(TOKEN, PUBLIC_URL, ManualClock()).address == f"{PUBLIC_URL}/"
