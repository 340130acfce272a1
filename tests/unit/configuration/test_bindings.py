"""What the instance lets a repository have: secrets, programs, addresses, drivers, approvals."""

import pytest

from bot.configuration import Surroundings, effective_policy
from bot.configuration.validate import ConfigurationFile
from tests.unit.configuration.samples import DRIVERS, FILE, errors, instance, read, warnings

SECRETS = """\
secrets:
  web-deployer:
    {env: A, repositories: [acme/shop, "acme/site"], urls: ["https://deployer.example.com/hooks"]}
  other-deployer: {env: B, repositories: ["other/*"], urls: ["https://deployer.example.com/"]}
  plain-deployer: {env: C, repositories: ["acme/*"], urls: ["http://127.0.0.1:9000/"]}
egress: {allow: ["http://127.0.0.1:9000"]}
"""


def web(url: str = "https://deployer.example.com/hooks/web", secret: str = "web-deployer") -> str:
    return (
        "version: 1\nservices:\n  web:\n    deploy:\n      driver: http\n"
        f'      url: "{url}"\n      secret: {secret}\n'
    )


def complaints(text: str, within: str = SECRETS, repository: str | None = "acme/shop") -> list[str]:
    return errors(read(text, instance(within), repository).findings)


NOT_THERE = "6:12: the service's secret may not go to this address: the instance file binds it to others"
NOT_PLAIN = "6:12: plain http is refused unless the instance file allows the address (`egress.allow`)"


@pytest.mark.parametrize(
    "url",
    [
        "https://deployer.example.com/hooks",
        "https://deployer.example.com/hooks/",
        "https://deployer.example.com/hooks/web?x=1",
        "https://DEPLOYER.example.com:443/hooks/web",
    ],
)
def test_a_secret_may_go_where_it_is_bound_to(url: str) -> None:
    assert complaints(web(url)) == []


@pytest.mark.parametrize(
    "url",
    [
        "https://deployer.example.com/hookshot",
        "https://deployer.example.com/",
        "https://deployer.example.com:8443/hooks",
        "https://deployer.example.com.evil.org/hooks",
        "https://evil.org/hooks",
        "https://sub.deployer.example.com/hooks",
    ],
)
def test_a_secret_may_go_nowhere_else(url: str) -> None:
    assert complaints(web(url)) == [NOT_THERE]


@pytest.mark.parametrize(
    "url",
    [
        "https://deployer.example.com@evil.org/hooks",
        "https://deployer.example.com/hooks/../admin",
        "https://deployer.example.com/hooks/%2e%2e/admin",
        "https://evil.org\\\\@deployer.example.com/hooks",
        "https://deployer.example.com#@evil.org/hooks",
    ],
)
def test_an_address_that_programs_read_differently_is_none(url: str) -> None:
    assert "is not an address" in complaints(web(url))[0]


def test_plain_http_is_refused_unless_it_is_allowed() -> None:
    assert complaints(web("http://127.0.0.1:9000/x", "plain-deployer")) == []
    assert complaints(web("http://deployer.example.com/hooks")) == [NOT_PLAIN, NOT_THERE]


@pytest.mark.parametrize(
    "secret,suggestion",
    [
        ("web-deploer", "; did you mean `web-deployer`?"),
        ("other-deployer", ""),
        ("nothing", ""),
    ],
)
def test_an_unknown_secret_reads_like_one_of_somebody_else(secret: str, suggestion: str) -> None:
    (complaint,) = complaints(web(secret=secret))
    assert complaint.startswith(f"7:15: the instance file has no secret `{secret}` for acme/shop")
    assert complaint.endswith(suggestion)
    assert "other-deployer" not in complaint.replace(f"`{secret}`", "")


def test_repositories_are_matched_whole_and_without_regard_to_case() -> None:
    assert complaints(web(), repository="ACME/Site") == []
    assert len(complaints(web(), repository="acme/shop-2")) == 1


