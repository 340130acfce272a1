"""Commits and what can be asked of them: ancestors, merge bases, changed files, merges.

A tree is a map from path to blob; one history is shared by a repository and its forks, as on GitHub, where a
fork's commit can be read through the parent (which is why a bot must ask where a commit is reachable from).
It must never know branches: those belong to a repository.
"""

import difflib
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

PATCH_LINES_MAX = 3000
"""Beyond this many lines a file's patch is left out, as GitHub does with large ones."""


@dataclass(frozen=True, slots=True)
class Blob:
    """A file's content under git's own blob id."""

    sha: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Person:
    """Who wrote a commit; `login` is the account that GitHub links, if it knows one."""

    name: str
    email: str
    login: str | None


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit; `order` grows with every commit of the history, so that no clock is needed to sort."""

    sha: str
    tree_sha: str
    tree: Mapping[str, Blob] = field(repr=False)
    parents: tuple[str, ...]
    author: Person
    committer: Person
    message: str
    time: float
    order: int


@dataclass(frozen=True, slots=True)
class FileChange:
    """What happened to one file between two commits."""

    path: str
    status: str
    sha: str
    additions: int
    deletions: int
    patch: str | None


@dataclass(frozen=True, slots=True)
class Difference:
    """Two commits compared by their merge base, as GitHub's three dots do."""

    merge_base: str | None
    ahead: tuple[str, ...]
    behind: tuple[str, ...]
    additions: int
    deletions: int
    changed_files: int
    conflicts: bool


@dataclass(frozen=True, slots=True)
class Draft:
    """A commit that is to be made."""

    tree: Mapping[str, Blob]
    parents: tuple[str, ...]
    author: Person
    committer: Person
    message: str
    time: float


@dataclass(frozen=True, slots=True)
class TreeEntry:
    """A file, or a directory (which has no blob)."""

    path: str
    sha: str
    blob: Blob | None


def entries_of(tree: Mapping[str, Blob], directory: str) -> list[TreeEntry]:
    """What lies directly in a directory (`""` is the root), sorted by path; empty where there is none."""
    prefix = f"{directory}/" if directory else ""
    inside = {path: blob for path, blob in tree.items() if path.startswith(prefix)}
    names = sorted({prefix + path.removeprefix(prefix).partition("/")[0] for path in inside})
    return [_entry(inside, name) for name in names]


def _entry(inside: Mapping[str, Blob], path: str) -> TreeEntry:
    if path in inside:
        return TreeEntry(path, inside[path].sha, inside[path])
    below = {name: blob for name, blob in inside.items() if name.startswith(f"{path}/")}
    return TreeEntry(path, tree_sha_of(below), None)


def blob_of(content: bytes) -> Blob:
    """The blob of this content."""
    return Blob(hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest(), content)


def tree_sha_of(tree: Mapping[str, Blob]) -> str:
    """An id for a tree: equal trees have equal ids."""
    lines = "".join(f"{path}\0{tree[path].sha}\n" for path in sorted(tree))
    return hashlib.sha1(b"tree " + lines.encode()).hexdigest()


def with_files(tree: Mapping[str, Blob], files: Mapping[str, str | bytes | None]) -> dict[str, Blob]:
    """A tree after writing these files; None removes one."""
    changed = dict(tree)
    for path, content in files.items():
        if content is None:
            changed.pop(path, None)
        else:
            changed[path] = blob_of(content.encode() if isinstance(content, str) else content)
    return changed


