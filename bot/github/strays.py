"""What a delivery that means nothing to us is about, so that people who look for it find it.

Reads only what people name: the repository, a pull request's number, a branch, a commit. Must never make a
delivery mean something, nor fail: what does not say what it is about is about nothing.
"""

import re
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from bot.ports import Translated

_SHA = re.compile(r"[0-9a-fA-F]{40}(?:[0-9a-fA-F]{24})?")
_BRANCH = "refs/heads/"


class _Repository(Struct):
    full_name: str


class _Part(Struct):
    """A pull request, an issue, a check, a run or a deployment, as far as it names itself."""

    number: int | None = None
    head: Any = None
    head_sha: str | None = None
    sha: str | None = None


class _Stray(Struct):
    """Any payload; what it does not have is None."""

    repository: _Repository | None = None
    ref: str | None = None
    after: str | None = None
    sha: str | None = None
    pull_request: _Part | None = None
    issue: _Part | None = None
    check_run: _Part | None = None
    check_suite: _Part | None = None
    workflow_run: _Part | None = None
    workflow_job: _Part | None = None
    deployment: _Part | None = None


def named(meaning: Translated, body: bytes) -> Translated:
    """Say of a delivery that means nothing what it is about, as far as that is not known."""
    if meaning.events:
        return meaning
    try:
        stray = msgspec.json.decode(body, type=_Stray)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return meaning
    values = dict(meaning.values)
    if stray.ref is not None and stray.after is not None:
        values.setdefault("ref", stray.ref.removeprefix(_BRANCH))
    return replace(
        meaning,
        subject=meaning.subject or _subject(stray),
        sha=meaning.sha or _sha(stray),
        values=values,
    )


def _subject(stray: _Stray) -> str | None:
    if stray.repository is None:
        return None
    name = stray.repository.full_name
    part = stray.pull_request or stray.issue
    if part is not None and part.number is not None:
        return f"{name}#{part.number}"
    if stray.ref is not None and stray.after is not None:
        return f"{name}@{stray.ref.removeprefix(_BRANCH)}"
    sha = _sha(stray)
    return f"{name}@{sha[:7]}" if sha else name


def _sha(stray: _Stray) -> str | None:
    """The commit in full; a branch that was deleted has only zeros."""
    parts = (stray.check_run, stray.check_suite, stray.workflow_run, stray.workflow_job, stray.deployment)
    candidates: list[Any] = [stray.after, stray.sha]
    candidates += [each for part in parts if part for each in (part.head_sha, part.sha)]
    if stray.pull_request is not None and isinstance(stray.pull_request.head, dict):
        candidates.append(stray.pull_request.head.get("sha"))
    return next((each.lower() for each in candidates if _is_whole(each)), None)


def _is_whole(value: Any) -> bool:
    """Whether it is a commit's SHA in full; only zeros stand for none."""
    return isinstance(value, str) and _SHA.fullmatch(value) is not None and bool(value.strip("0"))
