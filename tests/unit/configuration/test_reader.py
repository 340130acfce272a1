"""Reading YAML 1.2 with positions, and refusing what says something else than it seems to."""

# ruff: noqa: E501 - a row of a table is one case

import pytest

from bot.configuration.reader import DEPTH_MAX, FILE_BYTES_MAX, read_document, resolve
from bot.configuration.report import Report
from bot.domain.findings import Finding, Located, Position

FILE = "file.yml"


def outcome(text: bytes | str) -> tuple[Located | None, tuple[Finding, ...]]:
    report = Report()
    tree = read_document(FILE, text, report)
    return tree, report.findings([FILE])


def complaints(text: bytes | str) -> list[str]:
    return [str(each).removeprefix(f"{FILE}:") for each in outcome(text)[1]]


def value_of(text: str) -> object:
    tree, findings = outcome(f"key: {text}\n")
    assert not findings
    assert tree is not None
    assert isinstance(tree.value, dict)
    return tree.value["key"].value


@pytest.mark.parametrize(
    "written,meant",
    [
        ("off", "off"),
        ("yes", "yes"),
        ("No", "No"),
        ("on", "on"),
        ("true", True),
        ("True", True),
        ("FALSE", False),
        ("16:00", "16:00"),
        ("1:30:00", "1:30:00"),
        ("010", 10),
        ("0o17", 15),
        ("0x1F", 31),
        ("0b101", "0b101"),
        ("1_000", "1_000"),
        ("-5", -5),
        ("+5", 5),
        ("1.50", 1.5),
        (".5", 0.5),
        ("1e3", 1000.0),
        ("1.2.3", "1.2.3"),
        ("2026-12-24", "2026-12-24"),
        ("2026-12-24T16:00:00Z", "2026-12-24T16:00:00Z"),
        ("10%", "10%"),
        ("~", None),
        ("null", None),
        ("", None),
        ("'true'", "true"),
        ('"10"', "10"),
        ("=", "="),
        ("-", "-"),
        (".", "."),
    ],
)
def test_plain_scalars_mean_what_yaml_1_2_says(written: str, meant: object) -> None:
    if written == "-":
        assert resolve("-") == meant
        return
    value = value_of(written)
    assert value == meant
    assert type(value) is type(meant)


def test_every_value_and_key_knows_where_it_stands() -> None:
    tree, _ = outcome("a: 1\nb:\n  - x\n  - {c: 'y'}\n")
    assert tree is not None
    assert isinstance(tree.value, dict)
    listed = tree.value["b"]
    assert listed.key == Position(FILE, 2, 1)
    assert listed.position == Position(FILE, 3, 3)
    assert isinstance(listed.value, tuple)
    inner = listed.value[1].value
    assert isinstance(inner, dict)
    assert inner["c"] == Located("y", Position(FILE, 4, 9), Position(FILE, 4, 6))


def test_columns_count_characters_not_bytes() -> None:
    tree, _ = outcome("ключ: {ж: значение}\n")
    assert tree is not None
    assert isinstance(tree.value, dict)
    inner = tree.value["ключ"].value
    assert isinstance(inner, dict)
    assert inner["ж"].position == Position(FILE, 1, 11)


@pytest.mark.parametrize("text", ["", "\n\n", "# nothing\n", "---\n", "~\n", "\ufeff"])
def test_a_file_without_content_is_an_empty_map(text: str) -> None:
    tree, findings = outcome(text)
    assert tree is not None
    assert tree.value == {}
    assert findings == ()


def test_a_byte_order_mark_is_fine() -> None:
    tree, findings = outcome(b"\xef\xbb\xbfa: 1\n")
    assert tree is not None
    assert findings == ()
    assert tree.position == Position(FILE, 1, 1)


