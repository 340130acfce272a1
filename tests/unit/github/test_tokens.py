"""Who the App is to GitHub: signatures and tokens, against the simulated GitHub."""

import asyncio
import logging
from pathlib import Path

import jwt
import pytest
import yaml
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from structlog.testing import capture_logs

from bot.domain.errors import PassingFault
from bot.github.answers import InstallationToken
from bot.github.faults import NotThere, Refused
from bot.github.tokens import PERMISSIONS, AppCredentials, AppKey, GitHubApp
from bot.github.transport import open_session
from bot.sandbox.github import Fault
from tests.unit.doors import StoppedClock
from tests.unit.github.hub import APP_ID, SHOP, Hub, app_key, connect, new_world
from tests.unit.github.scripted import Scripted

TOKENS = "/access_tokens"


async def read_shop(hub: Hub) -> None:
    await hub.app.installation(hub.shop.installation.id).getitem(f"/repos/{SHOP}")


def test_the_app_signs_with_its_key_backdated_and_for_nine_minutes() -> None:
    private, public = app_key()
    signed = AppKey(APP_ID, private).sign(1_000_000.7)
    claims = jwt.decode(
        signed, public, algorithms=["RS256"], options={"verify_exp": False, "verify_iat": False}
    )
    assert claims == {"iat": 999_940, "exp": 1_000_540, "iss": str(APP_ID)}


@pytest.mark.parametrize(
    "text", ["", "no key", "-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----"]
)
def test_a_text_that_is_no_key_is_refused_without_repeating_it(text: str) -> None:
    with pytest.raises(ValueError, match="GITHUB_PRIVATE_KEY") as raised:
        AppKey(APP_ID, text)
    assert not text or text not in str(raised.value)


async def test_a_signature_is_kept_for_seven_minutes() -> None:
    clock = StoppedClock()
    credentials = AppCredentials(AppKey(APP_ID, app_key()[0]), clock)
    first = await credentials.token()
    clock.time += 419
    assert await credentials.token() == first
    clock.time += 1
    assert await credentials.token() != first


async def test_a_clock_that_was_set_back_makes_a_new_signature() -> None:
    clock = StoppedClock()
    credentials = AppCredentials(AppKey(APP_ID, app_key()[0]), clock)
    first = await credentials.token()
    clock.time -= 3600
    assert await credentials.token() != first


async def test_the_app_reads_what_is_the_apps(hub: Hub) -> None:
    assert (await hub.app.client.getitem("/app"))["id"] == APP_ID


async def test_many_readers_share_one_token_with_the_permissions_that_are_used(hub: Hub) -> None:
    await asyncio.gather(*(read_shop(hub) for _ in range(20)))
    assert hub.requests("POST", TOKENS) == 1
    (token,) = hub.world.tokens.values()
    assert token.permissions == dict(PERMISSIONS)


def test_the_permissions_are_those_of_the_manifest() -> None:
    manifest = yaml.safe_load((Path(__file__).parents[3] / "app.yml").read_text())
    assert manifest["default_permissions"] == dict(PERMISSIONS)


async def test_a_token_is_renewed_five_minutes_before_it_ends(hub: Hub) -> None:
    await read_shop(hub)
    hub.clock.time += 55 * 60 - 1
    await read_shop(hub)
    assert hub.requests("POST", TOKENS) == 1
    hub.clock.time += 1
    await read_shop(hub)
    assert hub.requests("POST", TOKENS) == 2


async def test_a_token_that_github_withdrew_is_replaced_within_the_request(hub: Hub) -> None:
    await read_shop(hub)
    hub.world.tokens.clear()
    await read_shop(hub)
    assert hub.requests("POST", TOKENS) == 2


async def test_a_suspended_installation_says_so(hub: Hub) -> None:
    hub.world.suspend_installation(hub.shop.installation.id, "olive")
    with pytest.raises(Refused) as raised:
        await read_shop(hub)
    assert raised.value.status == 403
    assert "suspended" in raised.value.hint


