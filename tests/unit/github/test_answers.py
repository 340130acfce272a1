"""GitHub's answers, those of old and of newer servers."""

import msgspec
import pytest

from bot.domain.errors import LastingFault
from bot.github import answers
from bot.github.answers import Commit, File, Pull, paths_of, read, to_commit, to_pull_request
from bot.github.deployment_shapes import DeploymentShape
from tests.oracles.validation import facts

REPOSITORY = {"id": 1, "name": "shop", "full_name": "acme/shop", "owner": {"login": "acme"}}
PULL = {
    "number": 7,
    "state": "open",
    "title": "T",
    "head": {"ref": "x", "sha": "a" * 40, "repo": None},
    "base": {"ref": "main", "sha": "b" * 40, "repo": {**REPOSITORY, "default_branch": "trunk"}},
    "user": None,
    "merge_commit_sha": "c" * 40,
    "a_field_of_next_year": {"x": [1]},
}

DESCRIBED: dict[type[msgspec.Struct], str] = {
    answers.Activity: "activity",
    answers.Collaborator: "repository-collaborator-permission",
    answers.Comment: "issue-comment",
    answers.Commit: "commit",
    answers.Comparison: "commit-comparison",
    answers.Content: "content-file",
    DeploymentShape: "deployment",
    answers.DeploymentStatus: "deployment-status",
    answers.File: "diff-entry",
    answers.Identified: "check-run",
    answers.Installation: "installation",
    answers.InstallationToken: "installation-token",
    answers.Membership: "team-membership",
    answers.Pull: "pull-request-simple",
    answers.RepositoryShape: "minimal-repository",
    answers.Tip: "tag",
}


@pytest.mark.parametrize(("shape", "name"), DESCRIBED.items(), ids=DESCRIBED.values())
def test_what_an_answer_must_have_github_promises(shape: type[msgspec.Struct], name: str) -> None:
    described = facts()["components"]["schemas"][name]
    fields = msgspec.structs.fields(shape)
    needed = {field.encode_name for field in fields if field.required}
    assert needed <= set(described["required"])
    read_if_there = {field.encode_name for field in fields} - {"changed_files"}
    assert read_if_there <= set(described["properties"])


def test_a_pull_request_of_a_deleted_fork_and_account_is_read() -> None:
    pull = to_pull_request(read(Pull, PULL))
    assert (pull.author, pull.head_repository, pull.default_branch) == ("ghost", None, "trunk")


def test_the_trial_merge_of_an_open_pull_request_is_not_passed_on() -> None:
    assert to_pull_request(read(Pull, PULL)).merge_sha is None
    merged = {**PULL, "state": "closed", "merged_at": "2026-01-01T00:00:00Z"}
    assert to_pull_request(read(Pull, merged)).merge_sha == "c" * 40


@pytest.mark.parametrize("answer", [None, [], "text", {}, {**PULL, "number": "7"}, {**PULL, "head": None}])
def test_an_answer_that_lacks_what_it_must_have_is_a_fault(answer: object) -> None:
    with pytest.raises(LastingFault) as raised:
        read(Pull, answer)
    assert "Pull" in raised.value.reason


def test_a_rename_concerns_both_of_its_places() -> None:
    files = [File("new.py", "old.py"), File("a.py"), File("old.py")]
    assert paths_of(files) == ("new.py", "old.py", "a.py")


@pytest.mark.parametrize(
    ("author", "name", "told"),
    [({"login": "ada"}, "Ada", "ada"), (None, "Ada", "Ada"), ({}, "Ada", "Ada"), (None, None, "unknown")],
)
def test_a_commit_is_told_by_login_else_by_name(author: object, name: str | None, told: str) -> None:
    answer = {"sha": "a", "author": author, "commit": {"message": "One\n\nTwo", "author": {"name": name}}}
    assert to_commit(msgspec.convert(answer, Commit)) == ("a", "One", told)
