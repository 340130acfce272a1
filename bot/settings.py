"""One typed, frozen settings object from the environment.

It tells an operator everything that is wrong in one go, with what to do, and it never shows a secret: not in
an error, a log line or a repr. Nothing else in the product reads the environment.
"""

import difflib
import hmac
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final, TypeVar

import msgspec
from dotenv import dotenv_values

from bot import setting_values
from bot.setting_values import LogFormat

T = TypeVar("T")


class Secret:
    """A value that only ``reveal`` shows; ``repr``, ``str`` and formatting do not."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The value itself, for the one call that needs it."""
        return self._value

    def __repr__(self) -> str:
        return "Secret(hidden)"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(self._value.encode(), other._value.encode())

    def __hash__(self) -> int:
        return hash((Secret, self._value))


class SettingsError(Exception):
    """Settings that nobody can start with. ``problems`` has one sentence or two for each."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        self.problems = problems
        super().__init__("\n".join(problems))


class Setting(msgspec.Struct, frozen=True):
    """One row of the table in docs/settings.md. ``absent`` is what holds where there is no ``default``."""

    name: str
    meaning: str
    default: str = ""
    absent: str = "off"


SETTINGS: Final = (
    Setting("GITHUB_APP_ID", "the GitHub App's number", absent="required"),
    Setting(
        "GITHUB_PRIVATE_KEY",
        "the App's key: PEM text (also with `\\n` for line ends), the same in base64, or a file's path",
        absent="required",
    ),
    Setting(
        "GITHUB_WEBHOOK_SECRET",
        "what GitHub signs its deliveries with; two, comma-separated, while one is rotated",
        absent="required",
    ),
    Setting("GITHUB_API_URL", "GitHub's REST API", "https://api.github.com"),
    Setting("GITHUB_WEB_URL", "GitHub's pages", "https://github.com"),
    Setting("GITHUB_GRAPHQL_URL", "GitHub's GraphQL API", absent="follows from `GITHUB_API_URL`"),
    Setting("GITHUB_CLIENT_ID", "sign-in to the dashboard and account linking"),
    Setting("GITHUB_CLIENT_SECRET", "the secret that belongs to `GITHUB_CLIENT_ID`"),
    Setting("SLACK_BOT_TOKEN", "the bot's token (`xoxb-…`) in one workspace", absent="Slack off"),
    Setting(
        "SLACK_SIGNING_SECRET",
        "what Slack signs its requests with; two, comma-separated, while one is rotated",
        absent="Slack off",
    ),
    Setting("SLACK_APP_TOKEN", "an app-level token (`xapp-…`): Socket Mode instead of a public URL"),
    Setting("SLACK_CLIENT_ID", "installing into several workspaces by OAuth"),
    Setting("SLACK_CLIENT_SECRET", "the secret that belongs to `SLACK_CLIENT_ID`"),
    Setting("SLACK_API_URL", "base of Slack's Web API, ending in `/api/`", "https://slack.com/api/"),
    Setting(
        "DATABASE_URL",
        "`sqlite:///relative`, `sqlite:////absolute` or `postgresql://…` (`postgres://` too)",
        "sqlite:///pointsman.db",
    ),
    Setting(
        "DATABASE_DIRECT_URL",
        "the same database past a pooler, for LISTEN and migrations",
        absent="`DATABASE_URL`",
    ),
    Setting("NATS_URL", "JetStream as ingress buffer and event fabric"),
    Setting("POINTSMAN_CONFIG", "path of the instance file", absent="`pointsman.yml` if it is there"),
    Setting(
        "POINTSMAN_SECRET_KEY",
        "sessions and encryption at rest; two, comma-separated, while one is rotated",
        absent="made at the first start, kept beside the database with mode 600",
    ),
    Setting("POINTSMAN_ALLOW_EPHEMERAL", "`1` lets SQLite live on a disk that does not last", "0"),
    Setting(
        "PUBLIC_URL", "where people and callbacks reach the bot", absent="`http://localhost:` and `PORT`"
    ),
    Setting("HOST", "the address to listen on", "0.0.0.0"),  # noqa: S104 - a server in a container has no other choice
    Setting("PORT", "the port to listen on; 0 takes a free one", "8080"),
    Setting("METRICS_TOKEN", "bearer token for `/metrics`", absent="open on loopback only"),
    Setting(
        "DASHBOARD_TOKEN",
        "sign-in to the dashboard, and bearer token for programs; 16 characters or more",
        absent="made at each start and written into the log, in the address after `dashboard`",
    ),
    Setting("LOG_LEVEL", "`debug`, `info`, `warning`, `error` or `critical`", "info"),
    Setting("LOG_FORMAT", "`console` or `json`", absent="`console` on a terminal, else `json`"),
    Setting("OTEL_EXPORTER_OTLP_ENDPOINT", "where traces go"),
)
TOKEN_CHARS_MIN: Final = 16
DEFAULTS: Final = {setting.name: setting.default for setting in SETTINGS}


class OAuthClient(msgspec.Struct, frozen=True):
    """What an OAuth sign-in or installation needs."""

    client_id: str
    client_secret: Secret


class GitHubApp(msgspec.Struct, frozen=True, kw_only=True):
    """The App's own credentials. ``webhook_secrets`` are tried in order; the first is the newest."""

    app_id: int
    private_key: Secret
    webhook_secrets: tuple[Secret, ...]


