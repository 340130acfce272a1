"""Do the workflows that services name take what they will be sent? What GitHub would refuse is told before.

A dispatch that lacks a required input, has an unknown one or a value that is no option is answered 422
("Create a workflow dispatch event"). Must never judge a workflow that nobody looked up.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from bot.configuration.forms import WORKFLOW_PATTERN
from bot.configuration.layers import child, entries, text
from bot.configuration.reader import read_document
from bot.configuration.report import Report, listing, quoted
from bot.configuration.repository import Drivers
from bot.configuration.workflow import (
    FOLDER,
    TRIGGER,
    Input,
    Unusable,
    Workflow,
    WorkflowFiles,
    parse_workflow,
)
from bot.domain.driver_rules import DriverRule
from bot.domain.findings import Located

INPUTS_MAX: Final = 25
FILES_MAX: Final = 20
_CONFIGURED: Final = "inputs"
_LITERALS: Final[Mapping[str, tuple[str, ...]]] = {"boolean": ("true", "false")}


@dataclass(frozen=True)
class _Use:
    """A service that a workflow ships. `values` are those that each of our inputs can have; None = any.

    `params` become inputs too: those with a default always, the others where somebody gives them.
    """

    path: str
    key: str
    file: str
    node: Located
    values: Mapping[str, tuple[str, ...] | None]
    configured: Located | None
    params: Mapping[str, Located]

    @property
    def more(self) -> dict[str, Located]:
        """The configured inputs."""
        return entries(self.configured)

    @property
    def sent(self) -> set[str]:
        """The inputs that every dispatch has."""
        defaulted = {name for name, param in self.params.items() if child(param, "default") is not None}
        return {*self.values, *self.more, *defaulted}


def workflows_named(text: bytes | str, drivers: Drivers) -> tuple[str, ...]:
    """The workflow files that a repository's file wants, at most 20; its mistakes are told elsewhere."""
    tree = read_document("", text, Report())
    names = dict.fromkeys(use.file for use in _uses(tree, drivers)) if tree else {}
    return tuple(names)[:FILES_MAX]


def check_workflows(tree: Located, drivers: Drivers, files: WorkflowFiles, report: Report) -> None:
    """Report what keeps the workflows from being started for their services."""
    read: dict[str, Workflow | Unusable] = {}
    for use in _uses(tree, drivers):
        found = files.get(use.file)
        if use.file not in files:
            message = f"{quoted(use.file)} was not looked at: at most {FILES_MAX} workflow files are"
            report.warning(use.node.position, f"{use.path}.{use.key}", message)
        elif isinstance(found, bytes):
            if use.file not in read:
                read[use.file] = parse_workflow(use.file, found)
            _Judge(use, report).workflow(read[use.file])
        else:
            _Judge(use, report).workflow(found)


def _uses(tree: Located, drivers: Drivers) -> Iterator[_Use]:
    environments = tuple(entries(child(tree, "environments")))
    params = entries(child(tree, "params"))
    for name, service in entries(child(tree, "services")).items():
        deploy = entries(child(service, "deploy"))
        rule = drivers.get(text(deploy.get("driver")) or "") or DriverRule("")
        for key in rule.keys:
            file = text(deploy.get(key.name)) or ""
            if key.kind == "workflow" and WORKFLOW_PATTERN.fullmatch(file):
                known = {"environment": environments, "service": (name,)}
                values = {each: known.get(each) for each in rule.inputs}
                path, node = f"services.{name}.deploy", deploy[key.name]
                yield _Use(path, key.name, file, node, values, deploy.get(_CONFIGURED), params)


