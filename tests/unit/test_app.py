"""What stands in the way of a start is said in one sentence each, and nothing is left open behind it."""

import asyncio
import re
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from bot.app import Bot, open_to_read
from bot.domain.errors import StoreUnavailable
from bot.ledger.disk import LedgerInUse
from bot.ledger.sqlite import open_sqlite
from bot.sandbox.github import generate_app_key
from bot.settings import Settings
from bot.starting import CannotStart, app_key, check_disk, ledger_path, read_instance

PRIVATE_KEY, _ = generate_app_key()
DEPLOYER_SECRET = "whsec_" + "aGVsbG8gaGVsbG8gaGVsbG8gaGVsbG8gaGVsbG8="
INSTANCE = """\
secrets:
  shop-deployer:
    env: SHOP_DEPLOYER_SECRET
    repositories: ["acme/*"]
    urls: ["https://deployer.example.com/"]
"""


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """The settings of a bot that can start."""
    return {
        "GITHUB_APP_ID": "4242",
        "GITHUB_PRIVATE_KEY": PRIVATE_KEY,
        "GITHUB_WEBHOOK_SECRET": "It's a Secret to Everybody",
        # Nobody is there: a start must not wait for GitHub.
        "GITHUB_API_URL": "http://127.0.0.1:9/api/v3",
        "DATABASE_URL": f"sqlite:///{tmp_path / 'pointsman.db'}",
        "HOST": "127.0.0.1",
        "PORT": "0",
    }


def settings_of(environ: dict[str, str]) -> Settings:
    return Settings.from_environment(environ, Path("/nowhere"))


def bot_of(environ: dict[str, str]) -> Bot:
    settings = settings_of(environ)
    return Bot(settings, read_instance(settings), environ)


@asynccontextmanager
async def running(environ: dict[str, str]) -> AsyncIterator[Bot]:
    bot = bot_of(environ)
    await bot.start()
    try:
        yield bot
    finally:
        await bot.stop()


async def refusal(environ: dict[str, str]) -> tuple[str, ...]:
    with pytest.raises(CannotStart) as refused:
        await bot_of(environ).start()
    return refused.value.problems


# --- a start -----------------------------------------------------------------------------------------


async def test_a_start_waits_neither_for_github_nor_for_slack_and_takes_a_free_port(
    environ: dict[str, str],
) -> None:
    environ |= {
        "SLACK_BOT_TOKEN": "xoxb-1",
        "SLACK_SIGNING_SECRET": "s",
        "SLACK_API_URL": "http://127.0.0.1:9/api/",
    }
    async with running(environ) as bot:
        assert bot.port
        _, writer = await asyncio.open_connection("127.0.0.1", bot.port)
        writer.close()
        await writer.wait_closed()


async def test_an_end_gives_the_ledger_back(environ: dict[str, str], tmp_path: Path) -> None:
    async with running(environ):
        with pytest.raises(LedgerInUse):
            open_sqlite(tmp_path / "pointsman.db", exclusive=True)
    await open_sqlite(tmp_path / "pointsman.db", exclusive=True).close()


# --- credentials --------------------------------------------------------------------------------------


async def test_without_credentials_a_start_names_all_three_and_where_they_stand(
    environ: dict[str, str],
) -> None:
    for name in ("GITHUB_APP_ID", "GITHUB_PRIVATE_KEY", "GITHUB_WEBHOOK_SECRET"):
        del environ[name]
    (problem,) = await refusal(environ)
    assert "GITHUB_APP_ID, GITHUB_PRIVATE_KEY and GITHUB_WEBHOOK_SECRET are not set" in problem
    assert "developer settings" in problem


async def test_a_damaged_private_key_is_refused_without_being_shown(environ: dict[str, str]) -> None:
    damaged = "c2VjcmV0c2VjcmV0"
    environ["GITHUB_PRIVATE_KEY"] = f"-----BEGIN PRIVATE KEY-----\n{damaged}\n-----END PRIVATE KEY-----\n"
    (problem,) = await refusal(environ)
    assert problem.startswith("GITHUB_PRIVATE_KEY is no private key that can be read.")
    assert damaged not in problem


def test_the_apps_key_signs(environ: dict[str, str]) -> None:
    assert app_key(settings_of(environ)).sign(0.0).count(".") == 2


# --- secrets of deployers ------------------------------------------------------------------------------


@pytest.mark.parametrize("value", ["", "hunter2hunter2", "whsec_c2hvcnQ=", "whsec_!!!!"])
async def test_a_deployers_secret_that_cannot_be_used_stops_the_start_without_being_shown(
    environ: dict[str, str], tmp_path: Path, value: str
) -> None:
    environ |= instance_file(tmp_path, INSTANCE) | {"SHOP_DEPLOYER_SECRET": value}
    (problem,) = await refusal(environ)
    assert "SHOP_DEPLOYER_SECRET" in problem
    assert not value or value not in problem


