"""The git database: refs, trees and commits, out of which an App builds a commit without a checkout."""

from collections.abc import Mapping
from typing import Any

from bot.sandbox.github.acts import branches
from bot.sandbox.github.call import Answer, Call
from bot.sandbox.github.exchange import Refusal, not_found
from bot.sandbox.github.history import Blob, Draft, Person, blob_of
from bot.sandbox.github.records import NO_COMMIT
from bot.sandbox.github.shapes.commits import git_commit, git_tree
from bot.sandbox.github.shapes.repositories import git_ref


def get_ref(call: Call) -> Answer:
    """A git reference by its exact name (`heads/main`)."""
    kind, _, name = call.params["ref"].partition("/")
    refs = {"heads": call.repository.branches, "tags": call.repository.tags}.get(kind, {})
    if name not in refs:
        raise not_found()
    return Answer(git_ref(call.memory, call.repository, f"refs/{kind}/{name}", refs[name]))


def create_ref(call: Call) -> Answer:
    """A new branch or tag."""
    repository, ref, sha = call.repository, call.body["ref"], call.body["sha"]
    kind, _, name = ref.removeprefix("refs/").partition("/")
    if not ref.startswith("refs/") or kind not in ("heads", "tags") or not name:
        raise Refusal(422, "Reference name must start with 'refs/' and contain at least two slashes.")
    if sha not in repository.history.commits:
        raise Refusal(422, "Object does not exist")
    if name in (repository.branches if kind == "heads" else repository.tags):
        raise Refusal(422, "Reference already exists")
    step = branches.Move(ref, NO_COMMIT, sha, call.actor, "branch_creation")
    branches.move(call.memory, repository, step)
    return Answer(git_ref(call.memory, repository, ref, sha), 201)


def create_tree(call: Call) -> Answer:
    """A tree out of another one (its SHA, or a commit's) and changed files; a null SHA removes a file."""
    history = call.repository.history
    tree: dict[str, Blob] = {}
    base = call.body.get("base_tree")
    if base is not None:
        found = history.tree(base)
        if found is None:
            raise not_found()
        tree.update(found)
    for entry in call.body["tree"]:
        _apply(tree, entry, {blob.sha: blob for blob in tree.values()})
    sha = history.keep_tree(tree)
    return Answer(git_tree(call.memory, call.repository, sha, tree), 201)


def create_commit(call: Call) -> Answer:
    """A commit of a tree; no branch moves."""
    history, body = call.repository.history, call.body
    tree = history.tree(body["tree"])
    if tree is None:
        raise Refusal(422, "Tree SHA does not exist")
    parents = tuple(body.get("parents", []))
    if any(sha not in history.commits for sha in parents):
        raise Refusal(422, "Parent SHA does not exist or is not a commit object")
    committer = branches.person(call.actor)
    author = _author(body["author"]) if "author" in body else committer
    made = history.add(Draft(tree, parents, author, committer, body["message"], call.memory.clock()))
    return Answer(git_commit(call.memory, call.repository, made), 201)


def _author(given: Mapping[str, Any]) -> Person:
    return Person(str(given["name"]), str(given["email"]), None)


def _apply(tree: dict[str, Blob], entry: Mapping[str, Any], known: Mapping[str, Blob]) -> None:
    path = str(entry["path"])
    if "content" in entry:
        tree[path] = blob_of(str(entry["content"]).encode())
    elif entry.get("sha") is None:
        tree.pop(path, None)
    elif entry["sha"] in known:
        tree[path] = known[entry["sha"]]
    else:
        raise Refusal(422, f"tree.sha {entry['sha']} is not a valid blob")
