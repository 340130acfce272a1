"""A repository's file on its own: what each key becomes, and what is said of a wrong one."""

# ruff: noqa: E501 - a row of a table is one case

from datetime import UTC, datetime, timedelta, timezone

import pytest

from bot.configuration import validate_repository
from bot.domain.deployment import DriverCall
from bot.domain.driver_rules import DriverKey, DriverRule
from bot.domain.policy import (
    Auto,
    EnvironmentPolicy,
    FreezeWindow,
    Parameter,
    Pause,
    RepositoryPolicy,
    RequiredCheck,
    Requirements,
    RollbackPolicy,
    ServicePolicy,
    WeeklyMoment,
    Weight,
)
from bot.domain.verification import CheckProbe, HttpProbe, PrometheusProbe, Verification
from tests.unit.configuration.samples import EXAMPLE, environment, errors, read, service, warnings

WEB = DriverCall("http", {"url": "https://deployer.example.com/hook", "secret": "web-deployer"})
HOW_LONG = "a duration is written like `90s`, `5m`, `1h30m` or `2d`"
WHEN = "it is written like `Fri 16:00`, `2026-12-24` or `2026-12-24T16:00`"
NAMES = "a name has 1 to 63 lower-case letters, digits and hyphens, and does not begin with a hyphen"
STEPS = "version: 1\nservices: {web: {deploy: {driver: http}"


def policy(text: str) -> RepositoryPolicy:
    reading = read(text)
    assert errors(reading.findings) == []
    assert reading.policy is not None
    return reading.policy


def staging(line: str) -> EnvironmentPolicy:
    return policy(environment(line)).environments[0]


def test_the_documented_example_becomes_a_policy() -> None:
    assert policy(EXAMPLE) == RepositoryPolicy(
        slack_channel="C0123DEPLOY",
        services=(
            ServicePolicy(
                name="api",
                paths=("services/api/**", "libs/**"),
                deploy=DriverCall("github_actions", {"workflow": "deploy.yml", "inputs": {"region": "eu"}}),
                after=("worker",),
            ),
            ServicePolicy(
                name="web", deploy=WEB, steps=(Weight(10), Pause(300), Weight(50), Pause(), Weight(100))
            ),
            ServicePolicy(name="worker", deploy=DriverCall("command", {"command": "deploy-worker"})),
        ),
        params=(Parameter(name="verbose", type="boolean", default=False),),
        environments=(
            EnvironmentPolicy(name="staging", auto=Auto(on="merge"), url="https://staging.example.com"),
            EnvironmentPolicy(
                name="production",
                after=("staging",),
                requires=Requirements(
                    checks=(RequiredCheck("ci/test", "github-actions"),),
                    review=True,
                    up_to_date=True,
                    approvals=1,
                    approvers=("acme/sre", "octocat"),
                    wait=3600,
                ),
                deployers=("acme/backend",),
                emergency=("acme/sre",),
                freeze=(
                    FreezeWindow(
                        start=WeeklyMoment(4, 960),
                        end=WeeklyMoment(0, 480),
                        timezone="Europe/Berlin",
                        reason="weekend",
                    ),
                ),
                on_busy="queue",
                timeout=1800,
                start_timeout=300,
                forks="never",
                github_deployments=True,
                verify=Verification(
                    duration=300,
                    http=(
                        HttpProbe(url="https://shop.example.com/healthz", expect=200, every=10, failures=3),
                    ),
                    prometheus=(
                        PrometheusProbe(url="https://prom.example.com", query="error_ratio", maximum=0.01),
                    ),
                    alerts=True,
                ),
                rollback=RollbackPolicy(mode="prompt", auto_after=600, revert=False),
            ),
        ),
    )


def test_a_file_with_only_its_version_is_valid() -> None:
    assert policy("version: 1\n") == RepositoryPolicy()


def test_an_environment_without_settings_has_the_defaults() -> None:
    assert policy("version: 1\nenvironments: {staging: {}}\n").environments == (
        EnvironmentPolicy(name="staging"),
    )