class SlackApp(msgspec.Struct, frozen=True, kw_only=True):
    """Slack's credentials: a bot token or OAuth, a signing secret or Socket Mode."""

    bot_token: Secret | None
    signing_secrets: tuple[Secret, ...]
    app_token: Secret | None
    oauth: OAuthClient | None


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that the environment decides. ``None`` is off (or, for ``github``, not set up yet)."""

    github: GitHubApp | None
    github_api_url: str
    github_web_url: str
    github_graphql_url: str
    github_oauth: OAuthClient | None
    slack: SlackApp | None
    slack_api_url: str
    database_url: Secret
    database_direct_url: Secret
    nats_url: Secret | None
    instance_file: Path | None
    secret_keys: tuple[Secret, ...]
    allow_ephemeral: bool
    public_url: str
    host: str
    port: int
    metrics_token: Secret | None
    dashboard_token: Secret | None
    log_level: str
    log_format: LogFormat | None
    otlp_endpoint: str | None

    @classmethod
    def from_environment(cls, environ: Mapping[str, str], directory: Path | None = None) -> "Settings":
        """Read and check all settings; relative paths start at ``directory`` (absent: the current one).

        Raises SettingsError with every problem there is, not only the first.
        """
        reader = _Reader(environ, directory or Path())
        settings = _read(reader)
        if reader.problems:
            raise SettingsError(tuple(reader.problems))
        return settings


def load_environment(path: Path, environ: Mapping[str, str] | None = None) -> dict[str, str]:
    """The variables of the file ``path``, if it is there, under those of the real environment, which win."""
    written = dotenv_values(path, interpolate=False, encoding="utf-8-sig")
    kept = {name: value for name, value in written.items() if value is not None}
    return {**kept, **(os.environ if environ is None else environ)}


class _Reader:
    """Reads single values and gathers what is wrong with them, so that all of it is told at once."""

    def __init__(self, environ: Mapping[str, str], directory: Path) -> None:
        self.problems: list[str] = []
        self._environ = environ
        self._directory = directory

    def given(self, name: str) -> str:
        """What the environment says, without blanks around it. Empty is absent, as in compose files."""
        return self._environ.get(name, "").strip()

    def text(self, name: str) -> str:
        return self.given(name) or DEFAULTS[name]

    def reject(self, name: str, problem: str) -> None:
        self.problems.append(f"{name} {problem}")

    def parsed(self, name: str, parse: Callable[[str], T], fallback: T) -> T:
        """``parse`` of the text; what its ValueError says becomes a problem. Without a text: ``fallback``."""
        text = self.text(name)
        if not text:
            return fallback
        try:
            return parse(text)
        except ValueError as error:
            self.reject(name, str(error))
            return fallback

    def secret(self, name: str, parse: Callable[[str], str] = str) -> Secret | None:
        value = self.parsed(name, parse, "")
        return Secret(value) if value else None

    def secrets(self, name: str) -> tuple[Secret, ...]:
        parts = [part.strip() for part in self.given(name).split(",") if part.strip()]
        if self.given(name) and not 1 <= len(parts) <= 2:
            self.reject(name, "needs one value, or two with a comma between them while one is rotated.")
        return tuple(Secret(part) for part in parts)

    def instance_file(self) -> Path | None:
        written = self.given("POINTSMAN_CONFIG")
        path = self._directory / (written or "pointsman.yml")
        if path.is_file():
            return path
        if written:
            self.reject(
                "POINTSMAN_CONFIG", f"names {written}, which is no file here. Give an existing one's path."
            )
        return None

    def private_key(self) -> Secret | None:
        return self.secret(
            "GITHUB_PRIVATE_KEY", lambda text: setting_values.private_key(text, self._directory)
        )

    def oauth(self, prefix: str) -> OAuthClient | None:
        names = (f"{prefix}_CLIENT_ID", f"{prefix}_CLIENT_SECRET")
        client_id, client_secret = (self.given(name) for name in names)
        if bool(client_id) != bool(client_secret):
            missing, other = names if client_secret else reversed(names)
            self.reject(missing, f"is missing. Set it too, or remove {other}.")
        return OAuthClient(client_id, Secret(client_secret)) if client_id and client_secret else None


def _read(reader: _Reader) -> Settings:
    api_url = reader.parsed("GITHUB_API_URL", setting_values.web_address, "")
    database_url = reader.secret("DATABASE_URL", setting_values.database_address) or Secret("")
    port = reader.parsed("PORT", setting_values.port, 0)
    return Settings(
        github=_github_app(reader),
        github_api_url=api_url,
        github_web_url=reader.parsed("GITHUB_WEB_URL", setting_values.web_address, ""),
        github_graphql_url=reader.parsed(
            "GITHUB_GRAPHQL_URL", setting_values.web_address, setting_values.graphql_url_of(api_url)
        ),
        github_oauth=reader.oauth("GITHUB"),
        slack=_slack_app(reader),
        slack_api_url=reader.parsed("SLACK_API_URL", setting_values.slack_address, ""),
        database_url=database_url,
        database_direct_url=reader.secret("DATABASE_DIRECT_URL", setting_values.database_address)
        or database_url,
        nats_url=reader.secret("NATS_URL", setting_values.nats_addresses),
        instance_file=reader.instance_file(),
        secret_keys=reader.secrets("POINTSMAN_SECRET_KEY"),
        allow_ephemeral=reader.parsed("POINTSMAN_ALLOW_EPHEMERAL", setting_values.yes_or_no, fallback=False),
        public_url=reader.parsed("PUBLIC_URL", setting_values.web_address, f"http://localhost:{port}"),
        host=reader.text("HOST"),
        port=port,
        metrics_token=reader.secret("METRICS_TOKEN"),
        dashboard_token=reader.secret("DASHBOARD_TOKEN", _long_enough),
        log_level=reader.parsed("LOG_LEVEL", setting_values.log_level, ""),
        log_format=reader.parsed("LOG_FORMAT", setting_values.log_format, None),
        otlp_endpoint=reader.parsed("OTEL_EXPORTER_OTLP_ENDPOINT", setting_values.web_address, None),
    )


def _long_enough(text: str) -> str:
    """The dashboard stands where the webhooks arrive, open to everybody who guesses."""
    if len(text) < TOKEN_CHARS_MIN:
        raise ValueError(f"needs {TOKEN_CHARS_MIN} characters or more, which nobody can guess.")
    return text


def _github_app(reader: _Reader) -> GitHubApp | None:
    names = ("GITHUB_APP_ID", "GITHUB_PRIVATE_KEY", "GITHUB_WEBHOOK_SECRET")
    missing = [name for name in names if not reader.given(name)]
    if len(missing) == len(names):
        return None
    for name in missing:
        reader.reject(name, "is missing. It stands on the App's page under GitHub's developer settings.")
    app_id = reader.parsed(names[0], setting_values.app_id, 0)
    private_key = reader.private_key()
    secrets = reader.secrets(names[2])
    return GitHubApp(app_id=app_id, private_key=private_key, webhook_secrets=secrets) if private_key else None


def _slack_app(reader: _Reader) -> SlackApp | None:
    app = SlackApp(
        bot_token=reader.secret("SLACK_BOT_TOKEN", setting_values.bot_token),
        signing_secrets=reader.secrets("SLACK_SIGNING_SECRET"),
        app_token=reader.secret("SLACK_APP_TOKEN", setting_values.app_token),
        oauth=reader.oauth("SLACK"),
    )
    speaks = reader.given("SLACK_BOT_TOKEN") or app.oauth
    hears = app.signing_secrets or reader.given("SLACK_APP_TOKEN")
    if not speaks and not hears:
        return None
    if not speaks:
        reader.reject("SLACK_BOT_TOKEN", "is missing. Copy it from the Slack app's page OAuth & Permissions.")
    if not hears:
        reader.reject(
            "SLACK_SIGNING_SECRET", "is missing. Copy it from the Slack app's page Basic Information."
        )
    return app


PREFIXES: Final = tuple(sorted({name.partition("_")[0] + "_" for name in DEFAULTS if "_" in name}))
LIKENESS_MIN: Final = 0.82  # above what any variable that GitHub Actions sets has in common with a setting
FOREIGN: Final = "OTEL_EXPORTER_OTLP_"  # OpenTelemetry's own names, which it reads itself


def near_misses(environ: Mapping[str, str]) -> list[str]:
    """One sentence for each variable that looks like a misspelt setting which itself is not there."""
    warnings = []
    for name in sorted(environ):
        if not name.startswith(PREFIXES) or name.startswith(FOREIGN) or name in DEFAULTS:
            continue
        meant = difflib.get_close_matches(name, DEFAULTS, n=1, cutoff=LIKENESS_MIN)
        if meant and not environ.get(meant[0]):
            warnings.append(f"{name} is no setting. Did you mean {meant[0]}?")
    return warnings


def settings_table() -> str:
    """All settings as a Markdown table."""
    rows = ["| name | meaning | default |", "|---|---|---|"]
    for setting in SETTINGS:
        default = f"`{setting.default}`" if setting.default else setting.absent
        rows.append(f"| `{setting.name}` | {setting.meaning} | {default} |")
    return "\n".join(rows) + "\n"


def settings_page() -> str:
    """The text of docs/settings.md."""
    return f"""# Settings

Pointsman reads them from the environment, and from a file `.env` in the directory where it starts; the
environment wins. An empty value counts as none. Whatever is wrong is told at the start, all of it at once; a
name that is nearly a setting's gets a warning.

{settings_table()}
- The three required ones go together: with some of them, the start names the others.
- Slack needs a bot token or OAuth to speak, and a signing secret or Socket Mode to hear.
- `HTTPS_PROXY`, `NO_PROXY` and `SSL_CERT_FILE` are honoured.

<!-- Written by `make docs` from bot/settings.py. -->
"""
