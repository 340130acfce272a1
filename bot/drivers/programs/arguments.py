"""Fills the arguments of a program from an order: `{environment}`, `{sha}`, `{params.NAME}` and the like.

What people may choose (a branch's name, a parameter) is checked, so that it stays one argument and is never
read as an option. Must never hand a program a value that it could take for something else than a value.
"""

import re
from collections.abc import Iterator, Mapping, Sequence

from bot.domain.effects import CallDeployer

VALUE_CHARS_MAX = 255
PLACEHOLDERS = (
    "environment",
    "sha",
    "service",
    "deployment",
    "request",
    "repository",
    "ref",
    "action",
    "previous_sha",
)
PARAMETER = "params."
MAY_BE_EMPTY = "previous_sha"  # nothing was there before

_PIECE = re.compile(r"\{\{|\}\}|\{[^{}]*\}|[{}]|[^{}]+")
_VALUE = re.compile(r"[!-~]+")
_SHA = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
# Of what git allows in a name, that which no shell and no program takes for more than a name.
_REF = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/+@#=,%-]*")


class ArgumentsRefused(Exception):
    """The arguments cannot be made; the message says which, and why. It never repeats a value."""


def values_of(call: CallDeployer) -> dict[str, str]:
    """Give the value of each placeholder for a call."""
    order = call.order
    values = {
        "environment": order.environment,
        "sha": order.sha,
        "service": order.service,
        "deployment": order.id,
        "request": order.request,
        "repository": order.repository.full_name,
        "ref": order.ref,
        "action": call.action,
        "previous_sha": call.previous_sha or "",
    }
    return values | {PARAMETER + name: _written(value) for name, value in order.params.items()}


def fill(run: Sequence[str], values: Mapping[str, str]) -> tuple[str, ...]:
    """Fill the arguments of a program. Raises ArgumentsRefused."""
    for problem in problems(run):
        raise ArgumentsRefused(problem)
    return tuple(_filled(template, values) for template in run)


def problems(run: Sequence[str]) -> Iterator[str]:
    """Say what is wrong with a program's arguments whatever the values are, one sentence each."""
    for index, template in enumerate(run):
        for piece in _PIECE.findall(template):
            problem = _problem(piece)
            if problem is not None:
                yield f"Argument {index} of the program in the instance file cannot be filled: {problem}."
            elif index == 0 and _name(piece) is not None:
                yield "The program itself cannot be chosen by a placeholder: its name has to stand as it is."


def _problem(piece: str) -> str | None:
    if piece in ("{", "}"):
        return f"a single `{piece}` stands in it; double it where it is meant as itself"
    name = _name(piece)
    if name is None or name in PLACEHOLDERS or (name.startswith(PARAMETER) and name != PARAMETER):
        return None
    known = ", ".join(f"{{{each}}}" for each in PLACEHOLDERS)
    return f"`{piece}` is no placeholder; there are {known} and {{params.NAME}}"


def _name(piece: str) -> str | None:
    """The name in a placeholder; None = the piece is none."""
    return piece[1:-1] if piece.startswith("{") and piece.endswith("}") else None


def _filled(template: str, values: Mapping[str, str]) -> str:
    pieces = _PIECE.findall(template)
    text = "".join(_piece(piece, values) for piece in pieces)
    first = _name(pieces[0]) if pieces else None
    if first is not None and text.startswith("-"):
        raise ArgumentsRefused(
            f"The value of {{{first}}} begins with `-` and would be read as an option. "
            f"Write it as `--name={{{first}}}` in the instance file, if it is meant."
        )
    return text


def _piece(piece: str, values: Mapping[str, str]) -> str:
    name = _name(piece)
    if name is None:
        return {"{{": "{", "}}": "}"}.get(piece, piece)
    value = values.get(name)
    if value is None:
        parameter = name.removeprefix(PARAMETER)
        raise ArgumentsRefused(
            f"The program needs the parameter `{parameter}`, which has no value. "
            f"Give `{parameter}=…` with the command, or a default under `params` in the repository's file."
        )
    problem = _unfit(name, value)
    if problem is not None:
        raise ArgumentsRefused(f"The value of {{{name}}} cannot be handed to a program: it {problem}.")
    return value


def _unfit(name: str, value: str) -> str | None:
    """Say what is wrong with a value; None = nothing."""
    if not value:
        return None if name == MAY_BE_EMPTY else "is empty"
    if len(value) > VALUE_CHARS_MAX:
        return f"is longer than {VALUE_CHARS_MAX} characters"
    if not _VALUE.fullmatch(value):
        return "holds white space, a control character, or one that is not ASCII"
    if name in ("sha", "previous_sha") and not _SHA.fullmatch(value):
        return "is no full commit SHA"
    if name == "ref" and (not _REF.fullmatch(value) or ".." in value or "@{" in value):
        return "holds a character other than letters, digits and `. _ / + @ # = , % -`, or begins with one"
    return None


def _written(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
