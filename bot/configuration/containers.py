"""Lists and maps of shapes: the same three duties as a single shape, and each entry keeps its own position.

All entries are read even if the first one is wrong, so that people see every mistake at once.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Generic, TypeVar

from msgspec import NODEFAULT, Struct
from msgspec.structs import fields

from bot.configuration.layers import is_unset
from bot.configuration.report import Report
from bot.configuration.shapes import INVALID, Invalid, Problem, Read, Schema, Shape, Text
from bot.domain.findings import Located

T = TypeVar("T")
V = TypeVar("V")

_NAMED_MAX = 6


@dataclass(frozen=True)
class ListOf(Shape[T], Generic[T, V]):
    """A list of one shape. `build` makes the result; `problem` judges the whole."""

    item: Shape[V]
    build: Callable[[list[V]], T]
    least: int = 0
    most: int = 100
    problem: Problem[T] | None = None

    def accept(self, node: Located, path: str, report: Report) -> Read[T]:
        if not isinstance(node.value, tuple):
            return self.refuse(node, path, report)
        if not self.least <= len(node.value) <= self.most:
            report.error(node.position, path, f"expected {self.expected()}, found {len(node.value)}")
            return INVALID
        read = [self.item.read(item, f"{path}[{index}]", report) for index, item in enumerate(node.value)]
        kept = [each for each in read if not isinstance(each, Invalid)]
        if len(kept) < len(read):
            return INVALID
        return _judged(self.build(kept), self.problem, node, path, report)

    def expected(self) -> str:
        return f"a list of {self.least} to {self.most} entries"

    def schema(self) -> Schema:
        limits = {"minItems": self.least} if self.least else {}
        return {"type": "array", "items": self.item.schema(), **limits, "maxItems": self.most}

    def written(self, value: Any) -> Any:
        return list(value)


def listed(item: Shape[V], least: int = 0, most: int = 100) -> ListOf[tuple[V, ...], V]:
    """Describe a list that becomes a tuple."""
    return ListOf(item, tuple, least, most)


@dataclass(frozen=True)
class MapOf(Shape[T], Generic[T, V]):
    """A map whose keys people choose. `build` makes the result of its entries, in the file's order.

    `unsets` = an entry may be null, which takes away what a farther file says.
    """

    key: Text[str]
    value: Shape[V]
    build: Callable[[dict[str, V]], T]
    most: int = 100
    unsets: bool = True

    def accept(self, node: Located, path: str, report: Report) -> Read[T]:
        if not isinstance(node.value, dict):
            return self.refuse(node, path, report)
        if len(node.value) > self.most:
            report.error(node.position, path, f"expected {self.expected()}, found {len(node.value)}")
            return INVALID
        complete, kept = True, dict[str, V]()
        for name, entry in node.value.items():
            inner = _below(path, name)
            key = self.key.parsed(name, entry.named_at, inner, report)
            value = None if is_unset(entry) else self.value.read(entry, inner, report)
            if isinstance(key, Invalid) or isinstance(value, Invalid):
                complete = False
            elif value is not None:
                kept[name] = value
        return self.build(kept) if complete else INVALID

    def expected(self) -> str:
        return f"a map of at most {self.most} entries"

    def schema(self) -> Schema:
        value = self.value.schema()
        return {
            "type": "object",
            "propertyNames": self.key.schema(),
            "additionalProperties": or_null(value) if self.unsets else value,
            "maxProperties": self.most,
        }


@dataclass(frozen=True)
class Key(Generic[T]):
    """One key of a record. `to` is the attribute it fills, if that is called otherwise."""

    shape: Shape[T]
    description: str
    to: str | None = None
    required: bool = False


@dataclass(frozen=True)
class Record(Shape[T]):
    """A map with known keys. `struct` knows the defaults; `reserved` keys are taken and not yet active.

    `extra` adds to the JSON Schema what `problem` judges.
    """

    keys: Mapping[str, Key[Any]]
    build: Callable[..., T]
    struct: type[Struct] | None = None
    reserved: tuple[str, ...] = ()
    problem: Problem[T] | None = None
    extra: Schema = field(default_factory=dict)

    def without(self, *names: str) -> "Record[T]":
        """Give this record without some keys, which are then unknown."""
        return replace(self, keys={name: key for name, key in self.keys.items() if name not in names})

    def accept(self, node: Located, path: str, report: Report) -> Read[T]:
        if not isinstance(node.value, dict):
            return self.refuse(node, path, report)
        values: dict[str, Any] = {}
        complete = self._nothing_is_missing(node, node.value, path, report)
        for name, entry in node.value.items():
            inner = _below(path, name)
            key = self.keys.get(name)
            if key is None:
                complete = self._is_reserved(name, entry, inner, report) and complete
                continue
            if not is_unset(entry):
                values[key.to or name] = value = key.shape.read(entry, inner, report)
                complete = complete and not isinstance(value, Invalid)
        if not complete:
            return INVALID
        return _judged(self.build(**values), self.problem, node, path, report)

    def _nothing_is_missing(
        self, node: Located, present: Mapping[str, Located], path: str, report: Report
    ) -> bool:
        said = {name for name, entry in present.items() if not is_unset(entry)}
        missing = [name for name, key in self.keys.items() if key.required and name not in said]
        where = f" in `{path}`" if path else ""
        for name in missing:
            report.error(node.named_at, _below(path, name), f"the key `{name}` is missing{where}")
        return not missing

    def _is_reserved(self, name: str, entry: Located, path: str, report: Report) -> bool:
        if name in self.reserved:
            report.warning(entry.named_at, path, f"`{name}` is not yet active: nothing follows from it")
            return True
        report.unknown(entry.named_at, path, ("key", name), (*self.keys, *self.reserved))
        return False

    def expected(self) -> str:
        names = [f"`{name}`" for name in self.keys]
        return f"a map (with {', '.join(names[:_NAMED_MAX])}{', …' if len(names) > _NAMED_MAX else ''})"

    def schema(self) -> Schema:
        defaults = _defaults(self.struct) if self.struct else {}
        properties = {name: _property(name, key, defaults) for name, key in self.keys.items()}
        properties |= {name: {"description": "Reserved: not yet active."} for name in self.reserved}
        required = [name for name, key in self.keys.items() if key.required]
        return {
            "type": "object",
            "properties": properties,
            **({"required": required} if required else {}),
            "additionalProperties": False,
            **self.extra,
        }


@dataclass(frozen=True)
class Either(Shape[T]):
    """Text of one shape, or a map of another."""

    text: Shape[T]
    map: Shape[T]

    def accept(self, node: Located, path: str, report: Report) -> Read[T]:
        if isinstance(node.value, dict):
            return self.map.read(node, path, report)
        if isinstance(node.value, str):
            return self.text.read(node, path, report)
        return self.refuse(node, path, report)

    def expected(self) -> str:
        return f"{self.text.expected()}, or {self.map.expected()}"

    def schema(self) -> Schema:
        return {"anyOf": [self.text.schema(), self.map.schema()]}


def or_null(schema: Schema) -> Schema:
    """Also allow null, which unsets what a farther file says."""
    if not schema:
        return schema
    if isinstance(schema.get("type"), str) and "anyOf" not in schema:
        return schema | {"type": [schema["type"], "null"]}
    return {"anyOf": [schema, {"type": "null"}]}


def _below(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _judged(value: T, problem: Problem[T] | None, node: Located, path: str, report: Report) -> Read[T]:
    message = problem(value) if problem else None
    if message is None:
        return value
    report.error(node.position, path, message)
    return INVALID


def _property(name: str, key: Key[Any], defaults: Mapping[str, Any]) -> Schema:
    described = key.shape.schema() if key.required else or_null(key.shape.schema())
    default = defaults.get(key.to or name)
    shown = isinstance(default, bool | int | str | tuple)
    return {
        "description": key.description,
        **described,
        **({"default": key.shape.written(default)} if shown else {}),
    }


def _defaults(struct: type[Struct]) -> dict[str, Any]:
    return {each.name: each.default for each in fields(struct) if each.default is not NODEFAULT}