@pytest.mark.parametrize(
    "line,attribute,meant",
    [
        ("auto: never", "auto", Auto()),
        ("auto: {promote: 30m}", "auto", Auto(on="promote", promote_after=1800)),
        (
            'auto: {schedule: "0 9 * * 1-5", timezone: Europe/Berlin}',
            "auto",
            Auto(on="schedule", schedule="0 9 * * 1-5", timezone="Europe/Berlin"),
        ),
        ("url: https://app.example.com/#/staging", "url", "https://app.example.com/#/staging"),
        ("url: http://localhost:3000", "url", "http://localhost:3000"),
        ("requires: {}", "requires", Requirements()),
        ("requires: {checks: []}", "requires", Requirements(checks=())),
        ("requires: {checks: [ci]}", "requires", Requirements(checks=(RequiredCheck("ci"),))),
        ("requires: {approvers: []}", "requires", Requirements(approvers=())),
        ("deployers: []", "deployers", ()),
        ('deployers: ["renovate[bot]", octo_corp]', "deployers", ("renovate[bot]", "octo_corp")),
        ("on_busy: supersede", "on_busy", "supersede"),
        ("timeout: 1h30m", "timeout", 5400),
        ("start_timeout: 90s", "start_timeout", 90),
        ("forks: approved", "forks", "approved"),
        ("github_deployments: false", "github_deployments", False),
        ("verify: {}", "verify", Verification()),
        ("rollback: {mode: never}", "rollback", RollbackPolicy(mode="never")),
        ("slack: {channel: '#deploys'}", "slack_channel", "deploys"),
        ("slack: {channel: team_deploys-2}", "slack_channel", "team_deploys-2"),
        ("slack: {}", "slack_channel", None),
        ("timeout: null", "timeout", 1800),
        ("alerts: {match: {team: shop}}", "alert_labels", {"team": "shop"}),
        ("alerts: {match: {}}", "alert_labels", {}),
        ("verify: {checks: [a]}", "verify", Verification(checks=(CheckProbe(name="a"),))),
    ],
)
def test_an_environments_keys_become_values(line: str, attribute: str, meant: object) -> None:
    assert getattr(staging(line), attribute) == meant


