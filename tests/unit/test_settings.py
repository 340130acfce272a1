"""Settings: what the environment means, and what is said when it means nothing."""

import base64
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.settings import (
    DEFAULTS,
    SETTINGS,
    Secret,
    Settings,
    SettingsError,
    load_environment,
    near_misses,
    settings_page,
)

PEM = "-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA\nq0wz\n-----END RSA PRIVATE KEY-----\n"
GITHUB = {"GITHUB_APP_ID": "1234", "GITHUB_PRIVATE_KEY": PEM, "GITHUB_WEBHOOK_SECRET": "hook-secret"}
SLACK = {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_SIGNING_SECRET": "sign-secret"}
PAGE = Path(__file__).parents[2] / "docs/settings.md"


def read(environ: dict[str, str], directory: Path | None = None) -> Settings:
    return Settings.from_environment(environ, directory)


def problems(environ: dict[str, str]) -> tuple[str, ...]:
    with pytest.raises(SettingsError) as caught:
        read(environ)
    return caught.value.problems


def test_an_empty_environment_is_the_documented_defaults(tmp_path: Path) -> None:
    settings = read({}, tmp_path)
    assert settings.github is None
    assert settings.slack is None
    assert settings.instance_file is None
    assert settings.github_api_url == "https://api.github.com"
    assert settings.github_web_url == "https://github.com"
    assert settings.github_graphql_url == "https://api.github.com/graphql"
    assert settings.slack_api_url == "https://slack.com/api/"
    assert settings.database_url == settings.database_direct_url == Secret("sqlite:///pointsman.db")
    assert (settings.host, settings.port, settings.public_url) == ("0.0.0.0", 8080, "http://localhost:8080")
    assert (settings.log_level, settings.log_format) == ("info", None)
    assert (settings.nats_url, settings.metrics_token, settings.otlp_endpoint) == (None, None, None)
    assert (settings.secret_keys, settings.allow_ephemeral) == ((), False)


def test_an_empty_value_counts_as_absent(tmp_path: Path) -> None:
    assert read(dict.fromkeys(DEFAULTS, " "), tmp_path) == read({}, tmp_path)


def test_the_github_app_is_read() -> None:
    app = read(GITHUB).github
    assert app is not None
    assert (app.app_id, app.private_key.reveal()) == (1234, PEM)
    assert app.webhook_secrets == (Secret("hook-secret"),)


def test_two_secrets_with_a_comma_are_two_secrets() -> None:
    settings = read({**GITHUB, **SLACK, "GITHUB_WEBHOOK_SECRET": "new, old", "POINTSMAN_SECRET_KEY": "a,b"})
    assert settings.github is not None
    assert settings.github.webhook_secrets == (Secret("new"), Secret("old"))
    assert settings.secret_keys == (Secret("a"), Secret("b"))


@pytest.mark.parametrize("value", ["a,b,c", ",", " , "])
def test_three_secrets_or_a_lone_comma_are_refused(value: str) -> None:
    (problem,) = problems({**GITHUB, "GITHUB_WEBHOOK_SECRET": value})
    assert problem.startswith("GITHUB_WEBHOOK_SECRET needs one value, or two")


@pytest.mark.parametrize(
    "written",
    [
        PEM,
        PEM.replace("\n", "\\n"),
        f'"{PEM}"',
        PEM.replace("RSA ", ""),
        base64.b64encode(PEM.encode()).decode(),
        base64.encodebytes(PEM.encode()).decode(),
    ],
    ids=["pem", "one line", "quoted", "PKCS 8", "base64", "base64 in lines"],
)
def test_a_private_key_is_taken_in_every_form_that_people_paste(written: str) -> None:
    app = read({**GITHUB, "GITHUB_PRIVATE_KEY": written}).github
    assert app is not None
    key = app.private_key.reveal()
    assert key.startswith("-----BEGIN ")
    assert key.endswith("PRIVATE KEY-----\n")
    assert "MIIEpAIBAAKCAQEA\nq0wz" in key


@pytest.mark.parametrize("name", ["app.private-key.pem", "keys", "no/such/../keys"])
def test_a_private_key_is_read_from_a_file(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    (tmp_path / "no/such").mkdir(parents=True)
    path.write_text(PEM)
    app = read({**GITHUB, "GITHUB_PRIVATE_KEY": name}, tmp_path).github
    assert app is not None
    assert app.private_key == Secret(PEM)


@pytest.mark.parametrize(
    "written",
    [
        "no-such-file.pem",
        "x" * 5_000,
        "with a \0 in it",
        PEM[:40],
        PEM.replace("RSA PRIVATE", "PUBLIC"),
        base64.b64encode(b"something else").decode(),
        ".",
    ],
)
def test_what_is_no_private_key_is_refused_without_showing_it(written: str) -> None:
    (problem,) = problems({**GITHUB, "GITHUB_PRIVATE_KEY": written})
    assert problem.startswith("GITHUB_PRIVATE_KEY is neither a private key in PEM form")
    assert len(written) < 5 or written not in problem


def test_part_of_the_github_app_names_what_is_missing() -> None:
    found = problems({"GITHUB_APP_ID": "1"})
    assert [problem.split()[0] for problem in found] == ["GITHUB_PRIVATE_KEY", "GITHUB_WEBHOOK_SECRET"]


def test_all_problems_are_told_in_one_go() -> None:
    wrong = {
        **GITHUB,
        "GITHUB_APP_ID": "Iv1.abc",
        "PORT": "http",
        "LOG_LEVEL": "chatty",
        "DATABASE_URL": "mysql://x",
    }
    assert {problem.split()[0] for problem in problems(wrong)} == set(wrong) - {
        "GITHUB_PRIVATE_KEY",
        "GITHUB_WEBHOOK_SECRET",
    }


WRONG = [
    ("GITHUB_API_URL", "api.github.com"),
    ("GITHUB_WEB_URL", "https://[broken"),
    ("GITHUB_GRAPHQL_URL", "https://someone:secret-1@github.example.com"),
    ("PUBLIC_URL", "https://example.com:port"),
    ("PUBLIC_URL", "https://example.com?secret-1"),
    ("SLACK_API_URL", "https://slack.example.com"),
    ("DATABASE_URL", "sqlite://"),
    ("DATABASE_URL", "sqlite:///:memory:"),
    ("DATABASE_URL", "postgresql+asyncpg://someone:secret-1@db/pointsman"),
    ("DATABASE_DIRECT_URL", "db.example.com"),
    ("NATS_URL", "nats://one,http://two"),
    ("POINTSMAN_CONFIG", "no-such.yml"),
    ("POINTSMAN_ALLOW_EPHEMERAL", "perhaps"),
    ("PORT", "70000"),
    ("PORT", "-1"),
    ("LOG_LEVEL", "trace"),
    ("LOG_FORMAT", "xml"),
    ("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4317"),
    ("SLACK_BOT_TOKEN", "xapp-1"),
    ("SLACK_APP_TOKEN", "xoxb-1"),
    ("GITHUB_APP_ID", "0"),
]


@pytest.mark.parametrize("name, value", WRONG)
def test_a_wrong_value_is_one_problem_that_says_what_to_do_and_shows_no_secret(name: str, value: str) -> None:
    (problem,) = problems({**GITHUB, **SLACK, name: value})
    assert problem.startswith(f"{name} ")
    assert problem.count(". ") >= 1
    assert "secret-1" not in problem


@pytest.mark.parametrize(
    "written, meant",
    [
        ("sqlite:///here.db", "sqlite:///here.db"),
        ("sqlite:////var/lib/pointsman.db", "sqlite:////var/lib/pointsman.db"),
        ("postgres://someone:word@db:5432/pointsman", "postgresql://someone:word@db:5432/pointsman"),
        ("postgresql://db/pointsman?sslmode=require", "postgresql://db/pointsman?sslmode=require"),
    ],
)
def test_a_database_is_named_in_sqlalchemys_or_herokus_form(written: str, meant: str) -> None:
    settings = read({"DATABASE_URL": written})
    assert settings.database_url.reveal() == meant
    assert settings.database_direct_url.reveal() == meant


def test_the_direct_address_of_the_database_may_differ() -> None:
    settings = read({"DATABASE_URL": "postgres://pooler/p", "DATABASE_DIRECT_URL": "postgres://db/p"})
    assert settings.database_direct_url.reveal() == "postgresql://db/p"


@pytest.mark.parametrize(
    "api, graphql",
    [
        ("https://github.example.com/api/v3", "https://github.example.com/api/graphql"),
        ("https://github.example.com/api/v3/", "https://github.example.com/api/graphql"),
        ("https://api.acme.ghe.com", "https://api.acme.ghe.com/graphql"),
        ("http://127.0.0.1:9000", "http://127.0.0.1:9000/graphql"),
    ],
)
def test_the_graphql_address_follows_from_the_rest_address(api: str, graphql: str) -> None:
    assert read({"GITHUB_API_URL": api}).github_graphql_url == graphql


@pytest.mark.parametrize("written", ["https://slack.example.com/api", "https://slack.example.com/api/"])
def test_slacks_address_ends_in_a_slash(written: str) -> None:
    assert read({"SLACK_API_URL": written}).slack_api_url == "https://slack.example.com/api/"


@pytest.mark.parametrize(
    "environ, missing",
    [
        ({"SLACK_BOT_TOKEN": "xoxb-1"}, "SLACK_SIGNING_SECRET"),
        ({"SLACK_SIGNING_SECRET": "s"}, "SLACK_BOT_TOKEN"),
        ({"SLACK_APP_TOKEN": "xapp-1"}, "SLACK_BOT_TOKEN"),
        ({**SLACK, "SLACK_CLIENT_ID": "1"}, "SLACK_CLIENT_SECRET"),
        ({**SLACK, "SLACK_CLIENT_SECRET": "s"}, "SLACK_CLIENT_ID"),
        ({"GITHUB_CLIENT_ID": "1"}, "GITHUB_CLIENT_SECRET"),
    ],
)
def test_half_of_a_pair_names_the_other_half(environ: dict[str, str], missing: str) -> None:
    (problem,) = problems(environ)
    assert problem.startswith(f"{missing} is missing.")


@pytest.mark.parametrize(
    "environ",
    [
        SLACK,
        {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_APP_TOKEN": "xapp-1"},
        {"SLACK_CLIENT_ID": "1", "SLACK_CLIENT_SECRET": "s", "SLACK_SIGNING_SECRET": "s"},
    ],
    ids=["token and signature", "Socket Mode", "OAuth"],
)
def test_slack_is_on_when_the_bot_can_speak_and_hear(environ: dict[str, str]) -> None:
    assert read(environ).slack is not None


def test_the_instance_file_is_the_named_one_or_the_one_that_is_there(tmp_path: Path) -> None:
    (tmp_path / "other.yml").touch()
    assert read({"POINTSMAN_CONFIG": "other.yml"}, tmp_path).instance_file == tmp_path / "other.yml"
    (tmp_path / "pointsman.yml").touch()
    assert read({}, tmp_path).instance_file == tmp_path / "pointsman.yml"


@pytest.mark.parametrize("written, meant", [("1", True), ("TRUE", True), ("0", False), ("off", False)])
def test_a_switch_is_read(written: str, meant: bool) -> None:
    assert read({"POINTSMAN_ALLOW_EPHEMERAL": written}).allow_ephemeral is meant


def test_the_public_address_follows_the_port_unless_it_is_given() -> None:
    assert read({"PORT": "9000"}).public_url == "http://localhost:9000"
    assert read({"PORT": "9000", "PUBLIC_URL": "https://a.example/"}).public_url == "https://a.example"


def test_no_secret_shows_in_the_settings_text() -> None:
    hidden = {
        **{name: f"hidden-{index}" for index, name in enumerate(DEFAULTS) if name.endswith("SECRET")},
        "METRICS_TOKEN": "hidden-token",
        "DASHBOARD_TOKEN": "hidden-token-of-the-dashboard",
        "POINTSMAN_SECRET_KEY": "hidden-key",
        "SLACK_BOT_TOKEN": "xoxb-hidden",
        "SLACK_APP_TOKEN": "xapp-hidden",
        "DATABASE_URL": "postgres://u:hidden@db/p",
        "NATS_URL": "nats://u:hidden@nats",
        "GITHUB_PRIVATE_KEY": PEM.replace("q0wz", "hidden"),
        "GITHUB_APP_ID": "1",
        "GITHUB_CLIENT_ID": "1",
        "SLACK_CLIENT_ID": "1",
    }
    settings = read(hidden)
    assert "hidden" not in repr(settings).replace("Secret(hidden)", "")
    assert "hidden" not in f"{settings}".replace("Secret(hidden)", "")


def test_a_dashboard_token_that_could_be_guessed_is_refused() -> None:
    assert read({"DASHBOARD_TOKEN": "0123456789abcdef"}).dashboard_token == Secret("0123456789abcdef")
    assert read({}).dashboard_token is None
    (problem,) = problems({"DASHBOARD_TOKEN": "0123456789abcde"})
    assert problem == "DASHBOARD_TOKEN needs 16 characters or more, which nobody can guess."


def test_a_secret_is_equal_to_the_same_secret_only() -> None:
    assert Secret("a") == Secret("a")
    assert Secret("a") != Secret("é")
    assert Secret("a") != "a"
    assert len({Secret("a"), Secret("a"), Secret("b")}) == 2


@given(st.dictionaries(st.sampled_from(sorted(DEFAULTS)), st.text(max_size=40), max_size=8))
def test_any_text_is_either_settings_or_stated_problems(environ: dict[str, str]) -> None:
    found: tuple[str, ...] = ()
    try:
        assert read(environ).port in range(65_536)
    except SettingsError as error:
        found = error.problems
    assert all(problem.split()[0] in DEFAULTS for problem in found)


@pytest.mark.parametrize(
    "name, meant",
    [
        ("GITHUB_WEBHOOKS_SECRET", "GITHUB_WEBHOOK_SECRET"),
        ("GITHUB_APP_PRIVATE_KEY", "GITHUB_PRIVATE_KEY"),
        ("SLACK_TOKEN", "SLACK_BOT_TOKEN"),
        ("DATABASE_URI", "DATABASE_URL"),
        ("LOG_LEVLE", "LOG_LEVEL"),
        ("POINTSMAN_CONFG", "POINTSMAN_CONFIG"),
        ("OTEL_EXPORTER_OLTP_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT"),
    ],
)
def test_a_misspelt_name_gets_a_suggestion(name: str, meant: str) -> None:
    assert near_misses({name: "x"}) == [f"{name} is no setting. Did you mean {meant}?"]


def test_a_misspelt_name_is_no_news_where_the_right_one_is_there() -> None:
    assert near_misses({"SLACK_TOKEN": "x", "SLACK_BOT_TOKEN": "xoxb-1"}) == []


# "Default environment variables" and the runner's own, in GitHub's documentation of Actions.
ACTIONS = """
ACTION ACTIONS ACTION_PATH ACTION_REF ACTION_REPOSITORY ACTION_STATUS ACTOR ACTOR_ID API_URL BASE_REF ENV
EVENT_NAME EVENT_PATH GRAPHQL_URL HEAD_REF JOB OUTPUT PATH REF REF_NAME REF_PROTECTED REF_TYPE REPOSITORY
REPOSITORY_ID REPOSITORY_OWNER REPOSITORY_OWNER_ID RETENTION_DAYS RUN_ATTEMPT RUN_ID RUN_NUMBER
SERVER_URL SHA STATE STEP_SUMMARY TOKEN TRIGGERING_ACTOR WORKFLOW WORKFLOW_REF WORKFLOW_SHA WORKSPACE
""".split()


def test_variables_of_others_are_no_misspelt_settings() -> None:
    others = [f"GITHUB_{name}" for name in ACTIONS]
    others += ["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_SERVICE_NAME", "PATH", "HOSTNAME", "LOG_DIR"]
    assert near_misses(dict.fromkeys([*others, *DEFAULTS], "")) == []
    assert near_misses(dict.fromkeys(others, "x")) == []


def test_the_env_file_is_read_under_the_real_environment(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text('\ufeffPORT=9000\nHOST=127.0.0.1\nMETRICS_TOKEN="a$b${HOME}"\nNOTHING\n', "utf-8")
    found = load_environment(file, {"HOST": "::1"})
    assert found == {"PORT": "9000", "HOST": "::1", "METRICS_TOKEN": "a$b${HOME}"}


def test_an_env_file_that_is_not_there_changes_nothing(tmp_path: Path) -> None:
    assert load_environment(tmp_path / ".env", {"PORT": "1"}) == {"PORT": "1"}


def test_every_setting_has_a_meaning_and_is_documented_once() -> None:
    assert all(setting.meaning for setting in SETTINGS)
    assert len(DEFAULTS) == len(SETTINGS)


def test_the_page_of_settings_is_current() -> None:
    assert PAGE.read_text("utf-8") == settings_page(), "run: make docs"


def test_the_example_file_names_only_settings_that_there_are() -> None:
    example = PAGE.parents[1] / ".env.example"
    assert set(load_environment(example, {})) <= set(DEFAULTS)
