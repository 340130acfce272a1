"""Makes examples of a struct that together use every field, every alternative and every default.

One example has everything, one only what is required; from the first one each field is changed in turn to its
other alternatives. The alternatives of what lies deeper are tried once, in the first record that holds it.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
from msgspec import inspect

Record = dict[str, Any]
DEPTH_MAX = 12


class Examples:
    """Remembers which structs were varied already, so that a catalogue stays small."""

    def __init__(self) -> None:
        self._varied: set[type] = set()

    def of(self, kind: type) -> list[Record]:
        """Give examples as plain values, the fullest first."""
        described = inspect.type_info(kind)
        if not isinstance(described, inspect.StructType):
            raise TypeError(f"{kind.__name__} is no struct")
        return _unique([*self._full_and_varied(described), _least(described)])

    def _full_and_varied(self, kind: inspect.StructType) -> Iterator[Record]:
        self._varied.add(kind.cls)
        full = _fullest(kind)
        yield full
        for field in kind.fields:
            for other in self._alternatives(field.type):
                yield {**full, field.encode_name: other}

    def _alternatives(self, described: inspect.Type) -> Iterator[Any]:
        """Every other value that shows something new about a type."""
        match described:
            case inspect.UnionType(types=types):
                for one in types:
                    yield _fullest(one)
                    yield from self._alternatives(one)
            case inspect.LiteralType(values=values):
                yield from values
            case inspect.BoolType():
                yield from (True, False)
            case inspect.StructType(cls=cls) if cls not in self._varied:
                yield from self._full_and_varied(described)
                yield _least(described)
            case _:
                yield from self._of_container(described)

    def _of_container(self, described: inspect.Type) -> Iterator[Any]:
        match described:
            case inspect.VarTupleType(item_type=item) | inspect.ListType(item_type=item):
                yield []
                yield from ([other] for other in self._alternatives(item))
            case inspect.TupleType(item_types=items):
                whole = [_fullest(item) for item in items]
                for place, item in enumerate(items):
                    for other in self._alternatives(item):
                        yield [*whole[:place], other, *whole[place + 1 :]]
            case inspect.DictType(value_type=value):
                yield {}
                yield from ({"name": other} for other in self._alternatives(value))
            case _:
                return


def _fullest(described: inspect.Type) -> Any:
    match described:
        case inspect.StructType(fields=fields):
            return _tag(described) | {field.encode_name: _fullest(field.type) for field in fields}
        case inspect.UnionType(types=types):
            return _fullest(next(one for one in types if not isinstance(one, inspect.NoneType)))
        case inspect.VarTupleType(item_type=item) | inspect.ListType(item_type=item):
            return [_fullest(item)]
        case inspect.TupleType(item_types=items):
            return [_fullest(item) for item in items]
        case inspect.DictType(value_type=value):
            return {"name": _fullest(value)}
        case inspect.LiteralType(values=values):
            return values[0]
        case _:
            return _plain(described)


def _plain(described: inspect.Type) -> Any:
    simple: Mapping[type[inspect.Type], Any] = {
        inspect.StrType: "text",
        inspect.IntType: 7,
        inspect.FloatType: 1.5,
        inspect.BoolType: True,
        inspect.NoneType: None,
        inspect.AnyType: {"nested": [1, "two", None]},
        inspect.BytesType: b"bytes",
    }
    if type(described) not in simple:
        raise TypeError(f"there is no example of {described}")
    return simple[type(described)]


def _least(kind: inspect.StructType) -> Record:
    """Only what has no default; what lies deeper is as small."""
    return _tag(kind) | {field.encode_name: _smallest(field.type) for field in kind.fields if field.required}


def _tag(kind: inspect.StructType) -> Record:
    return {} if kind.tag_field is None else {kind.tag_field: kind.tag}


def _smallest(described: inspect.Type) -> Any:
    match described:
        case inspect.StructType():
            return _least(described)
        case inspect.UnionType(types=types):
            nothing = any(isinstance(one, inspect.NoneType) for one in types)
            return None if nothing else _smallest(types[0])
        case inspect.VarTupleType() | inspect.ListType():
            return []
        case inspect.DictType():
            return {}
        case _:
            return _fullest(described)


def _unique(records: list[Record]) -> list[Record]:
    seen: dict[bytes, Record] = {}
    for record in records:
        seen.setdefault(msgspec.msgpack.encode(record, order="deterministic"), record)
    return list(seen.values())