@pytest.mark.parametrize(
    "times,start,end",
    [
        ("from: Sat 00:00, to: Sun 23:59", WeeklyMoment(5, 0), WeeklyMoment(6, 1439)),
        ("from: 2026-12-24, to: 2026-12-26", datetime(2026, 12, 24), datetime(2026, 12, 27)),  # noqa: DTZ001
        (
            "from: 2026-12-24T16:00, to: '2026-12-27 08:00'",
            datetime(2026, 12, 24, 16),  # noqa: DTZ001 - in the window's own zone
            datetime(2026, 12, 27, 8),  # noqa: DTZ001
        ),
        (
            "from: 2026-12-24T16:00Z, to: 2026-12-27T08:00+01:00",
            datetime(2026, 12, 24, 16, tzinfo=UTC),
            datetime(2026, 12, 27, 8, tzinfo=timezone(timedelta(hours=1))),
        ),
    ],
)
def test_a_freeze_is_weekly_or_dated(times: str, start: object, end: object) -> None:
    assert staging(f"freeze: [{{{times}}}]").freeze == (FreezeWindow(start=start, end=end),)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "line,complaint",
    [
        ("on_busy: quue", "4:14: expected `queue`, `supersede` or `reject`, found `quue`; did you mean `queue`?"),
        ("on_busy: [queue]", "4:14: expected `queue`, `supersede` or `reject`, found a list"),
        ("on-busy: queue", "4:5: unknown key `on-busy`; did you mean `on_busy`?"),
        ("onbusy: queue", "4:5: unknown key `onbusy`; did you mean `on_busy`?"),
        ("zzz: 1", "4:5: unknown key `zzz`"),
        ("reqires:", "4:5: unknown key `reqires`; did you mean `requires`?"),
        ("timeout: 30", "4:14: expected a duration such as `30m`, found the number 30"),
        ("timeout: 30min", f"4:14: `30min` is not a duration: {HOW_LONG}"),
        ("timeout: 0s", f"4:14: `0s` is not a duration: {HOW_LONG}"),
        ("timeout: 9999d", "4:14: `9999d` is not a duration: the longest duration is ten years (`3650d`)"),
        ("timeout: {}", "4:14: expected a duration such as `30m`, found a map"),
        ("start_timeout: ''", "4:20: expected a duration such as `30m`, found empty text"),
        ("github_deployments: yes", "4:25: expected true or false, found text `yes`"),
        ("github_deployments: off", "4:25: expected true or false, found text `off`"),
        ("github_deployments: 1", "4:25: expected true or false, found the number 1"),
        ("auto: mrge", "4:11: expected `never`, `merge`, `tag` or `release`, found `mrge`; did you mean `merge`?"),
        ("auto: {}", "4:11: `auto` names one of `schedule` and `promote`"),
        ("auto: {promote: 1h, schedule: '0 0 * * *'}", "4:11: `auto` names one of `schedule` and `promote`"),
        (
            "auto: {schedule: daily}",
            "4:22: `daily` is not a schedule: it has five fields: minute, hour, day of the month, month, day of the week",
        ),
        (
            "auto: {schedule: '0 24 * * *'}",
            "4:22: `0 24 * * *` is not a schedule: in the field `24` numbers go from 0 to 23",
        ),
        ("auto: true", "4:11: expected `never`, `merge`, `tag` or `release`, or a map (with `schedule`, `timezone`, `promote`), found true"),
        ("url: staging", "4:10: `staging` is not an address: an address begins with `https://` (or `http://`) and a host"),
        ("url: https://x y", "4:10: `https://x y` is not an address: an address has no blanks and only plain ASCII characters (others percent-encoded)"),
        ("after: staging", "4:12: expected a list of 0 to 100 entries, found text `staging`"),
        ("after: [5]", "4:13: expected a name, found the number 5"),
        ("requires: true", "4:15: expected a map (with `checks`, `review`, `up_to_date`, `approvals`, `approvers`, `wait`), found true"),
        ("requires: {approvals: -1}", "4:27: expected a whole number from 0 to 20, found the number -1"),
        ("requires: {approvals: 1.5}", "4:27: expected a whole number from 0 to 20, found the number 1.5"),
        ("requires: {approvals: true}", "4:27: expected a whole number from 0 to 20, found true"),
        ("requires: {checks: [{app: x}]}", "4:25: the key `name` is missing in `environments.staging.requires.checks[0]`"),
        ("requires: {checks: [5]}", "4:25: expected a check's name, or a map (with `name`, `app`), found the number 5"),
        ("deployers: ['@octocat']", "4:17: `@octocat` is not a person or team: it is a login such as `octocat` or a team such as `acme/sre`, without `@`"),
        ("deployers: [12345]", "4:17: expected a person or team, found the number 12345"),
        ("freeze: [{from: Fri 16:00}]", "4:14: the key `to` is missing in `environments.staging.freeze[0]`"),
        ("freeze: [{from: Fri 16:00, to: 2026-12-24}]", "4:14: `from` and `to` are both weekly (`Fri 16:00`) or both dates"),
        ("freeze: [{from: Fri 16:00, to: Fri 16:00}]", "4:14: `from` and `to` are the same: that could mean always or never"),
        ("freeze: [{from: 2026-12-27, to: 2026-12-24}]", "4:14: `to` is not after `from`, so this freeze never holds"),
        ("freeze: [{from: 2026-12-24T10:00Z, to: 2026-12-26}]", "4:14: `from` and `to` both have an offset such as `+01:00`, or both have none"),
        ("freeze: [{from: 2026-02-30, to: 2026-12-24}]", "4:21: `2026-02-30` is not a moment: there is no such day"),
        ("freeze: [{from: Friday 16:00, to: Mon 08:00}]", f"4:21: `Friday 16:00` is not a moment: {WHEN}"),
        ("freeze: [{from: 16:00, to: Mon 08:00}]", f"4:21: `16:00` is not a moment: {WHEN}"),
        ("freeze: [{from: Fri 24:00, to: Mon 08:00}]", f"4:21: `Fri 24:00` is not a moment: {WHEN}"),
        ("freeze: [{from: Fri 16:00, to: Mon 08:00, timezone: Europe/Berln}]", "4:57: `Europe/Berln` is not a time zone: no time zone of this name is known; did you mean `Europe/Berlin`?"),
        ("freeze: [{from: Fri 16:00, to: Mon 08:00, timezone: ../../etc/passwd}]", "4:57: `../../etc/passwd` is not a time zone: no time zone of this name is known"),
        ("verify: {http: [{url: https://a.b, expect: 99}]}", "4:48: expected a whole number from 100 to 599, found the number 99"),
        ("verify: {prometheus: [{url: https://a.b, query: x}]}", "4:27: a query needs a limit: `max`, or `growth`, or both"),
        ("verify: {prometheus: [{url: https://a.b, query: x, max: '1'}]}", "4:61: expected a number, found text `1`"),
        ("rollback: {mode: off}", "4:22: expected `prompt`, `auto` or `never`, found `off`"),
        ("rollback: auto", "4:15: expected a map (with `mode`, `auto_after`, `revert`), found text `auto`"),
        ("slack: deploys", "4:12: expected a map (with `channel`), found text `deploys`"),
        ("slack: {channel: Deploys}", "4:22: `Deploys` is not a Slack channel: it is an id such as `C0123DEPLOY`, or a name in lower case such as `deploys`"),
        ("alerts: {mach: x}", "4:14: unknown key `mach`; did you mean `match`?"),
    ],
)  # fmt: skip
def test_a_wrong_key_of_an_environment_is_named_with_its_place(line: str, complaint: str) -> None:
    reading = read(environment(line))
    assert errors(reading.findings) == [complaint]
    assert reading.policy is None
    assert reading.findings[0].path.startswith("environments.staging.")