@dataclass(slots=True)
class History:
    """All commits of a repository and its forks."""

    commits: dict[str, Commit] = field(default_factory=dict)
    trees: dict[str, dict[str, Blob]] = field(default_factory=dict, repr=False)
    _differences: dict[tuple[str, str], Difference] = field(default_factory=dict, repr=False)

    def add(self, draft: Draft) -> Commit:
        """Stores a commit under the id that follows from its content."""
        tree_sha = tree_sha_of(draft.tree)
        heading = f"tree {tree_sha}\n{' '.join(draft.parents)}\n{draft.author.email} {int(draft.time)}"
        text = f"{heading}\n{draft.message}"
        sha = hashlib.sha1(text.encode()).hexdigest()
        if sha in self.commits:
            return self.commits[sha]
        commit = Commit(
            sha,
            tree_sha,
            dict(draft.tree),
            draft.parents,
            draft.author,
            draft.committer,
            draft.message,
            draft.time,
            len(self.commits),
        )
        self.commits[sha] = commit
        return commit

    def keep_tree(self, tree: Mapping[str, Blob]) -> str:
        """Stores a tree that no commit has yet; returns its id."""
        sha = tree_sha_of(tree)
        self.trees[sha] = dict(tree)
        return sha

    def tree(self, sha: str) -> Mapping[str, Blob] | None:
        """The tree of this id, or of the commit of this id."""
        if sha in self.commits:
            return self.commits[sha].tree
        if sha in self.trees:
            return self.trees[sha]
        return next((commit.tree for commit in self.commits.values() if commit.tree_sha == sha), None)

    def by_prefix(self, prefix: str) -> Commit | None:
        """The only commit that begins so; None when there is none or several, or under four characters."""
        if len(prefix) == 40:
            return self.commits.get(prefix)
        if not 4 <= len(prefix) < 40:
            return None
        found = [commit for sha, commit in self.commits.items() if sha.startswith(prefix)]
        return found[0] if len(found) == 1 else None

    def reachable(self, sha: str) -> set[str]:
        """The commit and all its ancestors."""
        seen: set[str] = set()
        waiting = [sha]
        while waiting:
            current = waiting.pop()
            if current in seen:
                continue
            seen.add(current)
            waiting.extend(self.commits[current].parents)
        return seen

    def newest_first(self, shas: Iterable[str]) -> list[Commit]:
        """These commits, children before their parents."""
        return sorted((self.commits[sha] for sha in shas), key=lambda commit: -commit.order)

    def merge_base(self, one: str, other: str) -> str | None:
        """The newest common ancestor."""
        common = self.newest_first(self.reachable(one) & self.reachable(other))
        return common[0].sha if common else None

    def difference(self, base: str, head: str) -> Difference:
        """`base...head`; remembered, since neither side can change."""
        key = (base, head)
        if key not in self._differences:
            self._differences[key] = self._compare(base, head)
        return self._differences[key]

    def changes(self, base: str | None, head: str) -> list[FileChange]:
        """The files that differ between two commits, by path; None stands for the empty tree."""
        old: Mapping[str, Blob] = self.commits[base].tree if base else {}
        new = self.commits[head].tree
        paths = sorted(old.keys() | new.keys())
        return [
            _change(path, old.get(path), new.get(path)) for path in paths if old.get(path) != new.get(path)
        ]

    def changed_paths(self, sha: str) -> set[str]:
        """What one commit changed against its first parent."""
        commit = self.commits[sha]
        old: Mapping[str, Blob] = self.commits[commit.parents[0]].tree if commit.parents else {}
        return _differing(old, commit.tree)

    def merged_tree(self, base: str, head: str) -> dict[str, Blob] | None:
        """Both sides' changes together, file by file; None where both changed the same file differently."""
        ancestor = self.merge_base(base, head)
        origin: Mapping[str, Blob] = self.commits[ancestor].tree if ancestor else {}
        ours, theirs = self.commits[base].tree, self.commits[head].tree
        merged = dict(ours)
        for path in sorted(_differing(origin, theirs)):
            if ours.get(path) not in (origin.get(path), theirs.get(path)):
                return None
            if path in theirs:
                merged[path] = theirs[path]
            else:
                merged.pop(path, None)
        return merged

    def _compare(self, base: str, head: str) -> Difference:
        of_base, of_head = self.reachable(base), self.reachable(head)
        merge_base = self.merge_base(base, head)
        changes = self.changes(merge_base, head)
        return Difference(
            merge_base,
            tuple(commit.sha for commit in reversed(self.newest_first(of_head - of_base))),
            tuple(commit.sha for commit in reversed(self.newest_first(of_base - of_head))),
            sum(change.additions for change in changes),
            sum(change.deletions for change in changes),
            len(changes),
            self.merged_tree(base, head) is None,
        )


def _differing(old: Mapping[str, Blob], new: Mapping[str, Blob]) -> set[str]:
    return {path for path in old.keys() | new.keys() if old.get(path) != new.get(path)}


def _change(path: str, old: Blob | None, new: Blob | None) -> FileChange:
    status = "modified" if old and new else "added" if new else "removed"
    sha = new.sha if new else old.sha if old else ""
    before, after = _lines(old), _lines(new)
    if before is None or after is None or len(before) + len(after) > PATCH_LINES_MAX:
        return FileChange(path, status, sha, len(after or ()), len(before or ()), None)
    diff = list(difflib.unified_diff(before, after, lineterm=""))[2:]
    added = sum(line.startswith("+") for line in diff)
    removed = sum(line.startswith("-") for line in diff)
    return FileChange(path, status, sha, added, removed, "\n".join(diff))


def _lines(blob: Blob | None) -> list[str] | None:
    if blob is None:
        return []
    if b"\0" in blob.content:
        return None
    return blob.content.decode(errors="replace").splitlines()
