"""Drivers, an instance and files that the configuration's tests share."""

from bot.configuration import RepositoryReading, validate_instance, validate_repository
from bot.domain.driver_rules import DriverKey, DriverRule
from bot.domain.findings import Finding
from bot.domain.instance import InstancePolicy
from bot.drivers import rules

FILE = ".github/pointsman.yml"
REPOSITORY = "acme/shop"

# Those that there are, and made-up ones that show what else a rule can say.
DRIVERS = {
    **rules(),
    "github_actions": DriverRule(
        "A workflow of the repository.",
        (
            DriverKey("workflow", "text", "The workflow's file.", required=True),
            DriverKey("inputs", "text_map", "More inputs."),
        ),
    ),
    "command": DriverRule(
        "A program of the instance.",
        (
            DriverKey("command", "command", "The instance's name for it.", required=True),
            DriverKey("patience", "duration", "How long it may take."),
            DriverKey("tries", "integer", "How often."),
            DriverKey("quiet", "boolean", "Whether it says less."),
            DriverKey("arguments", "texts", "More arguments."),
        ),
    ),
}

INSTANCE = """\
owners: [acme]
people: {octocat: U01ABCDEF}
secrets: {web-deployer: {env: WEB_DEPLOYER_SECRET, repositories: ["acme/*"], urls: ["https://deployer.example.com/"]}}
commands: {deploy-worker: {run: ["./deploy.sh", "{environment}", "{sha}"], directory: /srv/deploy, environment: [PATH, KUBECONFIG], repositories: ["acme/shop"]}}
egress: {allow: ["http://127.0.0.1:9000"]}
enforce: {approvals: 1, drivers: [http, github_actions, command]}
alerts: {alertmanager: {env: ALERT_TOKEN, repositories: ["acme/*"]}}
retention: {deliveries: 30d, events: 400d}
defaults: {}
"""  # noqa: E501 - the documented form

EXAMPLE = """\
version: 1
slack: {channel: C0123DEPLOY}            # id or name; an environment may name its own
services:
  api:
    paths: ["services/api/**", "libs/**"]   # which changes concern it; absent = all
    deploy: {driver: github_actions, workflow: deploy.yml, inputs: {region: eu}}
    after: [worker]                         # within one request: after this service
  web:
    deploy: {driver: http, url: "https://deployer.example.com/hook", secret: web-deployer}
    steps: [10%, pause 5m, 50%, pause, 100%]   # only with a driver that can
  worker:
    deploy: {driver: command, command: deploy-worker}
params:                                  # may be given as key=value
  verbose: {type: boolean, default: false}
environments:                            # in promotion order
  staging:
    auto: merge
    url: https://staging.example.com
  production:
    after: [staging]
    requires:                            # absent = no gates
      checks: [{name: ci/test, app: github-actions}]
      review: true
      up_to_date: true
      approvals: 1
      approvers: [acme/sre, octocat]     # teams of the owner, or logins; absent = deployers
      wait: 1h                           # how long a pending gate is waited for
    deployers: [acme/backend]            # absent = write access to the repository
    emergency: [acme/sre]                # who may use --emergency; absent = nobody
    freeze: [{from: "Fri 16:00", to: "Mon 08:00", timezone: Europe/Berlin, reason: "weekend"}]
    on_busy: queue
    timeout: 30m
    start_timeout: 5m
    forks: never
    github_deployments: true
    verify:
      for: 5m
      http: [{url: "https://shop.example.com/healthz", expect: 200, every: 10s, failures: 3}]
      prometheus: [{url: "https://prom.example.com", query: "error_ratio", max: 0.01}]
      alerts: true
    rollback: {mode: prompt, auto_after: 10m, revert: false}
checks: {}
"""

SERVICE = '{deploy: {driver: http, url: "https://deployer.example.com/hook", secret: web-deployer}}'


def instance(text: str = INSTANCE) -> InstancePolicy:
    """Give the instance that a valid text describes."""
    policy = validate_instance(text, "pointsman.yml", drivers=DRIVERS).policy
    assert policy is not None
    return policy


def read(text: str, within: InstancePolicy | None = None, repository: str | None = None) -> RepositoryReading:
    """Validate a repository's file."""
    return validate_repository(text, FILE, instance=within, repository=repository, drivers=DRIVERS)


def errors(findings: tuple[Finding, ...]) -> list[str]:
    """Write the errors, without the file's name."""
    return [str(each).removeprefix(f"{each.file}:") for each in findings if each.severity == "error"]


def warnings(findings: tuple[Finding, ...]) -> list[str]:
    """Write the warnings as `line:column: message`."""
    return [f"{each.line}:{each.column}: {each.message}" for each in findings if each.severity == "warning"]


def environment(line: str) -> str:
    """Give a file whose only environment says `line`, at line 4, column 5."""
    return f"version: 1\nenvironments:\n  staging:\n    {line}\n"


def service(line: str) -> str:
    """Give a file whose only service says `line`, at line 5, column 5."""
    return (
        "version: 1\nservices:\n  web:\n"
        '    deploy: {driver: http, url: "https://deployer.example.com/hook", secret: web-deployer}\n'
        f"    {line}\n"
    )