@pytest.mark.parametrize(
    "line,complaint",
    [
        ("steps: [50%]", "5:12: steps end with `100%`, when everybody has the new version"),
        ("steps: [100%, pause]", "5:12: steps end with `100%`, when everybody has the new version"),
        ("steps: [50%, 20%, 100%]", "5:12: each share in `steps` is larger than the one before it"),
        ("steps: [50%, 50%, 100%]", "5:12: each share in `steps` is larger than the one before it"),
        ("steps: []", "5:12: expected a list of 1 to 50 entries, found 0"),
        ("steps: [0%, 100%]", "5:13: `0%` is not a step: it is written like `10%`, `pause` or `pause 5m`"),
        ("steps: [10, 100%]", "5:13: expected a step such as `10%`, found the number 10"),
        ("steps: [pause 5, 100%]", f"5:13: `pause 5` is not a step: {HOW_LONG}"),
        ("paths: libs/**", "5:12: expected a list of 0 to 100 entries, found text `libs/**`"),
        ("paths: [/libs/**]", "5:13: `/libs/**` is not a path pattern: paths begin at the repository's top, without `/`, `./` or `..`"),
        ("paths: [libs/]", "5:13: `libs/` is not a path pattern: a folder's files are `libs/**`"),
        ("paths: ['!libs/**']", "5:13: `!libs/**` is not a path pattern: patterns only include; one that begins with `!` cannot take files out"),
        ("patsh: []", "5:5: unknown key `patsh`; did you mean `paths`?"),
    ],
)  # fmt: skip
def test_a_wrong_key_of_a_service_is_named_with_its_place(line: str, complaint: str) -> None:
    assert errors(read(service(line)).findings) == [complaint]


@pytest.mark.parametrize(
    "deploy,complaint",
    [
        ("{}", "2:24: the key `driver` is missing in `services.web.deploy`"),
        ("http", "2:32: expected a map with `driver` and what that driver needs, found text `http`"),
        ("{driver: htpp}", "2:41: unknown driver `htpp`; did you mean `http`?"),
        ("{driver: [http]}", "2:41: expected a driver's name, found a list"),
        ("{driver: command, command: x, urll: y}", "2:62: unknown key `urll`"),
        (
            "{driver: github_actions, workflow: 5}",
            "2:67: expected text, found the number 5; put it in quotes",
        ),
        (
            "{driver: github_actions, workflow: a.yml, inputs: {dry: true}}",
            "2:88: expected text, found true; put it in quotes",
        ),
        (
            "{driver: command, command: x, patience: 5}",
            "2:72: expected a duration such as `30m`, found the number 5",
        ),
    ],
)
def test_a_wrong_deploy_is_named_with_its_place(deploy: str, complaint: str) -> None:
    assert errors(read(f"version: 1\nservices: {{web: {{      deploy: {deploy}}}}}\n").findings) == [
        complaint
    ]


def test_a_missing_key_of_a_driver_is_named() -> None:
    findings = read("version: 1\nservices:\n  web:\n    deploy: {driver: http}\n").findings
    assert errors(findings) == [
        "4:5: the key `url` is missing in `services.web.deploy`",
        "4:5: the key `secret` is missing in `services.web.deploy`",
    ]
    assert [each.path for each in findings] == ["services.web.deploy.url", "services.web.deploy.secret"]


def test_a_drivers_values_arrive_in_their_own_types() -> None:
    deploy = "{driver: command, command: x, patience: 5m, tries: 3, quiet: true, arguments: [a, b]}"
    assert policy(f"version: 1\nservices: {{web: {{deploy: {deploy}}}}}\n").services[0].deploy == DriverCall(
        "command", {"command": "x", "patience": 300, "tries": 3, "quiet": True, "arguments": ["a", "b"]}
    )


