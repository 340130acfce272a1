"""Turns configuration files into policies, or into findings that say what to mend and where.

The way in for everybody: the loader, the check `pointsman/config`, and `pointsman validate`. Pure: texts
come in, nothing is read. Must never give a policy for a configuration that has errors.
"""

from collections.abc import Sequence

from msgspec import Struct

from bot.configuration.bindings import Surroundings, check_bindings
from bot.configuration.dispatch import check_workflows
from bot.configuration.instance import check_instance, instance_record
from bot.configuration.layers import merge
from bot.configuration.notices import check_empty_entries, warn_of_inactive
from bot.configuration.reader import read_document
from bot.configuration.references import check_references
from bot.configuration.report import Report
from bot.configuration.repository import VERSION_KEY, Drivers, repository_record
from bot.configuration.shapes import Invalid
from bot.domain.findings import Finding, Located
from bot.domain.instance import InstancePolicy
from bot.domain.policy import RepositoryPolicy, with_approvals


class ConfigurationFile(Struct, frozen=True):
    """A file's text, and the name that findings give it."""

    name: str
    text: bytes | str


class RepositoryReading(Struct, frozen=True):
    """What became of a repository's configuration. `policy` None = it is off, or `findings` has errors."""

    policy: RepositoryPolicy | None
    findings: tuple[Finding, ...] = ()


class InstanceReading(Struct, frozen=True):
    """What became of the instance file. `policy` None = `findings` has errors."""

    policy: InstancePolicy | None
    findings: tuple[Finding, ...] = ()


def validate_repository(
    text: bytes | str,
    file: str,
    *,
    instance: InstancePolicy | None,
    repository: str | None,
    drivers: Drivers,
) -> RepositoryReading:
    """Validate a repository's file over the instance's defaults, without an owner's file."""
    return effective_policy(ConfigurationFile(file, text), None, Surroundings(drivers, instance, repository))


def effective_policy(
    own: ConfigurationFile | None, owner: ConfigurationFile | None, surroundings: Surroundings
) -> RepositoryReading:
    """Merge a repository's own file over its owner's over the instance's defaults, and judge the result.

    Without a file of its own a repository is off: no policy and no findings. The file of an owner's
    `.github` repository is its own and lies under all others, so it has no services there either.
    """
    if own is None:
        return RepositoryReading(None)
    report = Report()
    files = [own, owner] if owner else [own]
    may_have_services = not (surroundings.repository or "").endswith("/.github")
    layers = [_layer(file, report, may_have_services=may_have_services and file is own) for file in files]
    policy = _judged([layer for layer in layers if layer], surroundings, report) if all(layers) else None
    names = [file.name for file in files]
    return RepositoryReading(None if report.failed else policy, report.findings(names))


def validate_instance(text: bytes | str, file: str, *, drivers: Drivers) -> InstanceReading:
    """Validate the instance file; an empty one is allowed and decides nothing."""
    report = Report()
    tree = read_document(file, text, report)
    policy = None
    if tree is not None:
        read = instance_record(drivers).read(tree, "", report)
        check_instance(tree, drivers, report)
        policy = None if isinstance(read, Invalid) or report.failed else read
    return InstanceReading(policy, report.findings([file]))


def _layer(file: ConfigurationFile, report: Report, *, may_have_services: bool) -> Located | None:
    """Read one file and judge what holds for each alone; what is left merges. None = it cannot be read."""
    tree = read_document(file.name, file.text, report)
    if tree is None or not isinstance(tree.value, dict):
        return None
    version = tree.value.get("version")
    if version is None:
        report.error(
            tree.position, "version", "the key `version` is missing; a file begins with `version: 1`"
        )
    else:
        VERSION_KEY.shape.read(version, "version", report)
    left = {name: entry for name, entry in tree.value.items() if name != "version"}
    if "services" in left and not may_have_services:
        message = "services stand in each repository's own file"
        report.error(left.pop("services").named_at, "services", message)
    return Located(left, tree.position)


def _judged(layers: Sequence[Located], surroundings: Surroundings, report: Report) -> RepositoryPolicy | None:
    instance, drivers = surroundings.instance, surroundings.drivers
    defaults = instance.defaults if instance else None
    layers = [*layers, defaults] if defaults else layers
    check_empty_entries(layers, report)
    tree = merge(layers)
    read = repository_record(drivers).without("version").read(tree, "", report)
    check_references(tree, drivers, report)
    check_bindings(tree, surroundings, report)
    if surroundings.workflows is not None:
        check_workflows(tree, drivers, surroundings.workflows, report)
    if isinstance(read, Invalid) or report.failed:
        return None
    policy = with_approvals(read, instance.enforce.approvals) if instance else read
    warn_of_inactive(policy, tree, report)
    return policy