async def test_everything_that_is_missing_is_told_at_once(environ: dict[str, str], tmp_path: Path) -> None:
    environ |= instance_file(tmp_path, INSTANCE)
    environ = {name: value for name, value in environ.items() if not name.startswith("GITHUB_")}
    problems = await refusal(environ)
    assert ["SHOP_DEPLOYER_SECRET" in problems[0], "GITHUB_APP_ID" in problems[1]] == [True, True]


async def test_a_deployers_usable_secret_lets_it_start(environ: dict[str, str], tmp_path: Path) -> None:
    environ |= instance_file(tmp_path, INSTANCE) | {"SHOP_DEPLOYER_SECRET": DEPLOYER_SECRET}
    async with running(environ) as bot:
        assert bot.port


# --- the instance file ----------------------------------------------------------------------------------


def instance_file(folder: Path, text: str) -> dict[str, str]:
    path = folder / "instance.yml"
    path.write_text(text)
    return {"POINTSMAN_CONFIG": str(path)}


def test_an_instance_file_with_errors_stops_the_start_with_their_places(
    environ: dict[str, str], tmp_path: Path
) -> None:
    environ |= instance_file(tmp_path, "owner: [acme]\negress: {allow: 5}\n")
    with pytest.raises(CannotStart) as refused:
        read_instance(settings_of(environ))
    first, second = refused.value.problems
    assert first.startswith(f"{tmp_path / 'instance.yml'}:1:1: ")
    assert "owners" in first
    assert second.startswith(f"{tmp_path / 'instance.yml'}:2:")


def test_an_instance_file_that_went_away_stops_the_start(environ: dict[str, str], tmp_path: Path) -> None:
    environ |= instance_file(tmp_path, "owners: [acme]\n")
    settings = settings_of(environ)
    (tmp_path / "instance.yml").unlink()
    with pytest.raises(CannotStart, match=r"instance.yml cannot be read: No such file"):
        read_instance(settings)


def test_without_an_instance_file_every_owner_is_served(environ: dict[str, str]) -> None:
    assert read_instance(settings_of(environ)).owners is None


# --- the ledger ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url", ["postgresql://pointsman@db.example.com/pointsman", "postgres://db.example.com/p"]
)
async def test_another_database_is_refused_and_a_known_one_is_named(
    environ: dict[str, str], url: str
) -> None:
    environ["DATABASE_URL"] = url
    (problem,) = await refusal(environ)
    assert "sqlite:///pointsman.db" in problem
    assert "db.example.com" not in problem
    with pytest.raises(CannotStart):
        ledger_path(settings_of(environ))


def test_a_disk_that_forgets_is_refused_unless_the_loss_is_accepted(environ: dict[str, str]) -> None:
    heroku = {"DYNO": "web.1"}
    with pytest.raises(CannotStart, match=r"Heroku .* POINTSMAN_ALLOW_EPHEMERAL=1"):
        check_disk(settings_of(environ), heroku)
    check_disk(settings_of(environ | {"POINTSMAN_ALLOW_EPHEMERAL": "1"}), heroku)


async def test_a_folder_that_is_not_there_is_named(environ: dict[str, str], tmp_path: Path) -> None:
    environ["DATABASE_URL"] = f"sqlite:///{tmp_path / 'missing' / 'pointsman.db'}"
    with pytest.raises(StoreUnavailable, match=r"missing/pointsman.db cannot be opened"):
        await bot_of(environ).start()


def test_nothing_can_be_read_before_the_first_start(environ: dict[str, str]) -> None:
    with pytest.raises(StoreUnavailable, match=r"There is no ledger at .*pointsman.db yet"):
        open_to_read(settings_of(environ))


# --- the address -----------------------------------------------------------------------------------------


async def test_a_port_that_is_taken_is_named_and_the_ledger_is_free_again(
    environ: dict[str, str], tmp_path: Path
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        environ["PORT"] = str(taken.getsockname()[1])
        (problem,) = await refusal(environ)
    assert problem.startswith(f"The bot cannot listen on 127.0.0.1:{environ['PORT']}: ")
    await open_sqlite(tmp_path / "pointsman.db", exclusive=True).close()


async def test_without_a_token_of_its_own_the_dashboards_address_is_logged_with_a_made_one(
    environ: dict[str, str],
) -> None:
    async def logged(**more: str) -> str:
        with capture_logs() as lines:
            async with running(environ | more):
                pass
        (address,) = (str(line["url"]) for line in lines if line["event"] == "dashboard")
        return address

    assert re.fullmatch(r"http://localhost:0/\?token=[0-9a-f]{40}", await logged())
    assert await logged(DASHBOARD_TOKEN="a-token-that-nobody-guesses") == "http://localhost:0/"