FOLLOWED = {
    "followed": DriverRule(
        "Somebody reports.",
        (DriverKey("reporter", "app", "Who.", required=True), DriverKey("team", "text", "Whose.")),
        reports="status:{reporter}{team}",
        records=True,
    )
}


def test_who_may_report_is_fixed_with_the_settings() -> None:
    text = "version: 1\nservices: {web: {deploy: {driver: followed, reporter: acme-cd}}}\n"
    found = validate_repository(text, "x.yml", instance=None, repository=None, drivers=FOLLOWED).policy
    assert found is not None
    assert found.services[0].deploy == DriverCall("followed", {"reporter": "acme-cd"}, "status:acme-cd", True)


@pytest.mark.parametrize("slug", ["acme-cd[bot]", "Acme-CD", "acme cd", "apps/acme-cd", "-cd"])
def test_a_github_app_is_named_by_its_slug(slug: str) -> None:
    text = f'version: 1\nservices: {{web: {{deploy: {{driver: followed, reporter: "{slug}"}}}}}}\n'
    findings = validate_repository(text, "x.yml", instance=None, repository=None, drivers=FOLLOWED).findings
    (problem,) = errors(findings)
    assert problem.startswith(f"2:55: `{slug}` is not a GitHub App's slug: it is the last part of ")
    assert problem.endswith("lower case, without `[bot]`")


@pytest.mark.parametrize("name", ["Api", "-api", "a_b", "a.b", "a" * 64, "ä", "api "])
def test_a_bad_name_is_refused_at_its_key(name: str) -> None:
    assert errors(read(f'version: 1\nenvironments: {{"{name}": {{}}}}\n').findings) == [
        f"2:16: `{name[:60]}{'…' * (len(name) > 60)}` is not a name: "
        + (NAMES if len(name) < 64 else "it has 64 characters, and 63 are the limit")
    ]


@pytest.mark.parametrize("word", ["all", "to", "for", "because", "with"])
def test_a_word_of_the_commands_is_no_name(word: str) -> None:
    assert errors(read(f"version: 1\nenvironments: {{{word}: {{}}}}\n").findings) == [
        f"2:16: `{word}` is not a name: this word has a meaning of its own in commands"
    ]


@pytest.mark.parametrize(
    "text,meant",
    [
        ("{type: text, default: x}", Parameter(name="p_1", type="text", default="x")),
        ("{type: number, default: 1.5}", Parameter(name="p_1", type="number", default=1.5)),
        ("{type: number}", Parameter(name="p_1", type="number")),
        (
            "{type: choice, options: [a, b], default: b}",
            Parameter(name="p_1", type="choice", options=("a", "b"), default="b"),
        ),
    ],
)
def test_parameters_become_values(text: str, meant: Parameter) -> None:
    assert policy(f"version: 1\nparams: {{p_1: {text}}}\n").params == (meant,)


@pytest.mark.parametrize(
    "text,complaint",
    [
        ("p: {}", "2:10: the key `type` is missing in `params.p`"),
        ("p: {type: bool}", "2:20: expected `boolean`, `text`, `number` or `choice`, found `bool`; did you mean `boolean`?"),
        ("p: {type: choice}", "2:13: `options` belong to `type: choice`, and that needs some"),
        ("p: {type: text, options: [a]}", "2:13: `options` belong to `type: choice`, and that needs some"),
        ("p: {type: choice, options: [a], default: b}", "2:13: `default` is not one of `options`"),
        ("p: {type: boolean, default: 'false'}", "2:13: `default` does not fit `type: boolean`"),
        ("p: {type: boolean, default: 1}", "2:13: `default` does not fit `type: boolean`"),
        ("p: {type: number, default: true}", "2:13: `default` does not fit `type: number`"),
        ("p: {type: number, default: '1'}", "2:13: `default` does not fit `type: number`"),
        ("p: {type: text, default: 5}", "2:13: `default` does not fit `type: text`"),
        ("p: {type: text, default: [5]}", "2:35: expected true, false, a number or text, found a list"),
        ("ref: {type: text}", "2:10: `ref` is not a parameter's name: this word has a meaning of its own in commands"),
        ("P: {type: text}", "2:10: `P` is not a parameter's name: it has 1 to 63 lower-case letters, digits, hyphens and underscores"),
    ],
)  # fmt: skip
def test_a_wrong_parameter_is_named_with_its_place(text: str, complaint: str) -> None:
    assert errors(read(f"version: 1\nparams: {{{text}}}\n").findings) == [complaint]


