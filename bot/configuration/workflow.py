"""Reads the head of a GitHub Actions workflow: can it be started by hand, with which inputs and which name?

Reads more kindly than our own files, since a workflow is GitHub's business: only what GitHub itself would
refuse, or what cannot be read at all, is a problem. Source: "Workflow syntax for GitHub Actions".
"""

import re
from collections.abc import Iterable, Mapping
from typing import Final, TypeAlias

from msgspec import Struct

from bot.configuration.layers import items
from bot.configuration.reader import read_workflow
from bot.configuration.report import Report
from bot.domain.findings import Located

FOLDER: Final = ".github/workflows"
TRIGGER: Final = "workflow_dispatch"


class Input(Struct, frozen=True):
    """An input as a workflow declares it. `options` are those of a `choice`."""

    name: str
    type: str = "string"
    required: bool = False
    has_default: bool = False
    options: tuple[str, ...] = ()


class Workflow(Struct, frozen=True):
    """A workflow, as far as starting it goes. `inputs` None = it cannot be started by hand.

    `run_name` is the text that names its runs; `texts` are the texts that its jobs are made of.
    """

    inputs: Mapping[str, Input] | None
    run_name: str = ""
    texts: tuple[str, ...] = ()

    @property
    def names_runs_by_deployment(self) -> bool:
        """Whether a run can be found again by our id."""
        return _mentions("deployment", (self.run_name,))

    def uses(self, name: str) -> bool:
        """Whether a job, or the environment of all of them, mentions an input."""
        return _mentions(name, self.texts)


class Unusable(Struct, frozen=True):
    """A file that is there and cannot be used; `reason` completes "it cannot be read: …"."""

    reason: str


WorkflowFiles: TypeAlias = Mapping[str, "bytes | Unusable | None"]
"""What stands under names in `.github/workflows`; None = no such file. Other names were not looked up."""


def parse_workflow(file: str, text: bytes) -> Workflow | Unusable:
    """Read a workflow file."""
    report = Report()
    tree = read_workflow(file, text, report)
    if tree is None or report.failed:
        first = report.findings([file])[0]
        return Unusable(f"line {first.line}, column {first.column}: {first.message}")
    top = _map(tree)
    run_name = top.get("run-name")
    return Workflow(
        inputs=_inputs(top.get("on")),
        run_name=str(run_name.value) if run_name is not None else "",
        texts=tuple(_texts(top[name] for name in ("env", "jobs") if name in top)),
    )


def _inputs(on: Located | None) -> dict[str, Input] | None:
    """`on` is one event, a list of them, or a map with their settings."""
    if on is None:
        return None
    events = _map(on)
    if TRIGGER in events:
        declared = _map(_map(events[TRIGGER]).get("inputs"))
        return {name: _input(name, _map(entry)) for name, entry in declared.items()}
    named = on.value == TRIGGER or any(item.value == TRIGGER for item in items(on))
    return {} if named else None


def _input(name: str, settings: Mapping[str, Located]) -> Input:
    kind, required, default = (settings.get(key) for key in ("type", "required", "default"))
    return Input(
        name,
        type=str(kind.value) if kind is not None and kind.value is not None else "string",
        required=required is not None and required.value in (True, "true"),
        has_default=default is not None and default.value not in (None, ""),
        options=tuple(_written(item) for item in items(settings.get("options"))),
    )


def _written(node: Located) -> str:
    value = node.value
    return str(value).lower() if isinstance(value, bool) else str(value) if _is_scalar(node) else ""


def _is_scalar(node: Located) -> bool:
    return not isinstance(node.value, dict | tuple)


def _map(node: Located | None) -> Mapping[str, Located]:
    """A map's entries, empty ones too: `workflow_dispatch:` alone means something."""
    return node.value if node is not None and isinstance(node.value, dict) else {}


def _texts(nodes: Iterable[Located]) -> Iterable[str]:
    """Every text below some nodes, each value once: aliases may repeat it beyond measure."""
    waiting, seen = list(nodes), set[int]()
    while waiting:
        value = waiting.pop().value
        if isinstance(value, str):
            yield value
        elif isinstance(value, dict | tuple) and id(value) not in seen:
            seen.add(id(value))
            waiting += value.values() if isinstance(value, dict) else value


def _mentions(name: str, texts: Iterable[str]) -> bool:
    """Whether an expression reads an input: `inputs.sha`, `github.event.inputs.sha`, `inputs['sha']`."""
    form = re.compile(rf"\binputs\s*(?:\.\s*{name}(?![\w-])|\[\s*'{name}'\s*\])", re.IGNORECASE)
    return any(form.search(text) for text in texts)
