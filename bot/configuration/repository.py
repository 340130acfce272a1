"""The whole of a repository's file: services, parameters, environments and the rest, for given drivers."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final, TypeAlias, get_args

from bot.configuration.containers import Key, ListOf, MapOf, Record, listed
from bot.configuration.deploy import deploy_shape
from bot.configuration.environments import ALERTS, ENVIRONMENTS, RESERVED, SLACK
from bot.configuration.forms import GLOB, NAME, PARAMETER_NAME, STEP, check_steps
from bot.configuration.shapes import AnyScalar, Anything, Integer, one_of, plain_text
from bot.domain.driver_rules import DriverRule
from bot.domain.policy import Parameter, ParameterKind, RepositoryPolicy, ServicePolicy

Drivers: TypeAlias = Mapping[str, DriverRule]
"""The drivers that there are, by the name that a file gives."""

_DEFAULT_TYPES: Final[Mapping[str, tuple[str, type | tuple[type, ...]]]] = {
    "boolean": ("boolean", bool),
    "number": ("number", (int, float)),
    "text": ("string", str),
    "choice": ("string", str),
}
"""By a parameter's type: what its default is in JSON Schema, and in Python."""


VERSION_KEY: Final = Key(Integer(1, 1), "The version of this format.", required=True)


def _check_parameter(values: dict[str, Any]) -> str | None:
    """Say why a parameter's default or options do not fit its type; None = they do."""
    kind, default, options = values["type"], values.get("default"), values.get("options", ())
    if (kind == "choice") != bool(options):
        return "`options` belong to `type: choice`, and that needs some"
    if default is None:
        return None
    fits = isinstance(default, _DEFAULT_TYPES[kind][1]) and (kind == "boolean") == isinstance(default, bool)
    if not fits:
        return f"`default` does not fit `type: {kind}`"
    return "`default` is not one of `options`" if kind == "choice" and default not in options else None


def _parameter_rules() -> list[dict[str, Any]]:
    """Say in JSON Schema what `_check_parameter` says, as far as that can."""
    is_choice = {"properties": {"type": {"const": "choice"}}, "required": ["type"]}
    without_options = {"properties": {"options": {"type": "null"}}}
    rules: list[dict[str, Any]] = [
        {"if": is_choice, "then": {"required": ["options"]}, "else": without_options}
    ]
    for kind, (name, _) in _DEFAULT_TYPES.items():
        of_kind = {"properties": {"type": {"const": kind}}, "required": ["type"]}
        rules.append({"if": of_kind, "then": {"properties": {"default": {"type": [name, "null"]}}}})
    return rules


_PARAMETER: Final = Record(
    {
        "type": Key(one_of(get_args(ParameterKind)), "What can be given.", required=True),
        "default": Key(AnyScalar(), "What counts when nothing is given."),
        "options": Key(listed(plain_text("an option", 100), least=1), "What can be chosen."),
    },
    dict,
    problem=_check_parameter,
    extra={"allOf": _parameter_rules()},
)


def _parameters(entries: dict[str, dict[str, Any]]) -> tuple[Parameter, ...]:
    return tuple(Parameter(name=name, **values) for name, values in entries.items())


def _services(entries: dict[str, dict[str, Any]]) -> tuple[ServicePolicy, ...]:
    return tuple(ServicePolicy(name=name, **values) for name, values in entries.items())


def _policy(**values: Any) -> RepositoryPolicy:
    values.pop("version", None)
    return RepositoryPolicy(**values)


def _prefix(prefix: str | None = None) -> str | None:
    return prefix


def repository_record(drivers: Drivers) -> Record[RepositoryPolicy]:
    """Describe a repository's file, for the drivers that there are."""
    return _repository_record(tuple(sorted(drivers.items(), key=lambda row: row[0])))


@lru_cache(maxsize=8)
def _repository_record(drivers: tuple[tuple[str, DriverRule], ...]) -> Record[RepositoryPolicy]:
    service: Record[dict[str, Any]] = Record(
        {
            "paths": Key(
                listed(GLOB), "Which changed files concern it: `**`, `*` and `?`. Absent: every change."
            ),
            "deploy": Key(deploy_shape(dict(drivers)), "The driver that ships it.", required=True),
            "after": Key(listed(NAME), "Within one request: after these services."),
            "steps": Key(
                ListOf(STEP, tuple, least=1, most=50, problem=check_steps),
                "Shares of the users, rising to `100%`, and pauses.",
            ),
            "alerts": ALERTS,
        },
        dict,
        ServicePolicy,
        reserved=RESERVED,
    )
    settings = MapOf(plain_text("a setting's name", 100), Anything(), dict)
    keys: dict[str, Key[Any]] = {
        "version": VERSION_KEY,
        "slack": Key(SLACK, "Where deployments are told.", to="slack_channel"),
        "services": Key(
            MapOf(NAME, service, _services, most=200, unsets=False), "What is deployed, by name."
        ),
        "params": Key(
            MapOf(PARAMETER_NAME, _PARAMETER, _parameters, most=50), "What may be given as key=value."
        ),
        "environments": Key(ENVIRONMENTS, "Where it is deployed, by name, in promotion order."),
        "checks": Key(
            MapOf(plain_text("a check's name", 100), settings, dict), "Checks of pull requests, by name."
        ),
        "commands": Key(
            Record({"prefix": Key(one_of(("pointsman",)), "Only `/pointsman <command>` counts.")}, _prefix),
            "How commands are given on pull requests.",
            to="commands_prefix",
        ),
        "alerts": ALERTS,
    }
    return Record(keys, _policy, RepositoryPolicy, reserved=RESERVED)
