"""Commits and what can be asked of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.sandbox.github.history import Blob, Commit, Draft, History, Person, blob_of, entries_of, with_files

ADA = Person("Ada", "ada@example.com", "ada")
Files = dict[str, str]


def commit(history: History, files: Files, *parents: Commit) -> Commit:
    """A commit with exactly these files."""
    tree = with_files({}, files)
    shas = tuple(parent.sha for parent in parents)
    return history.add(Draft(tree, shas, ADA, ADA, "message", 1_000.0))


def texts(tree: dict[str, Blob] | None) -> Files | None:
    """A tree's files."""
    return None if tree is None else {path: blob.content.decode() for path, blob in tree.items()}


def test_the_same_content_has_the_same_id_as_in_git() -> None:
    assert blob_of(b"hello\n").sha == "ce013625030ba8dba906f756967f9e9ca394464a"


def test_a_commit_with_the_same_content_is_the_same_commit() -> None:
    history = History()
    assert commit(history, {"a": "1"}) is commit(history, {"a": "1"})
    assert len(history.commits) == 1


def test_files_are_written_and_removed() -> None:
    tree = with_files(with_files({}, {"a": "1", "b": b"\0"}), {"a": None, "c": "3", "d": None})
    assert {path: blob.content for path, blob in tree.items()} == {"b": b"\0", "c": b"3"}


def test_the_merge_base_is_the_newest_common_ancestor() -> None:
    history = History()
    root = commit(history, {"a": "0"})
    shared = commit(history, {"a": "1"}, root)
    left, right = commit(history, {"a": "2"}, shared), commit(history, {"a": "3"}, shared)
    assert history.merge_base(left.sha, right.sha) == shared.sha
    assert history.merge_base(root.sha, right.sha) == root.sha
    stranger = commit(history, {"x": "1"})
    assert history.merge_base(left.sha, stranger.sha) is None


def test_a_difference_counts_both_ways() -> None:
    history = History()
    root = commit(history, {"a": "0"})
    left = commit(history, {"a": "0", "l": "1"}, root)
    right = commit(history, {"a": "0", "r": "1\n2"}, commit(history, {"a": "0", "r": "1"}, root))
    found = history.difference(left.sha, right.sha)
    assert (len(found.ahead), found.behind, found.ahead[-1]) == (2, (left.sha,), right.sha)
    assert (found.changed_files, found.additions, found.conflicts) == (1, 2, False)
    assert history.difference(left.sha, right.sha) is found


@pytest.mark.parametrize(
    ("ours", "theirs", "merged"),
    [
        ({"a": "0", "b": "1"}, {"a": "2"}, {"a": "2", "b": "1"}),
        ({"a": "0"}, {}, {}),
        ({"a": "1"}, {"a": "1"}, {"a": "1"}),
        ({"a": "1"}, {"a": "2"}, None),
        ({"a": "1"}, {}, None),
        ({"a": "0", "n": "1"}, {"a": "0", "n": "2"}, None),
    ],
)
def test_both_sides_are_merged_file_by_file(ours: Files, theirs: Files, merged: Files | None) -> None:
    history = History()
    root = commit(history, {"a": "0"})
    left, right = commit(history, ours, root), commit(history, theirs, root)
    assert texts(history.merged_tree(left.sha, right.sha)) == merged


FILES = st.dictionaries(st.sampled_from(["a", "b", "c/d", "c/e"]), st.sampled_from(["0", "1", "2"]))


@given(FILES, FILES, FILES)
def test_a_merge_that_does_not_conflict_is_the_same_from_both_sides(
    base: Files, ours: Files, theirs: Files
) -> None:
    history = History()
    root = commit(history, base)
    left, right = commit(history, ours, root), commit(history, theirs, root)
    one, other = history.merged_tree(left.sha, right.sha), history.merged_tree(right.sha, left.sha)
    assert texts(one) == texts(other)


def test_changes_tell_what_happened_to_each_file() -> None:
    history = History()
    old = commit(history, {"kept": "1", "gone": "1\n2", "changed": "1\n2"})
    new = commit(history, {"kept": "1", "new": "1", "changed": "1\n3"}, old)
    found = {
        one.path: (one.status, one.additions, one.deletions) for one in history.changes(old.sha, new.sha)
    }
    assert found == {"gone": ("removed", 0, 2), "new": ("added", 1, 0), "changed": ("modified", 1, 1)}
    assert len(history.changes(None, old.sha)) == 3


def test_a_very_long_file_has_no_patch() -> None:
    history = History()
    old = commit(history, {"long": ""})
    new = commit(history, {"long": "x\n" * 3_001}, old)
    (change,) = history.changes(old.sha, new.sha)
    assert (change.patch, change.additions) == (None, 3_001)


def test_a_short_id_finds_the_only_commit_that_begins_so() -> None:
    history = History()
    one = commit(history, {"a": "1"})
    assert history.by_prefix(one.sha[:4]) is one
    assert history.by_prefix(one.sha) is one
    assert history.by_prefix(one.sha[:3]) is None
    assert history.by_prefix(one.sha + "0") is None
    history.commits[one.sha[:39] + ("0" if one.sha[39] != "0" else "1")] = one
    assert history.by_prefix(one.sha[:10]) is None


def test_a_directory_shows_what_lies_directly_in_it() -> None:
    tree = with_files({}, {"a": "1", "d/e/f": "2", "d/g": "3", "dd/h": "4"})
    assert [(entry.path, entry.blob is None) for entry in entries_of(tree, "")] == [
        ("a", False),
        ("d", True),
        ("dd", True),
    ]
    assert [entry.path for entry in entries_of(tree, "d")] == ["d/e", "d/g"]
    assert entries_of(tree, "nothing") == []


def test_a_directorys_id_changes_with_its_content() -> None:
    one, other = with_files({}, {"d/e": "1"}), with_files({}, {"d/e": "2"})
    assert entries_of(one, "")[0].sha != entries_of(other, "")[0].sha
