"""A service's `deploy`: which driver ships it, with the keys that this driver's own rule declares.

Must never know a driver by name: the table of drivers comes in from outside.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from bot.configuration.containers import Key, ListOf, MapOf, Record
from bot.configuration.forms import ADDRESS, APP, DRIVER, NAME, WORKFLOW
from bot.configuration.report import Report, listing, quoted
from bot.configuration.shapes import (
    DURATION,
    INVALID,
    Boolean,
    Integer,
    Read,
    Schema,
    Shape,
    one_of,
    plain_text,
)
from bot.domain.deployment import DriverCall
from bot.domain.driver_rules import DriverKeyKind, DriverRule
from bot.domain.findings import Located

_SHAPES: Final[Mapping[DriverKeyKind, Shape[Any]]] = {
    "text": plain_text(),
    "url": ADDRESS,
    "secret": NAME,
    "command": NAME,
    "workflow": WORKFLOW,
    "app": APP,
    "boolean": Boolean(),
    "integer": Integer(-(2**53), 2**53),
    "duration": DURATION,
    "texts": ListOf(plain_text(), list),
    "text_map": MapOf(plain_text("a key"), plain_text(longest=5_000), dict, most=50),
}


@dataclass(frozen=True)
class Deploy(Shape[DriverCall]):
    """A map with `driver`; the other keys are those of the driver that it names."""

    records: Mapping[str, Record[DriverCall]]

    def accept(self, node: Located, path: str, report: Report) -> Read[DriverCall]:
        if not isinstance(node.value, dict):
            return self.refuse(node, path, report)
        named = node.value.get("driver")
        if named is None:
            report.error(node.named_at, f"{path}.driver", f"the key `driver` is missing in `{path}`")
            return INVALID
        name = DRIVER.read(named, f"{path}.driver", report)
        if not isinstance(name, str):
            return INVALID
        if name not in self.records:
            nearest = report.did_you_mean(name, self.records) or f"; this version has {listing(self.records)}"
            report.error(named.position, f"{path}.driver", f"unknown driver {quoted(name)}{nearest}")
            return INVALID
        return self.records[name].read(node, path, report)

    def expected(self) -> str:
        return "a map with `driver` and what that driver needs"

    def schema(self) -> Schema:
        return {
            "type": "object",
            "required": ["driver"],
            "properties": {"driver": {"enum": list(self.records)}},
            "anyOf": [record.schema() for record in self.records.values()],
        }


def deploy_shape(drivers: Mapping[str, DriverRule]) -> Deploy:
    """Describe `deploy` for the drivers that there are."""
    return Deploy({name: _record(name, rule) for name, rule in drivers.items()})


def _record(name: str, rule: DriverRule) -> Record[DriverCall]:
    keys: dict[str, Key[Any]] = {"driver": Key(one_of((name,)), rule.description, required=True)}
    for key in rule.keys:
        keys[key.name] = Key(_SHAPES[key.kind], key.description, required=key.required)
    return Record(keys, partial(_call, rule))


def _call(rule: DriverRule, driver: str, **settings: Any) -> DriverCall:
    reports = rule.reports
    for key in rule.keys:
        reports = reports.replace(f"{{{key.name}}}", str(settings.get(key.name, "")))
    return DriverCall(driver, settings, reports, rule.records)