@pytest.mark.parametrize(
    "text,complaint",
    [
        ("a: 1\nb: 2\na: 3\n", "3:1: the key `a` stands here a second time; first in line 1"),
        ("x: {a: 1, a: 2}\n", "1:11: the key `a` stands here a second time; first in line 1"),
        ("a: &x 1\n", "1:4: anchors (`&x`) are not allowed"),
        ("a: &x [1]\n", "1:4: anchors (`&x`) are not allowed"),
        ("a: {<<: {b: 1}}\n", "1:5: merge keys (`<<`) are not allowed; write the values out"),
        (
            "a: !!str 1\n",
            "1:4: tags (`tag:yaml.org,2002:str`) are not allowed; quotes make text, their absence the rest",
        ),
        ("a: ! 1\n", "1:4: tags (`!`) are not allowed; quotes make text, their absence the rest"),
        (
            "a: !!python/object/apply:os.system [x]\n",
            "1:4: tags (`tag:yaml.org,2002:python/object/apply:os.system`) are not allowed; quotes make text, their absence the rest",
        ),
        ("a: 1\n---\nb: 2\n", "2:1: a second document begins here; one file is one document"),
        ("- a\n- b\n", "1:1: the file must be a map: lines of the form `key: value`"),
        ("just text\n", "1:1: the file must be a map: lines of the form `key: value`"),
        ("1: a\n", "1:1: a key must be text; put it in quotes"),
        ("a:\n  true: x\n", "2:3: a key must be text; put it in quotes"),
        ("? [a, b]\n: c\n", "1:3: a key must be text; put it in quotes"),
        ("a:\n\t- b\n", "2:1: this is not valid YAML: tabs cannot indent; use blanks"),
        ("a: .inf\n", "1:4: infinity and not-a-number are no usable values; put text in quotes"),
        ("a: -.INF\n", "1:4: infinity and not-a-number are no usable values; put text in quotes"),
        ("a: 1e999\n", "1:4: this number is too large; put text in quotes"),
        ("a: 9223372036854775808\n", "1:4: whole numbers have at most 64 bits; put text in quotes"),
        ("a: " + "9" * 5000 + "\n", "1:4: whole numbers have at most 64 bits; put text in quotes"),
        ("a: 'x\x00y'\n", "1:6: the character U+0000 is not allowed in YAML"),
        ("a: b\nc: \x1b[31m\n", "2:4: the character U+001B is not allowed in YAML"),
        (b"a: \xff\n", "1:4: the file is not UTF-8 text"),
        (b"\xef\xbb\xbfa: b\nc: \xc3(\n", "2:4: the file is not UTF-8 text"),
        ("a: b\n".encode("utf-16"), "1:1: the file is not UTF-8 text"),
        ("a: \ud800\n", "1:4: the file is not UTF-8 text"),
    ],
)
def test_what_is_refused_is_named_with_its_place(text: bytes | str, complaint: str) -> None:
    assert complaints(text) == [complaint]


@pytest.mark.parametrize(
    "text,place", [("a: b: c\n", "1:5"), ("a: [1, 2\n", "2:1"), ("a: 'b\n", "2:1"), ("a: }\n", "1:4")]
)
def test_a_syntax_error_is_named_with_its_place_in_the_parsers_words(text: str, place: str) -> None:
    (complaint,) = complaints(text)
    assert complaint.startswith(f"{place}: this is not valid YAML: ")


def test_an_alias_is_refused_and_stands_for_nothing() -> None:
    tree, _ = outcome("a: &x 1\nb: *x\n")
    assert complaints("a: &x 1\nb: *x\n") == [
        "1:4: anchors (`&x`) are not allowed",
        "2:4: aliases (`*x`) are not allowed; write the value out",
    ]
    assert tree is not None
    assert isinstance(tree.value, dict)
    assert tree.value["b"].broken


def test_a_finding_of_the_reader_says_its_path() -> None:
    _, findings = outcome("a:\n  b:\n    - {c: 1, c: 2}\n")
    assert [each.path for each in findings] == ["a.b[0].?"]


def test_reading_goes_on_after_a_refused_key() -> None:
    assert complaints("a: 1\na: {b: [1, 2]}\nc: &y 2\n") == [
        "2:1: the key `a` stands here a second time; first in line 1",
        "3:4: anchors (`&y`) are not allowed",
    ]


def test_the_largest_file_is_read_and_a_larger_one_is_not() -> None:
    padding = "#" * (FILE_BYTES_MAX - len("a: 1\n"))
    assert complaints("a: 1\n" + padding) == []
    assert complaints("a: 1\n#" + padding) == ["1:1: the file has 65537 bytes; the limit is 65536"]


def test_the_limit_counts_bytes() -> None:
    assert complaints("a: " + "ж" * (FILE_BYTES_MAX // 2)) == [
        "1:1: the file has 65539 bytes; the limit is 65536"
    ]


@pytest.mark.parametrize("opening", ["[", "{a: ", "- ", "? "])
def test_deep_nesting_is_refused(opening: str) -> None:
    assert complaints(opening * (DEPTH_MAX + 1))[0].endswith(f"nested more than {DEPTH_MAX} deep")


@pytest.mark.parametrize(
    "opening", ["[", "{", "{a: ", "- ", "? ", "[{a: ", "'", '"', "!", "&a ", "*a ", "|\n ", "%"]
)
def test_a_file_full_of_openings_does_not_overflow(opening: str) -> None:
    assert complaints(opening * (FILE_BYTES_MAX // len(opening)))


def test_the_deepest_allowed_nesting_is_read() -> None:
    tree, findings = outcome("a: " + "[" * (DEPTH_MAX - 1) + "]" * (DEPTH_MAX - 1))
    assert tree is not None
    assert findings == ()
