"""How software is shipped: one file for each driver, one row here.

A row gives the rule by which configuration is checked, and how the driver is made. Drivers of others
are found by the entry points `pointsman.drivers` (docs/drivers.md).
"""

from collections.abc import Mapping
from functools import cache
from importlib.metadata import entry_points

from bot.domain.driver_rules import DriverRule
from bot.drivers import command, github_actions, github_deployment, http
from bot.drivers.driver import DriverRow, Tools

__all__ = ["DriverRow", "DriverUnusable", "Tools", "rules", "table"]

ENTRY_POINTS = "pointsman.drivers"

OURS: Mapping[str, DriverRow] = {
    http.NAME: http.ROW,
    command.NAME: command.ROW,
    github_actions.NAME: github_actions.ROW,
    github_deployment.NAME: github_deployment.ROW,
}


class DriverUnusable(Exception):
    """An installed driver cannot be loaded, or is none; the message says which and why."""


@cache
def table() -> Mapping[str, DriverRow]:
    """Give every driver by its name: ours, and those that are installed. Raises DriverUnusable."""
    found = dict(OURS)
    for point in entry_points(group=ENTRY_POINTS):
        if point.name in found:
            raise DriverUnusable(f"The driver {point.name!r} of {point.value} has the name of another one.")
        try:
            row = point.load()
        except Exception as error:
            raise DriverUnusable(f"The driver {point.name!r} cannot be loaded: {error}.") from error
        if not isinstance(row, DriverRow):
            raise DriverUnusable(f"The driver {point.name!r} is no DriverRow, but {type(row).__name__}.")
        found[point.name] = row
    return found


def rules() -> Mapping[str, DriverRule]:
    """Give the rule of every driver, by which configuration is checked. Raises DriverUnusable."""
    return {name: row.rule for name, row in table().items()}