class _Judge:
    """Holds one service's wishes against its workflow."""

    def __init__(self, use: _Use, report: Report) -> None:
        self._use = use
        self._report = report
        self._shown = quoted(use.file)

    def workflow(self, workflow: Workflow | Unusable | None) -> None:
        """Judge a workflow; None = there is no such file."""
        if workflow is None:
            self._error(f"there is no file {quoted(f'{FOLDER}/{self._use.file}')} in this repository")
        elif isinstance(workflow, Unusable):
            self._error(f"{self._shown} cannot be read: {workflow.reason}")
        elif workflow.inputs is None:
            wanted = ", ".join(_declaration(name) for name in self._use.values)
            line = f"`{TRIGGER}: {{inputs: {{{wanted}}}}}`"
            self._error(
                f"{self._shown} cannot be started: `on` lacks {quoted(TRIGGER)}; put there, as a map: {line}"
            )
        else:
            self._ours(workflow.inputs)
            self._configured(workflow.inputs)
            self._params(workflow.inputs)
            self._unsent(workflow.inputs)
            self._size(workflow.inputs)
            self._habits(workflow)

    def _ours(self, declared: Mapping[str, Input]) -> None:
        missing = [name for name in self._use.values if name not in declared]
        if missing:
            lines = " and ".join(f"`{_declaration(name)}`" for name in missing)
            inputs = "the input" if len(missing) == 1 else "the inputs"
            self._error(
                f"{self._shown} does not declare {inputs} {listing(missing)}; "
                f"put under `on.{TRIGGER}.inputs`: {lines}"
            )
        for name, values in self._use.values.items():
            if name in declared:
                self._our_input(declared[name], values)

    def _our_input(self, declared: Input, values: tuple[str, ...] | None) -> None:
        """Text takes everything; options have to hold every value that there can be."""
        what = f"the input {quoted(declared.name)} of {self._shown}"
        if declared.type == "choice" and values is not None:
            lacking = [value for value in values if value not in declared.options]
            if lacking:
                self._error(f"{what} lacks the option {listing(lacking)}")
        elif declared.type not in ("string", "environment") or (
            declared.type == "environment" and declared.name != "environment"
        ):
            self._error(f"{what} is of the type {quoted(declared.type)}; it has to be `string`")

    def _configured(self, declared: Mapping[str, Input]) -> None:
        for name, value in self._use.more.items():
            path = f"{self._use.path}.{_CONFIGURED}.{name}"
            if name in self._use.values:
                message = f"{quoted(name)} is said for each deployment; leave it out here"
                self._report.error(value.named_at, path, message)
            elif name not in declared:
                others = (each for each in declared if each not in self._use.values)
                message = f"{self._shown} declares no input {quoted(name)}"
                self._report.error(value.named_at, path, message + self._report.did_you_mean(name, others))
            else:
                self._configured_value(declared[name], value, path)

    def _configured_value(self, declared: Input, value: Located, path: str) -> None:
        given, kind = text(value), declared.type
        options = declared.options if kind == "choice" else _LITERALS.get(kind)
        if given is None:
            return
        if options is not None and given not in options:
            nearest = self._report.did_you_mean(given, options)
            hint = nearest or f"; it has {listing(options)}" if options else ""
            message = f"{quoted(given)} is none of the options that {self._shown} has for it{hint}"
            self._report.error(value.position, path, message)
        elif kind == "number" and not _is_number(given):
            self._report.error(value.position, path, f"{self._shown} takes a number here")

    def _params(self, declared: Mapping[str, Input]) -> None:
        for name, param in self._use.params.items():
            if name in declared or name in self._use.values:
                continue
            message = f"{self._shown} declares no input {quoted(name)}"
            if name in self._use.sent:
                self._report.error(
                    param.named_at, f"params.{name}", f"{message}, and every deployment has it"
                )
            else:
                message = f"{message}: a deployment to which it is given is refused"
                self._report.warning(param.named_at, f"params.{name}", message)

    def _unsent(self, declared: Mapping[str, Input]) -> None:
        given = self._use.sent | self._use.params.keys()
        for each in declared.values():
            if each.required and not each.has_default and each.name not in given:
                message = (
                    f"{self._shown} requires the input {quoted(each.name)}, which nobody gives: "
                    f"name it under `{_CONFIGURED}`, or give it a default there"
                )
                self._error(message)

    def _size(self, declared: Mapping[str, Input]) -> None:
        for what, count in (
            ("declared by " + self._shown, len(declared)),
            ("sent", len(self._use.sent)),
        ):
            if count > INPUTS_MAX:
                self._error(f"{count} inputs are {what}; GitHub takes at most {INPUTS_MAX}")

    def _habits(self, workflow: Workflow) -> None:
        """What GitHub takes, and what goes wrong all the same."""
        if "deployment" in self._use.values and not workflow.names_runs_by_deployment:
            self._warning(
                f"the `run-name` of {self._shown} does not contain `${{{{ inputs.deployment }}}}`: "
                "without it a run whose start was not acknowledged cannot be found again"
            )
        if "sha" in self._use.values and not workflow.uses("sha"):
            self._warning(
                f"no job of {self._shown} uses `inputs.sha`, so it may ship another commit: "
                "let `actions/checkout` have `ref: ${{ inputs.sha }}`"
            )

    def _error(self, message: str) -> None:
        self._report.error(self._use.node.position, f"{self._use.path}.{self._use.key}", message)

    def _warning(self, message: str) -> None:
        self._report.warning(self._use.node.position, f"{self._use.path}.{self._use.key}", message)


def _declaration(name: str) -> str:
    return f"{name}: {{type: string, required: true}}"


def _is_number(written: str) -> bool:
    try:
        float(written)
    except ValueError:
        return False
    return True
