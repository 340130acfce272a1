"""Commits, changed files, comparisons and contents as GitHub writes them."""

import base64
from collections.abc import Mapping
from urllib.parse import quote

from bot.sandbox.github.exchange import Json
from bot.sandbox.github.history import Blob, Commit, FileChange, Person, TreeEntry
from bot.sandbox.github.memory import Memory
from bot.sandbox.github.records import Repository, iso
from bot.sandbox.github.shapes.accounts import node_id, simple_user
from bot.sandbox.github.shapes.repositories import api_address, page_address

INLINE_SIZE_MAX = 1024 * 1024
"""Above one megabyte the content is left out ("Get repository content")."""


def commit(memory: Memory, repository: Repository, shown: Commit) -> Json:
    """A commit in lists and comparisons."""
    url = api_address(memory, repository)
    page = page_address(memory, repository)
    return {
        "sha": shown.sha,
        "node_id": node_id("C", shown.sha[:12]),
        "commit": {
            "author": _git_person(shown.author, shown.time),
            "committer": _git_person(shown.committer, shown.time),
            "message": shown.message,
            "tree": {"sha": shown.tree_sha, "url": f"{url}/git/trees/{shown.tree_sha}"},
            "url": f"{url}/git/commits/{shown.sha}",
            "comment_count": 0,
            "verification": unsigned(),
        },
        "url": f"{url}/commits/{shown.sha}",
        "html_url": f"{page}/commit/{shown.sha}",
        "comments_url": f"{url}/commits/{shown.sha}/comments",
        "author": _linked(memory, shown.author),
        "committer": _linked(memory, shown.committer),
        "parents": [
            {"sha": sha, "url": f"{url}/commits/{sha}", "html_url": f"{page}/commit/{sha}"}
            for sha in shown.parents
        ],
    }


def full_commit(memory: Memory, repository: Repository, shown: Commit) -> Json:
    """The answer of `GET …/commits/{ref}`: with what changed."""
    parent = shown.parents[0] if shown.parents else None
    changes = repository.history.changes(parent, shown.sha)
    additions, deletions = sum(c.additions for c in changes), sum(c.deletions for c in changes)
    return {
        **commit(memory, repository, shown),
        "stats": {"total": additions + deletions, "additions": additions, "deletions": deletions},
        "files": [file_change(memory, repository, change, shown.sha) for change in changes[:300]],
    }


def git_commit(memory: Memory, repository: Repository, shown: Commit) -> Json:
    """The answer of the git database's endpoints."""
    url = api_address(memory, repository)
    page = page_address(memory, repository)
    return {
        "sha": shown.sha,
        "node_id": node_id("C", shown.sha[:12]),
        "url": f"{url}/git/commits/{shown.sha}",
        "html_url": f"{page}/commit/{shown.sha}",
        "author": _git_person(shown.author, shown.time),
        "committer": _git_person(shown.committer, shown.time),
        "tree": {"sha": shown.tree_sha, "url": f"{url}/git/trees/{shown.tree_sha}"},
        "message": shown.message,
        "parents": [
            {"sha": sha, "url": f"{url}/git/commits/{sha}", "html_url": f"{page}/commit/{sha}"}
            for sha in shown.parents
        ],
        "verification": unsigned(),
    }


def git_tree(memory: Memory, repository: Repository, sha: str, tree: Mapping[str, Blob]) -> Json:
    """A tree with all its files."""
    url = f"{api_address(memory, repository)}/git"
    return {
        "sha": sha,
        "url": f"{url}/trees/{sha}",
        "tree": [
            {
                "path": path,
                "mode": "100644",
                "type": "blob",
                "size": len(blob.content),
                "sha": blob.sha,
                "url": f"{url}/blobs/{blob.sha}",
            }
            for path, blob in sorted(tree.items())
        ],
        "truncated": False,
    }


