"""The worlds of one run: a GitHub with acme/shop and acme/site, a Slack, a deployer; and the bot's settings.

acme/shop ships `api` and `web` over HTTP and `worker` by another system that follows GitHub Deployments;
acme/site ships by GitHub Actions. Must never depend on anything but the seed and the clock that it is given.
"""

import random
from collections.abc import Callable, Mapping
from functools import cache

import yaml

from bot.configuration import validate_instance
from bot.domain.instance import InstancePolicy
from bot.github.tokens import AppKey
from bot.sandbox import alerting
from bot.sandbox.deployer import DeployerWorld, make_secret
from bot.sandbox.github import AppRegistration, GitHubWorld, Strictness, generate_app_key, seed_acme_shop
from bot.sandbox.github.actions.following import followings
from bot.sandbox.github.seed import SHOP
from bot.sandbox.github.site import SITE, seed_acme_site
from bot.sandbox.slack import Installation, SlackWorld
from bot.sandbox.stage import APP_ID, EVENTS, PERMISSIONS, SITE_CHANNEL, SLACK_SCOPES
from bot.settings import Settings
from bot.starting import driver_rules

API_URL = "https://github.test/api/v3"
WEB_URL = "https://github.test"
SLACK_URL = "https://slack.test"
DEPLOYER_URL = "https://deployer.test"
BOT_URL = "https://bot.test"
REPORTER = "acme-cd"
CHANNEL = "C0DEPLOYS"
REPOSITORIES = (SHOP, SITE)

CONFIGURATION = """\
version: 1
slack: {{channel: C0DEPLOYS}}
services:
  api:
    paths: ["services/api/**", "libs/**"]
    deploy: {{driver: http, url: "https://deployer.test/hook", secret: shop-deployer}}
  web:
    paths: ["services/web/**", "libs/**"]
    deploy: {{driver: http, url: "https://deployer.test/hook", secret: shop-deployer}}
  worker:
    paths: ["services/worker/**"]
    deploy: {{driver: github_deployment, reporter: acme-cd}}
environments:
  staging:
    auto: {auto}
    start_timeout: 1m
    timeout: 4m
    on_busy: {on_busy}
  production:
    url: https://shop.example
    start_timeout: 1m
    timeout: 4m
    on_busy: {on_busy}
{afterwards}"""
INVALID = "version: 1\nservices: {api: {deploy: {driver: htpp}}}\nenvironments: {staging: {}}\n"


def configuration(chance: random.Random, afterwards: str = "") -> str:
    """A valid configuration of acme/shop; `afterwards` is what production says of the time after."""
    return CONFIGURATION.format(
        auto=chance.choice(("merge", "merge", "never")),
        on_busy=chance.choice(("queue", "queue", "supersede", "reject")),
        afterwards=afterwards,
    )


@cache
def app_key() -> tuple[AppKey, str, str]:
    """One key for the whole process: making it takes longer than a run."""
    private, public = generate_app_key()
    return AppKey(APP_ID, private), private, public


class Stage:
    """The three worlds on one clock."""

    def __init__(self, chance: random.Random, clock: Callable[[], float], afterwards: str = "") -> None:
        self.afterwards = afterwards
        _, private, public = app_key()
        app = AppRegistration(
            app_id=APP_ID,
            public_key_pem=public,
            webhook_secret=f"{chance.getrandbits(128):032x}",
            permissions=dict(PERMISSIONS),
            events=list(EVENTS),
        )
        self.github = GitHubWorld(
            clock, random.Random(chance.getrandbits(64)), app, strictness=Strictness(secondary_limits=True)
        )
        self.github.api_url, self.github.web_url = API_URL, WEB_URL
        self.github.actions.step_seconds = 4.0
        secret = f"{chance.getrandbits(128):032x}"
        installation = Installation(secret, "xoxb-simulated-pointsman")
        self.slack = SlackWorld(
            clock, random.Random(chance.getrandbits(64)), installation, scopes=SLACK_SCOPES
        )
        self.slack.space.base_url = SLACK_URL
        self.deployer = DeployerWorld(
            clock, random.Random(chance.getrandbits(64)), make_secret(chance), step_seconds=3.0
        )
        shop = seed_acme_shop(self.github, configuration(chance, afterwards))
        self.slack.add_channel(*SITE_CHANNEL)
        seed_acme_site(self.github, shop.installation)
        self.github.follow_deployments(REPORTER)
        self.github.listeners.append(self._keep_to_its_own)
        self.environ = self._environ(private)
        self.settings = Settings.from_environment(self.environ)
        self.instance = _instance()

    def _keep_to_its_own(self) -> None:
        """The other system acts on what is made for it, not on what only records another deployer's work."""
        for each in list(followings(self.github)):
            if "service" not in each.deployment.payload:
                del self.github.actions.playing[each.id]

    def _environ(self, private: str) -> Mapping[str, str]:
        return {
            "GITHUB_APP_ID": str(APP_ID),
            "GITHUB_PRIVATE_KEY": private,
            "GITHUB_WEBHOOK_SECRET": self.github.app.webhook_secret,
            "GITHUB_API_URL": API_URL,
            "GITHUB_WEB_URL": WEB_URL,
            "SLACK_BOT_TOKEN": self.slack.installation.bot_token,
            "SLACK_SIGNING_SECRET": self.slack.installation.signing_secret,
            "SLACK_API_URL": f"{SLACK_URL}/api/",
            "DATABASE_URL": "sqlite:///not-there.db",
            "PUBLIC_URL": BOT_URL,
            "SHOP_DEPLOYER_SECRET": self.deployer.secret,
            "SHOP_ALERTS_SECRET": alerting.SECRET,
        }


@cache
def _instance() -> InstancePolicy:
    people = {name: f"U0{name.upper()}" for name in ("ada", "grace", "lin", "mallory")}
    bound = {"env": "SHOP_DEPLOYER_SECRET", "repositories": ["acme/*"], "urls": [f"{DEPLOYER_URL}/hook"]}
    alerts = {name: {"env": "SHOP_ALERTS_SECRET", "repositories": ["acme/*"]} for name in alerting.SENDERS}
    written = {"owners": ["acme"], "people": people, "secrets": {"shop-deployer": bound}, "alerts": alerts}
    reading = validate_instance(yaml.safe_dump(written).encode(), "instance.yml", drivers=driver_rules())
    assert reading.policy is not None, reading.findings
    return reading.policy
