"""Merging: maps by key, lists replaced, null unsets, and everything keeps its place."""

import pytest

from bot.configuration.layers import child, entries, is_unset, items, merge, text, texts
from bot.configuration.reader import read_document
from bot.configuration.report import Report
from bot.domain.findings import Located


def tree(name: str, source: str) -> Located:
    report = Report()
    read = read_document(name, source, report)
    assert read is not None
    assert not report.failed
    return read


def plain(node: Located) -> object:
    value = node.value
    if isinstance(value, dict):
        return {name: plain(entry) for name, entry in value.items() if not is_unset(entry)}
    return [plain(item) for item in value] if isinstance(value, tuple) else value


@pytest.mark.parametrize(
    "near,far,merged",
    [
        ("{a: 1}", "{b: 2}", {"a": 1, "b": 2}),
        ("{a: 1}", "{a: 2}", {"a": 1}),
        ("{a: {x: 1}}", "{a: {y: 2}}", {"a": {"x": 1, "y": 2}}),
        ("{a: [1]}", "{a: [2, 3]}", {"a": [1]}),
        ("{a: null}", "{a: {x: 1}}", {}),
        ("{a: {x: null}}", "{a: {x: 1, y: 2}}", {"a": {"y": 2}}),
        ("{a: 1}", "{a: {x: 1}}", {"a": 1}),
        ("{a: {x: 1}}", "{a: 5}", {"a": {"x": 1}}),
        ("{a: {}}", "{a: {x: 1}}", {"a": {"x": 1}}),
        ("{a: []}", "{a: [1]}", {"a": []}),
        ("{a: null}", "{}", {}),
        ("{a: [{x: null, y: 1}, null]}", "{}", {"a": [{"y": 1}, None]}),
        ("{}", "{a: {x: null}, b: null}", {"a": {}}),
    ],
)
def test_two_files_merge(near: str, far: str, merged: object) -> None:
    assert plain(merge([tree("near", near), tree("far", far)])) == merged


def test_three_files_merge_nearest_first() -> None:
    layers = [
        tree("a", "{x: 1}"),
        tree("b", "{x: 2, y: {p: null}}"),
        tree("c", "{x: 3, y: {p: 3, q: 3}, z: 3}"),
    ]
    assert plain(merge(layers)) == {"x": 1, "y": {"q": 3}, "z": 3}


def test_what_a_near_null_unsets_stays_unset_whoever_said_it() -> None:
    layers = [tree("a", "{x: null}"), tree("b", "{x: 2}"), tree("c", "{x: 3}")]
    assert plain(merge(layers)) == {}


def test_a_nearer_file_sets_again_what_a_farther_one_unset() -> None:
    layers = [tree("a", "{x: {p: 1}}"), tree("b", "{x: null}"), tree("c", "{x: {q: 3}}")]
    assert plain(merge(layers)) == {"x": {"p": 1}}


def test_the_order_is_that_of_the_nearest_file_that_names_any() -> None:
    far = tree("far", "{e: {staging: {}, production: {}, canary: {}}}")
    assert list(entries(child(merge([tree("near", "{e: {production: {}}}"), far]), "e"))) == [
        "production",
        "staging",
        "canary",
    ]
    assert list(entries(child(merge([tree("near", "{x: 1}"), far]), "e"))) == [
        "staging",
        "production",
        "canary",
    ]


def test_values_keep_the_place_they_came_from() -> None:
    merged = merge([tree("near", "a:\n  x: 1\n"), tree("far", "a:\n  y: 2\n")])
    places = {name: entry.position for name, entry in entries(child(merged, "a")).items()}
    assert {name: (place.file, place.line) for name, place in places.items()} == {
        "x": ("near", 2),
        "y": ("far", 2),
    }


def test_looking_into_a_tree_of_another_shape_finds_nothing() -> None:
    node = tree("file", "{a: [x, 1], b: text}")
    assert child(node, "b", "c") is None
    assert entries(child(node, "a")) == {}
    assert items(child(node, "b")) == ()
    assert text(child(node, "a")) is None
    assert [word for word, _ in texts(child(node, "a"))] == ["x"]