def simple_commit(shown: Commit) -> Json:
    """The commit inside a check suite."""
    return {
        "id": shown.sha,
        "tree_id": shown.tree_sha,
        "message": shown.message,
        "timestamp": iso(shown.time),
        "author": {"name": shown.author.name, "email": shown.author.email},
        "committer": {"name": shown.committer.name, "email": shown.committer.email},
    }


def push_commit(memory: Memory, repository: Repository, shown: Commit) -> Json:
    """A commit inside a push, with the paths that it touched."""
    history = repository.history
    parent = history.commits[shown.parents[0]].tree if shown.parents else {}
    paths = sorted(history.changed_paths(shown.sha))
    return {
        **simple_commit(shown),
        "distinct": True,
        "url": f"{page_address(memory, repository)}/commit/{shown.sha}",
        "author": _pusher(shown.author),
        "committer": _pusher(shown.committer),
        "added": [path for path in paths if path not in parent],
        "removed": [path for path in paths if path not in shown.tree],
        "modified": [path for path in paths if path in parent and path in shown.tree],
    }


def file_change(memory: Memory, repository: Repository, change: FileChange, sha: str) -> Json:
    """One changed file, as it is at a commit."""
    page = page_address(memory, repository)
    path = quote(change.path)
    shape: Json = {
        "sha": change.sha,
        "filename": change.path,
        "status": change.status,
        "additions": change.additions,
        "deletions": change.deletions,
        "changes": change.additions + change.deletions,
        "blob_url": f"{page}/blob/{sha}/{path}",
        "raw_url": f"{page}/raw/{sha}/{path}",
        "contents_url": f"{api_address(memory, repository)}/contents/{path}?ref={sha}",
    }
    if change.patch is not None:
        shape["patch"] = change.patch
    return shape


def content_file(memory: Memory, repository: Repository, entry: TreeEntry, ref: str) -> Json:
    """A file of `GET …/contents/{path}`; base64 with a line break every 60 characters, as GitHub sends it."""
    content = entry.blob.content if entry.blob else b""
    inline = len(content) <= INLINE_SIZE_MAX
    encoded = base64.b64encode(content).decode() if inline else ""
    lines = "".join(encoded[start : start + 60] + "\n" for start in range(0, len(encoded), 60))
    return {
        **content_entry(memory, repository, entry, ref),
        "content": lines,
        "encoding": "base64" if inline else "none",
    }


def content_entry(memory: Memory, repository: Repository, entry: TreeEntry, ref: str) -> Json:
    """An entry of a directory."""
    path = quote(entry.path)
    url = f"{api_address(memory, repository)}/contents/{path}?ref={quote(ref, safe='')}"
    page = page_address(memory, repository)
    is_file = entry.blob is not None
    git = f"{api_address(memory, repository)}/git/{'blobs' if is_file else 'trees'}/{entry.sha}"
    web = f"{page}/{'blob' if is_file else 'tree'}/{quote(ref)}/{path}"
    return {
        "name": entry.path.rpartition("/")[2],
        "path": entry.path,
        "sha": entry.sha,
        "size": len(entry.blob.content) if entry.blob else 0,
        "url": url,
        "html_url": web,
        "git_url": git,
        "download_url": f"{page}/raw/{quote(ref)}/{path}" if is_file else None,
        "type": "file" if is_file else "dir",
        "_links": {"self": url, "git": git, "html": web},
    }


def unsigned() -> Json:
    """What GitHub says of a commit without a signature."""
    return {"verified": False, "reason": "unsigned", "signature": None, "payload": None, "verified_at": None}


def _git_person(person: Person, time: float) -> Json:
    return {"name": person.name, "email": person.email, "date": iso(time)}


def _pusher(person: Person) -> Json:
    shape = {"name": person.name, "email": person.email}
    return {**shape, "username": person.login} if person.login else shape


def _linked(memory: Memory, person: Person) -> Json | None:
    account = memory.accounts.get((person.login or "").lower())
    return simple_user(memory, account) if account else None