async def test_an_installation_that_is_gone_says_so(hub: Hub) -> None:
    with pytest.raises(NotThere) as raised:
        await hub.app.installation(999).getitem(f"/repos/{SHOP}")
    assert "uninstalled" in raised.value.hint


async def test_an_owner_who_accepted_less_keeps_what_works() -> None:
    clock = StoppedClock()
    granted = {**PERMISSIONS, "checks": "read"}
    del granted["members"]
    async with open_session() as session:
        hub = await connect(new_world(clock, granted), clock, session)
        with capture_logs() as logs:
            await read_shop(hub)
        await hub.server.close()
    assert [log for log in logs if log["event"] == "github.permissions_missing"] == [
        {
            "event": "github.permissions_missing",
            "installation": hub.shop.installation.id,
            "missing": ["checks: write", "members: read"],
            "log_level": "warning",
        }
    ]
    (token,) = hub.world.tokens.values()
    assert token.permissions == granted


async def test_a_wrong_clock_is_named_as_a_cause(hub: Hub) -> None:
    hub.world.clock = lambda: hub.clock.now() - 7200
    with pytest.raises(Refused) as raised:
        await hub.app.client.getitem("/app")
    assert raised.value.status == 401
    assert "clock" in raised.value.hint


async def test_a_fresh_token_that_is_not_known_yet_is_a_passing_fault(hub: Hub) -> None:
    hub.world.faults.add(Fault("status", path=r"/repos/.*|/api/v3/repos/.*", status=401))
    with pytest.raises(PassingFault) as raised:
        await read_shop(hub)
    assert raised.value.retry_after == 5.0
    assert hub.requests("POST", TOKENS) == 2


async def test_a_fetch_that_fails_fails_for_all_who_wait_and_is_not_kept(hub: Hub) -> None:
    hub.world.faults.add(Fault("status", method="POST", path=".*/access_tokens", status=502, times=1))
    results = await asyncio.gather(*(read_shop(hub) for _ in range(5)), return_exceptions=True)
    assert [type(result) for result in results] == [PassingFault] * 5
    await read_shop(hub)


async def test_a_token_that_cannot_be_had_leaves_nothing_uncertain(hub: Hub) -> None:
    hub.world.faults.add(Fault("lost_reply", method="POST", path=".*/access_tokens", times=1))
    with pytest.raises(PassingFault) as raised:
        await hub.app.installation(hub.repository.installation).post("/repos/acme/shop/deployments", data={})
    assert not raised.value.applied_maybe


async def test_no_token_and_no_key_stand_in_a_log_or_repr(hub: Hub, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with capture_logs() as logs:
        await read_shop(hub)
    (token,) = hub.world.tokens
    shown = repr(logs) + caplog.text + repr(InstallationToken(token, "")) + repr(vars(hub.app))
    assert token not in shown
    assert "PRIVATE KEY" not in shown


def test_a_key_of_another_kind_is_refused() -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    with pytest.raises(ValueError, match="no RSA key"):
        AppKey(APP_ID, pem)


async def test_other_refusals_of_a_token_are_passed_on(scripted: Scripted) -> None:
    app = GitHubApp(scripted.connection(), AppKey(APP_ID, app_key()[0]))
    scripted.say(400, {"message": "odd"})
    with pytest.raises(Refused, match="odd"):
        await app.installation(7).getitem("/things")


async def test_permissions_that_were_granted_and_refused_all_the_same_are_passed_on(
    scripted: Scripted,
) -> None:
    app = GitHubApp(scripted.connection(), AppKey(APP_ID, app_key()[0]))
    scripted.say(422, {"message": "no"})
    scripted.say(200, {"id": 7, "permissions": dict(PERMISSIONS)})
    with pytest.raises(Refused) as raised:
        await app.installation(7).getitem("/things")
    assert raised.value.status == 422


async def test_an_installation_has_one_client(hub: Hub) -> None:
    assert hub.app.installation(1) is hub.app.installation(1)
    assert hub.app.installation(1) is not hub.app.installation(2)
