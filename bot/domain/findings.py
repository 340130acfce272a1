"""What a configuration file says, where it says it, and what is wrong with it.

People fix a file by going to a line. So every value keeps its position through merging, and every
finding names file, line, column and what to do. Must never hold a secret's value.
"""

from typing import Literal, TypeAlias

from msgspec import Struct

Severity = Literal["error", "warning"]
Scalar: TypeAlias = str | int | float | bool | None


class Position(Struct, frozen=True):
    """A place in a file. Line and column count from 1, columns in characters."""

    file: str
    line: int
    column: int


class Located(Struct, frozen=True):
    """A value as a file says it: a scalar, a list (tuple) or a map (dict) of located values.

    `key` is where the key stands that names this value. `broken` = what stands here was already
    reported and is no value.
    """

    value: "Scalar | tuple[Located, ...] | dict[str, Located]"
    position: Position
    key: Position | None = None
    broken: bool = False

    @property
    def named_at(self) -> Position:
        """Where a person would point to: at the key if there is one, else at the value."""
        return self.key or self.position


class Finding(Struct, frozen=True):
    """One thing to mend in a configuration file. `path` reads like `environments.production.on_busy`."""

    file: str
    line: int
    column: int
    message: str
    severity: Severity = "error"
    path: str = ""

    def __str__(self) -> str:
        """`file:line:column: message`, as compilers write it; a warning's message says so first."""
        prefix = "warning: " if self.severity == "warning" else ""
        return f"{self.file}:{self.line}:{self.column}: {prefix}{self.message}"
