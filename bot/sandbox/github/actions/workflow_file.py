"""Reads a workflow file: how it can be dispatched, its title, its jobs with their steps.

Every value stays text, so that `on` is a key and `true` a word ("Workflow syntax for GitHub Actions"). What
is not simulated is refused, never passed over: a run that ignored a condition or a matrix would be a lie.
It must never run anything.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

INPUT_TYPES = ("string", "boolean", "choice", "number", "environment")
INPUTS_MAX = 25
_NOT_SIMULATED = ("if", "strategy", "uses", "continue-on-error")
_EXPRESSION = re.compile(r"\$\{\{\s*(.*?)\s*\}\}")
_INPUT = re.compile(
    r"(?:github\.event\.)?inputs(?:\.([a-z_][\w-]*)|\[\s*'([a-z_][\w-]*)'\s*\])", re.IGNORECASE
)


class Unreadable(Exception):
    """The file is no workflow, or says something that is not simulated."""


@dataclass(frozen=True, slots=True)
class InputRule:
    """One input of `workflow_dispatch`; `options` are a choice's."""

    name: str
    kind: str = "string"
    required: bool = False
    default: str | None = None
    options: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class JobPlan:
    """One job; `environment` is empty where it has none. Expressions are still in the texts."""

    key: str
    name: str
    needs: tuple[str, ...]
    environment: str
    steps: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WorkflowFile:
    """What a file says. `inputs` is None where it cannot be dispatched."""

    name: str
    run_name: str
    inputs: tuple[InputRule, ...] | None
    jobs: tuple[JobPlan, ...]


def read_workflow(text: str, path: str) -> WorkflowFile:
    """Reads a file; its name is its path where it names itself nothing. Raises Unreadable."""
    document = _document(text)
    inputs = _inputs(document.get("on"))
    jobs = tuple(_job(key, given) for key, given in _map(document.get("jobs"), "jobs").items())
    if not jobs:
        raise Unreadable("jobs: must have at least one job")
    _check_needs(jobs)
    name = _text(document.get("name"), "name") or path
    return WorkflowFile(name, _text(document.get("run-name"), "run-name"), inputs, jobs)


def filled(text: str, inputs: Mapping[str, str], context: Mapping[str, str]) -> str:
    """A text with its expressions replaced: inputs, and what `context` has (`github.actor`).

    Upper and lower case are the same in an expression, and an input that the file does not have is empty, as
    on GitHub ("Evaluate expressions in workflows and actions"). Raises Unreadable for anything else.
    """
    return _EXPRESSION.sub(_replacement(inputs, context), text)


def _replacement(inputs: Mapping[str, str], context: Mapping[str, str]) -> Callable[[re.Match[str]], str]:
    known = {name.lower(): value for name, value in inputs.items()}

    def value(found: re.Match[str]) -> str:
        expression = found.group(1)
        named = _INPUT.fullmatch(expression)
        if named:
            return known.get((named.group(1) or named.group(2)).lower(), "")
        if expression in context:
            return context[expression]
        raise Unreadable(f"the expression {expression!r} is not simulated")

    return value


def _document(text: str) -> dict[str, Any]:
    try:
        document = yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506 - it makes texts, lists and maps only
    except yaml.YAMLError as error:
        raise Unreadable(" ".join(str(error).split())) from error
    return _map(document, "the file")


def _inputs(triggers: Any) -> tuple[InputRule, ...] | None:
    if isinstance(triggers, str | list):
        names = [triggers] if isinstance(triggers, str) else triggers
        return () if "workflow_dispatch" in names else None
    given = _map(triggers, "on")
    if "workflow_dispatch" not in given:
        return None
    found = _map(given["workflow_dispatch"] or {}, "workflow_dispatch").get("inputs") or {}
    rules = tuple(_input(name, rule) for name, rule in _map(found, "inputs").items())
    if len(rules) > INPUTS_MAX:
        raise Unreadable(f"you may only define up to {INPUTS_MAX} `inputs` for a `workflow_dispatch` event")
    return rules


def _input(name: str, given: Any) -> InputRule:
    rule = _map(given or {}, f"inputs.{name}")
    kind = _text(rule.get("type"), f"inputs.{name}.type") or "string"
    options = tuple(rule.get("options") or ())
    if kind not in INPUT_TYPES:
        raise Unreadable(f"inputs.{name}.type: unexpected value '{kind}'")
    if kind == "choice" and not options:
        raise Unreadable(f"inputs.{name}: a choice needs options")
    return InputRule(name, kind, rule.get("required") == "true", rule.get("default"), options)


def _job(key: str, given: Any) -> JobPlan:
    job = _map(given, f"jobs.{key}")
    for word in _NOT_SIMULATED:
        if word in job:
            raise Unreadable(f"jobs.{key}.{word} is not simulated")
    needs = job.get("needs") or []
    environment = job.get("environment") or ""
    if isinstance(environment, dict):
        environment = environment.get("name", "")
    steps = tuple(_step(key, step) for step in job.get("steps") or [])
    if not steps:
        raise Unreadable(f"jobs.{key}: needs steps")
    name = _text(job.get("name"), f"jobs.{key}.name") or key
    return JobPlan(key, name, (needs,) if isinstance(needs, str) else tuple(needs), environment, steps)


def _step(key: str, given: Any) -> str:
    step = _map(given, f"jobs.{key}.steps")
    for word in ("if", "continue-on-error"):
        if word in step:
            raise Unreadable(f"jobs.{key}.steps: {word} is not simulated")
    does = step.get("uses") or step.get("run")
    if not does:
        raise Unreadable(f"jobs.{key}.steps: a step needs `run` or `uses`")
    return step.get("name") or f"Run {does.splitlines()[0]}"


def _check_needs(jobs: tuple[JobPlan, ...]) -> None:
    """A job can only need others, and never in a circle."""
    done: set[str] = set()
    waiting = list(jobs)
    while waiting:
        ready = [job for job in waiting if done.issuperset(job.needs)]
        if not ready:
            raise Unreadable(f"jobs.{waiting[0].key}.needs: names a job that is not there, or a circle")
        done.update(job.key for job in ready)
        waiting = [job for job in waiting if job.key not in done]


def _map(given: Any, place: str) -> dict[str, Any]:
    if not isinstance(given, dict):
        raise Unreadable(f"{place}: must be a map")
    return given


def _text(given: Any, place: str) -> str:
    if given is not None and not isinstance(given, str):
        raise Unreadable(f"{place}: must be text")
    return given or ""