def test_the_commands_prefix_can_only_be_the_bots_name() -> None:
    assert policy("version: 1\ncommands: {prefix: pointsman}\n").commands_prefix == "pointsman"
    assert errors(read("version: 1\ncommands: {prefix: bot}\n").findings) == [
        "2:20: expected `pointsman`, found `bot`"
    ]


def test_checks_keep_their_settings_as_they_are() -> None:
    text = "version: 1\nchecks:\n  title/length: {most: 72, words: [fix, feat], deep: {a: [1, {b: null}]}}\n"
    assert policy(text).checks == {
        "title/length": {"most": 72, "words": ["fix", "feat"], "deep": {"a": [1, {}]}}
    }


def test_a_checks_settings_are_a_map() -> None:
    assert errors(read("version: 1\nchecks: {title: 72}\n").findings) == [
        "2:17: expected a map of at most 100 entries, found the number 72"
    ]


@pytest.mark.parametrize(
    "text,complaint",
    [
        ("", "1:1: the key `version` is missing; a file begins with `version: 1`"),
        ("slack: {}\n", "1:1: the key `version` is missing; a file begins with `version: 1`"),
        ("version: 2\n", "1:10: expected 1, found the number 2"),
        ('version: "1"\n', "1:10: expected 1, found text `1`"),
        ("version: true\n", "1:10: expected 1, found true"),
        ("version:\n", "1:9: expected 1, found nothing"),
    ],
)
def test_the_version_is_required_and_known(text: str, complaint: str) -> None:
    assert errors(read(text).findings) == [complaint]


@pytest.mark.parametrize("key", ["migrations", "retry", "fallback", "scale", "ephemeral", "rules"])
@pytest.mark.parametrize(
    "where,place",
    [
        ("version: 1\n{}: {{a: [1]}}\n", "2:1"),
        ("version: 1\nenvironments:\n  staging:\n    {}: x\n", "4:5"),
        (service("{}: 5"), "5:5"),
    ],
)
def test_reserved_keys_are_taken_with_a_warning(key: str, where: str, place: str) -> None:
    text = where.replace("{}", key, 1).replace("{{", "{").replace("}}", "}")
    reading = read(text)
    assert warnings(reading.findings) == [f"{place}: `{key}` is not yet active: nothing follows from it"]
    assert reading.policy is not None


def test_every_mistake_is_told_at_once_and_in_order() -> None:
    text = (
        "version: 1\nenviroments: {}\nenvironments:\n  staging:\n    on_busy: quue\n    timeout: 5\n"
        "  production:\n    after: [stagin]\nservices:\n  web: {deploy: {driver: ftp}}\nslack: 5\n"
    )
    assert errors(read(text).findings) == [
        "2:1: unknown key `enviroments`; did you mean `environments`?",
        "5:14: expected `queue`, `supersede` or `reject`, found `quue`; did you mean `queue`?",
        "6:14: expected a duration such as `30m`, found the number 5",
        "8:13: unknown environment `stagin`; did you mean `staging`?",
        "10:26: unknown driver `ftp`; this version has `command`, `github_actions`, `github_deployment` and `http`",
        "11:8: expected a map (with `channel`), found the number 5",
    ]


def test_a_pasted_credential_is_not_repeated() -> None:
    pasted = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    text = (
        "version: 1\nservices: {web: {deploy: {driver: http, url: https://a.example.com, secret: "
        f"{pasted}}}}}}}\n"
    )
    findings = read(text).findings
    assert errors(findings) == [f"2:77: `whsec_…` is not a name: {NAMES}"]


def test_findings_stop_at_a_hundred_and_say_how_many_are_left() -> None:
    findings = read("version: 1\n" + "".join(f"key{number}: 1\n" for number in range(150))).findings
    assert len(findings) == 101
    assert str(findings[-1]).endswith("50 more; mend these first")


def test_what_is_quoted_stays_on_one_line_and_in_its_quotes() -> None:
    finding = read('version: 1\n"a`b\\nc\\u202ed": 1\n').findings[0]
    assert finding.message == "unknown key `a\ufffdb\ufffdc\ufffdd`"
