"""The table of endpoints."""

import pytest

from bot.sandbox.github.routes import ENDPOINTS, find_endpoint
from tests.oracles.endpoints import ENDPOINTS as CALLED
from tests.oracles.endpoints import NOT_IN_THE_EXTRACT
from tests.oracles.validation import facts

REPO = "/repos/acme/shop"


@pytest.mark.parametrize(
    ("path", "template", "params"),
    [
        (f"{REPO}/commits/feature/x/check-runs", "commits/{ref}/check-runs", {"ref": "feature/x"}),
        (f"{REPO}/commits/feature/x", "commits/{ref}", {"ref": "feature/x"}),
        (f"{REPO}/commits/feature%2Fx/status", "commits/{ref}/status", {"ref": "feature/x"}),
        (f"{REPO}/commits", "commits", {}),
        (f"{REPO}/compare/main...a/b", "compare/{basehead}", {"basehead": "main...a/b"}),
        (f"{REPO}/contents", "contents/{path}", {"path": ""}),
        (f"{REPO}/contents/.github/x%20y.yml", "contents/{path}", {"path": ".github/x y.yml"}),
        (f"{REPO}/branches/a/b", "branches/{branch}", {"branch": "a/b"}),
        (f"{REPO}/git/ref/heads/a/b", "git/ref/{ref}", {"ref": "heads/a/b"}),
        (f"{REPO}/commits/abc/pulls", "commits/{commit_sha}/pulls", {"commit_sha": "abc"}),
    ],
)
def test_a_path_finds_its_endpoint(path: str, template: str, params: dict[str, str]) -> None:
    found = find_endpoint("GET", path)
    assert found is not None
    assert found[0].template == f"/repos/{{owner}}/{{repo}}/{template}"
    assert found[1] == {"owner": "acme", "repo": "shop", **params}


@pytest.mark.parametrize("path", ["/", "", "/repos", "/repos/acme", f"{REPO}/pulls/1/merge", "/user", "//"])
def test_other_paths_find_nothing(path: str) -> None:
    assert find_endpoint("GET", path) is None


def test_the_method_counts() -> None:
    assert find_endpoint("PUT", f"{REPO}/pulls") is None


def test_every_endpoint_is_in_githubs_description() -> None:
    for row in ENDPOINTS:
        if row.template not in {"/graphql", *NOT_IN_THE_EXTRACT}:
            assert row.method.lower() in facts()["paths"][row.template], row.template


def test_every_call_of_the_bot_is_simulated_for_the_same_caller_and_permission() -> None:
    table = {(row.method, row.template): row for row in ENDPOINTS}
    for call in CALLED:
        row = table[call.method, call.path]
        assert row.by in (call.credential, "either"), call
        accepted = set(row.needs.split("|")) - {""}
        assert set(call.any_of) <= accepted | {"metadata:read"}, call
