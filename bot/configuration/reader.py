"""Reads a YAML file as people mean it, and remembers where everything stands.

YAML 1.2's core schema on PyYAML's parser: `off` is text, `16:00` is text, `010` is ten, dates stay
text. What makes a file say something else than it seems to is refused: duplicate keys, anchors,
aliases, merge keys, tags, a second document. The parser's events are taken one by one with a stack of
our own: composing by recursion could be driven to overflow by a file of brackets. Must never raise.

GitHub's workflow files are read by the same rules but for anchors and aliases, which are allowed there.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

import yaml

from bot.configuration.report import Report, quoted
from bot.domain.findings import Located, Position, Scalar

FILE_BYTES_MAX = 64 * 1024
WORKFLOW_BYTES_MAX = 256 * 1024
DEPTH_MAX = 32

_LOADER = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
_CONSTANTS: dict[str, bool | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_NUMBER_BEGINS = frozenset("-+.0123456789")
_INTEGER = re.compile(r"[-+]?[0-9]+")
_OCTAL_OR_HEX = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_NOT_FINITE = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
_INTEGER_MAX = 2**63 - 1
_DIGITS_MAX = 40
_FORBIDDEN = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")


def read_document(file: str, text: bytes | str, report: Report) -> Located | None:
    """Read one file into a tree whose top is a map; an empty file is an empty map.

    None = it could not be read; `report` then says why. A tree may come with errors too.
    """
    return _read(_Composer(file, report), text, FILE_BYTES_MAX)


def read_workflow(file: str, text: bytes, report: Report) -> Located | None:
    """Read a workflow file as `read_document` does; an alias is the value that its anchor stands at.

    Such a tree is small, but walking it may not be: one value may stand at many places.
    """
    return _read(_WorkflowComposer(file, report), text, WORKFLOW_BYTES_MAX)


def _read(composer: "_Composer", text: bytes | str, bytes_max: int) -> Located | None:
    file, report = composer.file, composer.report
    decoded = _decoded(file, text, report, bytes_max)
    if decoded is None:
        return None
    try:
        composer.take_all(yaml.parse(decoded, Loader=_LOADER))
    except yaml.YAMLError as error:
        _report_syntax(error, file, decoded, report)
        return None
    root = composer.root
    if root is None:
        return None if report.failed else Located({}, Position(file, 1, 1))
    if root.value is None and not root.broken:
        return Located({}, root.position)
    if not isinstance(root.value, dict):
        report.error(root.position, "", "the file must be a map: lines of the form `key: value`")
        return None
    return root


def _decoded(file: str, text: bytes | str, report: Report, bytes_max: int) -> str | None:
    raw = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    if len(raw) > bytes_max:
        report.error(Position(file, 1, 1), "", f"the file has {len(raw)} bytes; the limit is {bytes_max}")
        return None
    try:
        decoded = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        # With a byte order mark the offset counts from behind it.
        before = raw.removeprefix(b"\xef\xbb\xbf")[: error.start].decode("utf-8", "replace")
        report.error(_position_after(file, before), "", "the file is not UTF-8 text")
        return None
    forbidden = _FORBIDDEN.search(decoded)
    if forbidden:
        position = _position_after(file, decoded[: forbidden.start()])
        report.error(position, "", f"the character U+{ord(forbidden[0]):04X} is not allowed in YAML")
        return None
    return decoded


def _position_after(file: str, before: str) -> Position:
    return Position(file, before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1)


def _report_syntax(error: yaml.YAMLError, file: str, text: str, report: Report) -> None:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    problem = getattr(error, "problem", None) or "it cannot be read"
    line, column = (mark.line, mark.column) if mark else (0, 0)
    lines = text.split("\n")
    if line < len(lines) and lines[line][column : column + 1] == "\t":
        problem = "tabs cannot indent; use blanks"
    report.error(Position(file, line + 1, column + 1), "", f"this is not valid YAML: {problem}")


@dataclass(slots=True)
class _Open:
    """A map or list that has begun. In a map `name` is the key whose value comes next."""

    position: Position
    is_map: bool
    anchor: str | None = None
    entries: dict[str, Located] = field(default_factory=dict)
    items: list[Located] = field(default_factory=list)
    keys: dict[str, Position] = field(default_factory=dict)
    name: str | None = None
    name_position: Position | None = None

    def closed(self) -> dict[str, Located] | tuple[Located, ...]:
        return self.entries if self.is_map else tuple(self.items)


class _Composer:
    """Builds the tree from events. Whatever is refused is reported, and reading goes on around it."""

    def __init__(self, file: str, report: Report) -> None:
        self.root: Located | None = None
        self.file = file
        self.report = report
        self._open: list[_Open] = []
        self._documents = 0

    def take_all(self, events: Iterable[yaml.Event]) -> None:
        """Take events until the end, or until going on makes no sense."""
        for event in events:
            if not self._take(event):
                self.root = None
                return

    def _take(self, event: yaml.Event) -> bool:
        mark = event.start_mark
        position = Position(self.file, mark.line + 1, mark.column + 1) if mark else Position(self.file, 1, 1)
        if isinstance(event, yaml.ScalarEvent):
            self._refuse_extras(event, position)
            self._put(self._scalar(event, position), event.anchor)
        elif isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
            return self._begin(event, position)
        elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
            ended = self._open.pop()
            self._put(Located(ended.closed(), ended.position), ended.anchor)
        elif isinstance(event, yaml.AliasEvent):
            self._put(self._aliased(event.anchor or "", position))
        elif isinstance(event, yaml.DocumentStartEvent):
            self._documents += 1
            if self._documents > 1:
                self._refuse(position, "a second document begins here; one file is one document")
                return False
        return True

    def _begin(self, event: "yaml.MappingStartEvent | yaml.SequenceStartEvent", position: Position) -> bool:
        self._refuse_extras(event, position)
        if len(self._open) >= DEPTH_MAX:
            self._refuse(position, f"maps and lists are nested more than {DEPTH_MAX} deep")
            return False
        self._open.append(_Open(position, isinstance(event, yaml.MappingStartEvent), event.anchor))
        return True

    def _aliased(self, anchor: str, position: Position) -> Located:
        self._refuse(position, f"aliases ({quoted(f'*{anchor}')}) are not allowed; write the value out")
        return Located(None, position, broken=True)

    def _scalar(self, event: yaml.ScalarEvent, position: Position) -> Located:
        is_plain = not event.style
        try:
            return Located(resolve(event.value) if is_plain else event.value, position)
        except ValueError as error:
            self._refuse(position, str(error))
            return Located(None, position, broken=True)

    def _put(self, node: Located, _anchor: str | None = None) -> None:
        if not self._open:
            self.root = node
            return
        top = self._open[-1]
        if not top.is_map:
            top.items.append(node)
        elif top.name_position is None:
            self._name(top, node)
        else:
            if top.name is not None:
                top.entries[top.name] = Located(node.value, node.position, top.name_position, node.broken)
            top.name = top.name_position = None

    def _name(self, top: _Open, node: Located) -> None:
        """Take a key. A refused one leaves `name` None, so that its value is read and dropped."""
        top.name_position = node.position
        name = None if node.broken else self._key(node)
        if name is None:
            return
        if name in top.keys:
            first = top.keys[name].line
            self._refuse(
                node.position, f"the key {quoted(name)} stands here a second time; first in line {first}"
            )
        else:
            top.name = name
            top.keys[name] = node.position

    def _key(self, node: Located) -> str | None:
        if not isinstance(node.value, str):
            self._refuse(node.position, "a key must be text; put it in quotes")
        elif node.value == "<<":
            self._refuse(node.position, "merge keys (`<<`) are not allowed; write the values out")
        else:
            return node.value
        return None

    def _refuse_extras(self, event: yaml.NodeEvent, position: Position) -> None:
        if event.anchor is not None:
            self._refuse(position, f"anchors ({quoted(f'&{event.anchor}')}) are not allowed")
        tag = getattr(event, "tag", None)
        if tag is not None:
            self._refuse(
                position, f"tags ({quoted(tag)}) are not allowed; quotes make text, their absence the rest"
            )

    def _refuse(self, position: Position, message: str) -> None:
        self.report.error(position, self._path(), message)

    def _path(self) -> str:
        names = (f"[{len(each.items)}]" if not each.is_map else f".{each.name or '?'}" for each in self._open)
        return "".join(names).removeprefix(".")


class _WorkflowComposer(_Composer):
    """Also follows aliases, to what was read before them: a value within itself is refused."""

    def __init__(self, file: str, report: Report) -> None:
        super().__init__(file, report)
        self._anchored: dict[str, Located] = {}

    def _put(self, node: Located, anchor: str | None = None) -> None:
        if anchor is not None:
            self._anchored[anchor] = node
        super()._put(node)

    def _aliased(self, anchor: str, position: Position) -> Located:
        found = self._anchored.get(anchor)
        if found is None:
            self._refuse(position, f"there is no anchor {quoted(f'&{anchor}')} before this alias")
            return Located(None, position, broken=True)
        return Located(found.value, position, broken=found.broken)

    def _scalar(self, event: yaml.ScalarEvent, position: Position) -> Located:
        try:
            return Located(event.value if event.style else resolve(event.value), position)
        except ValueError:
            return Located(event.value, position)

    def _key(self, node: Located) -> str | None:
        return None if isinstance(node.value, dict | tuple) else str(node.value)

    def _refuse_extras(self, event: yaml.NodeEvent, position: Position) -> None:
        """GitHub decides what it makes of tags, merge keys and odd numbers: none of them matters here."""


def resolve(text: str) -> Scalar:
    """Give the value of a plain scalar by YAML 1.2's core schema. Raises ValueError for unusable numbers."""
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if text[0] not in _NUMBER_BEGINS:
        return text
    if _INTEGER.fullmatch(text):
        return _integer(text, 10)
    if _OCTAL_OR_HEX.fullmatch(text):
        return _integer(text[2:], 8 if text[1] == "o" else 16)
    if _NOT_FINITE.fullmatch(text):
        raise ValueError("infinity and not-a-number are no usable values; put text in quotes")
    if not _FLOAT.fullmatch(text):
        return text
    number = float(text)
    if number in (float("inf"), float("-inf")):
        raise ValueError("this number is too large; put text in quotes")
    return number


def _integer(digits: str, base: int) -> int:
    # Python refuses to convert thousands of digits, so the length comes first.
    number = int(digits, base) if len(digits) <= _DIGITS_MAX else _INTEGER_MAX + 1
    if abs(number) > _INTEGER_MAX:
        raise ValueError("whole numbers have at most 64 bits; put text in quotes")
    return number
