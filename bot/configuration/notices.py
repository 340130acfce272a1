"""Warnings about what a configuration says and this version does not do, or that was hardly meant so.

Nothing is green by silence: a gate that is configured and not evaluated is named, with what that means.
"""

from collections.abc import Iterator, Sequence

from bot.configuration.layers import child, unset_entries
from bot.configuration.report import Report, quoted
from bot.domain.findings import Located
from bot.domain.policy import EnvironmentPolicy, RepositoryPolicy, ServicePolicy, not_yet_active


def warn_of_inactive(policy: RepositoryPolicy, tree: Located, report: Report) -> None:
    """Name everything in a valid policy that is configured and not evaluated by this version."""
    for environment in policy.environments:
        for names, message in _of_environment(environment):
            _warn(tree, ("environments", environment.name, *names), message, report)
    for service in policy.services:
        for names, message in _of_service(service):
            _warn(tree, ("services", service.name, *names), message, report)
    for name in policy.checks:
        message = "checks of your own are not yet active: nothing follows from this one"
        _warn(tree, ("checks", name), message, report)


def _of_environment(environment: EnvironmentPolicy) -> Iterator[tuple[list[str], str]]:
    for name in not_yet_active(environment):
        yield name.split("."), f"{quoted(name)} is not yet active: nothing follows from it"


def _of_service(service: ServicePolicy) -> Iterator[tuple[list[str], str]]:
    if "service.steps" in not_yet_active(EnvironmentPolicy(name=""), service):
        yield ["steps"], "`steps` is not yet active: everybody gets the new version at once"


def _warn(tree: Located, names: Sequence[str], message: str, report: Report) -> None:
    """Warn at the deepest of `names` that a file says; a default stands nowhere."""
    node = tree
    for name in names:
        below = child(node, name)
        if below is None:
            break
        node = below
    report.warning(node.named_at, ".".join(names), message)


def check_empty_entries(layers: Sequence[Located], report: Report) -> None:
    """Name entries without a value that were hardly meant to unset anything.

    `layers` are the files, the nearest first. `staging:` alone is null, which takes an environment away.
    """
    for index, layer in enumerate(layers):
        farther = layers[index + 1 :]
        for name, entry in unset_entries(child(layer, "services")).items():
            message = f"the service {quoted(name)} is empty; it needs `deploy`"
            report.error(entry.named_at, f"services.{name}", message)
        for name, entry in unset_entries(child(layer, "environments")).items():
            if not _is_said("environments", name, farther):
                message = (
                    f"an empty entry takes the environment {quoted(name)} away; "
                    f"one that has only defaults is written `{name}: {{}}`"
                )
                report.warning(entry.named_at, f"environments.{name}", message)
        for name, entry in unset_entries(child(layer, "slack")).items():
            if not _is_said("slack", name, farther):
                message = "this is no channel: `#` begins a comment, so quote the name or leave `#` out"
                report.warning(entry.named_at, f"slack.{name}", message)


def _is_said(section: str, name: str, layers: Sequence[Located]) -> bool:
    return any(child(layer, section, name) is not None for layer in layers)
