"""What the checks say."""

from msgspec import Struct


class PlanLine(Struct, frozen=True):
    """One service in one environment, as a plan shows it."""

    service: str
    environment: str
    command: str
    automatic: bool
    gates: tuple[str, ...]


Report = tuple[str, str, str | None]


def no_configuration() -> Report:
    """The head has no configuration."""
    return "This change removes the configuration", "x", None


def invalid_configuration(problems: tuple[str, ...], warnings: tuple[str, ...]) -> Report:
    """The configuration has errors."""
    return f"{len(problems)} problems", "\n".join((*problems, *warnings)), None


def valid_configuration(warnings: tuple[str, ...]) -> Report:
    """The configuration is valid."""
    return "The configuration is valid", "\n".join(warnings) or "ok", None


def plan_unknown(problems: tuple[str, ...]) -> Report:
    """There is no plan without a configuration."""
    return "No plan", "\n".join(problems), None


def nothing_to_deploy(services: int) -> Report:
    """No service is concerned."""
    return "Nothing to deploy", f"{services} services", None


def plan(lines: tuple[PlanLine, ...], *, truncated: bool, from_fork: bool) -> Report:
    """What would be deployed where."""
    return f"{len(lines)} deployments possible", "\n".join(line.command for line in lines), None
