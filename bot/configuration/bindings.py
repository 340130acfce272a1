"""What a repository asks of the instance: secrets, programs, addresses and drivers that it may have or not.

A secret leaves only for an address that the instance's owner bound it to. Must never tell a repository
which secrets or addresses others have: what is unknown and what is not bound read the same.
"""

from collections.abc import Iterator, Mapping
from typing import TypeVar

from msgspec import Struct

from bot.configuration.layers import child, entries, items, text, texts
from bot.configuration.report import Report, quoted
from bot.configuration.repository import Drivers
from bot.configuration.workflow import WorkflowFiles
from bot.domain.driver_rules import DriverKeyKind, DriverRule
from bot.domain.findings import Located
from bot.domain.instance import BoundSecret, InstancePolicy, Program
from bot.domain.policy import split_team

B = TypeVar("B", BoundSecret, Program)

_ACTOR_LISTS = (("deployers",), ("emergency",), ("requires", "approvers"))


class Surroundings(Struct, frozen=True):
    """What a repository's file is judged against.

    `instance` None = what only the instance knows is not judged; `repository` is `owner/name`, and None
    = what depends on it is not judged; `workflows` are the workflow files that it names, None = not judged.
    """

    drivers: Drivers
    instance: InstancePolicy | None = None
    repository: str | None = None
    workflows: WorkflowFiles | None = None


def check_bindings(tree: Located, surroundings: Surroundings, report: Report) -> None:
    """Report everything that the instance or the repository's owner does not allow."""
    services, environments = entries(child(tree, "services")), entries(child(tree, "environments"))
    if surroundings.repository is not None:
        owner = surroundings.repository.partition("/")[0]
        for name, environment in environments.items():
            _check_teams(f"environments.{name}", environment, owner, report)
    if surroundings.instance is not None:
        judge = _Judge(surroundings.instance, surroundings.repository, report)
        for name, environment in environments.items():
            judge.environment(f"environments.{name}", environment)
        for name, service in services.items():
            deploy = entries(child(service, "deploy"))
            rule = surroundings.drivers.get(text(deploy.get("driver")) or "")
            if rule is not None:
                judge.deploy(f"services.{name}.deploy", deploy, rule)


def _check_teams(path: str, environment: Located, owner: str, report: Report) -> None:
    for names in _ACTOR_LISTS:
        for index, (actor, item) in enumerate(texts(child(environment, *names))):
            team = split_team(actor)
            if team and team[0].lower() != owner.lower():
                message = f"{quoted(actor)} is no team of {quoted(owner)}, and only the owner's teams count"
                report.error(item.position, f"{path}.{'.'.join(names)}[{index}]", message)


class _Judge:
    """Holds one repository's wishes against the instance."""

    def __init__(self, instance: InstancePolicy, repository: str | None, report: Report) -> None:
        self._instance = instance
        self._repository = repository
        self._report = report

    def environment(self, path: str, environment: Located) -> None:
        """Judge the addresses that are probed, and the approvals that the instance enforces."""
        for kind in ("http", "prometheus"):
            for index, probe in enumerate(items(child(environment, "verify", kind))):
                self._transport(f"{path}.verify.{kind}[{index}].url", child(probe, "url"))
        approvals = child(environment, "requires", "approvals")
        least = self._instance.enforce.approvals
        if approvals is not None and isinstance(approvals.value, int) and approvals.value < least:
            message = f"this instance asks for {least} approvals, and that holds"
            self._report.warning(approvals.position, f"{path}.requires.approvals", message)

    def deploy(self, path: str, deploy: Mapping[str, Located], rule: DriverRule) -> None:
        """Judge a service's driver, with the secrets, programs and addresses that it names."""
        driver, allowed = text(deploy["driver"]), self._instance.enforce.drivers
        if allowed is not None and driver not in allowed:
            message = f"this instance does not allow the driver {quoted(driver or '')}"
            self._report.error(deploy["driver"].position, f"{path}.driver", message)
        urls = list(_of_kind("url", deploy, rule))
        for key, url in urls:
            self._transport(f"{path}.{key}", url)
        for key, named in _of_kind("command", deploy, rule):
            self._bound((f"{path}.{key}", "command"), named, self._instance.commands)
        for key, named in _of_kind("secret", deploy, rule):
            secret = self._bound((f"{path}.{key}", "secret"), named, self._instance.secrets)
            if secret is not None:
                for url_key, url in urls:
                    self._destination(f"{path}.{url_key}", secret, url)

    def _bound(self, place: tuple[str, str], named: Located, known: Mapping[str, B]) -> B | None:
        """Find what the repository names, among what it may name. `place` = the path, and what it is."""
        path, what = place
        name = text(named)
        if name is None:
            return None
        ours = {
            each: bound
            for each, bound in known.items()
            if self._repository is None or bound.is_bound_to(self._repository)
        }
        if name not in ours:
            whose = f" for {self._repository}" if self._repository else ""
            suggestion = self._report.did_you_mean(name, ours)
            message = f"the instance file has no {what} {quoted(name)}{whose}{suggestion}"
            self._report.error(named.position, path, message)
        return ours.get(name)

    def _destination(self, path: str, secret: BoundSecret, url: Located) -> None:
        address = text(url)
        if address is not None and not secret.covers(address):
            message = "the service's secret may not go to this address: the instance file binds it to others"
            self._report.error(url.position, path, message)

    def _transport(self, path: str, url: Located | None) -> None:
        address = text(url)
        if url is None or address is None or not address.startswith("http:"):
            return
        if not self._instance.egress.allows(address):
            message = "plain http is refused unless the instance file allows the address (`egress.allow`)"
            self._report.error(url.position, path, message)


def _of_kind(
    kind: DriverKeyKind, deploy: Mapping[str, Located], rule: DriverRule
) -> Iterator[tuple[str, Located]]:
    """Give those of a driver's keys that hold a value of this kind."""
    return ((key.name, deploy[key.name]) for key in rule.keys if key.kind == kind and key.name in deploy)