def test_without_a_repository_only_the_name_is_judged() -> None:
    assert complaints(web(secret="other-deployer"), repository=None) == []
    assert complaints(web(secret="nothing"), repository=None) == [
        "7:15: the instance file has no secret `nothing`"
    ]


def test_without_an_instance_nothing_of_it_is_judged() -> None:
    assert errors(read(web("http://evil.org/", "nothing"), None, "acme/shop").findings) == []


def test_a_program_must_be_one_of_the_instances() -> None:
    text = "version: 1\nservices: {web: {deploy: {driver: command, command: deploy-wrker}}}\n"
    assert complaints(text, within=_PROGRAMS) == [
        "2:53: the instance file has no command `deploy-wrker` for acme/shop; did you mean `deploy-worker`?"
    ]
    assert complaints(text.replace("wrker", "worker"), within=_PROGRAMS) == []
    assert len(complaints(text.replace("wrker", "worker"), within=_PROGRAMS, repository="acme/site")) == 1


_PROGRAMS = "commands: {deploy-worker: {run: [./deploy.sh], directory: /srv, repositories: [acme/shop]}}\n"


def test_a_driver_that_the_instance_does_not_allow_is_refused() -> None:
    within = SECRETS + "enforce: {drivers: [command]}\n"
    assert complaints(web(), within) == ["5:15: this instance does not allow the driver `http`"]


def test_probes_keep_to_https_too() -> None:
    text = (
        "version: 1\nenvironments:\n  a:\n    verify:\n      http: [{url: http://127.0.0.1:9000/ok}]\n"
        "      prometheus: [{url: http://prom.example.com, query: x, max: 1}]\n"
    )
    assert complaints(text) == [
        "6:26: plain http is refused unless the instance file allows the address (`egress.allow`)"
    ]


def test_only_teams_of_the_owner_count() -> None:
    text = (
        "version: 1\nenvironments:\n  a:\n    deployers: [ACME/x, other/y, octocat]\n"
        "    emergency: [other/z]\n    requires: {approvers: [acme/a, b/c]}\n"
    )
    assert complaints(text) == [
        "4:25: `other/y` is no team of `acme`, and only the owner's teams count",
        "5:17: `other/z` is no team of `acme`, and only the owner's teams count",
        "6:36: `b/c` is no team of `acme`, and only the owner's teams count",
    ]


@pytest.mark.parametrize(
    "requires,approvals",
    [("", 2), ("requires: {checks: [], approvals: 1}", 2), ("requires: {checks: [], approvals: 3}", 3)],
)
def test_enforced_approvals_only_tighten(requires: str, approvals: int) -> None:
    text = f"version: 1\nenvironments:\n  a:\n    timeout: 5m\n    {requires}\n"
    reading = read(text, instance("enforce: {approvals: 2}\n"), "acme/shop")
    assert reading.policy is not None
    requirements = reading.policy.environments[0].requires
    assert requirements is not None
    assert (requirements.approvals, requirements.checks) == (approvals, ())


def test_asking_for_fewer_approvals_than_enforced_is_told() -> None:
    text = "version: 1\nenvironments: {a: {requires: {approvals: 0}}}\n"
    findings = read(text, instance("enforce: {approvals: 2}\n"), "acme/shop").findings
    assert "2:42: this instance asks for 2 approvals, and that holds" in warnings(findings)


def test_a_wrong_value_in_the_owners_file_is_found_there() -> None:
    own = ConfigurationFile(FILE, "version: 1\n")
    owner = ConfigurationFile("acme/.github", "version: 1\nenvironments:\n  a: {deployers: [b/c]}\n")
    findings = effective_policy(own, owner, Surroundings(DRIVERS, None, "acme/shop")).findings
    assert [str(each) for each in findings] == [
        "acme/.github:3:19: `b/c` is no team of `acme`, and only the owner's teams count"
    ]
