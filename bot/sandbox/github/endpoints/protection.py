"""What is protected: rules of branches, environments and the branches that they take."""

from bot.sandbox.github.call import Answer, Call
from bot.sandbox.github.exchange import Json, not_found
from bot.sandbox.github.records import Account, BranchRules, Environment, Team, iso
from bot.sandbox.github.shapes.accounts import node_id, simple_team, simple_user
from bot.sandbox.github.shapes.repositories import api_address, page_address

RULESET_ID = 42


def branch_rules(call: Call) -> Answer:
    """The rules of all rulesets that hold for a branch ("Get rules for a branch")."""
    rules = call.repository.branch_rules.get(call.params["branch"])
    shown = _rules(call, rules) if rules is not None and rules.by_ruleset else []
    return Answer(call.page(shown))


def _rules(call: Call, rules: BranchRules) -> list[Json]:
    source = {
        "ruleset_source_type": "Repository",
        "ruleset_source": call.repository.full_name,
        "ruleset_id": RULESET_ID,
    }
    shown: list[Json] = []
    if rules.contexts:
        required = [
            {"context": name, **({} if app is None else {"integration_id": app})}
            for name, app in rules.contexts
        ]
        parameters = {
            "required_status_checks": required,
            "strict_required_status_checks_policy": False,
        }
        shown.append({"type": "required_status_checks", "parameters": parameters, **source})
    if rules.reviews:
        parameters = {
            "dismiss_stale_reviews_on_push": False,
            "require_code_owner_review": False,
            "require_last_push_approval": False,
            "required_approving_review_count": rules.reviews,
            "required_review_thread_resolution": False,
        }
        shown.append({"type": "pull_request", "parameters": parameters, **source})
    return shown


def get_environment(call: Call) -> Answer:
    """An environment with its protection rules."""
    return Answer(_environment(call, _found(call)))


def list_branch_policies(call: Call) -> Answer:
    """The patterns of the branches that an environment takes."""
    environment = _found(call)
    if environment.branches is None:
        raise not_found()
    shown = [
        {"id": place, "node_id": node_id("DBP", place), "name": name}
        for place, name in enumerate(environment.branches, environment.id + 1)
    ]
    return Answer({"total_count": len(shown), "branch_policies": call.page(shown)})


def _found(call: Call) -> Environment:
    environment = call.repository.environments.get(call.params["environment_name"])
    if environment is None:
        raise not_found()
    return environment


def _environment(call: Call, environment: Environment) -> Json:
    rules: list[Json] = []
    if environment.reviewers:
        rules.append(
            {
                "id": environment.id + 100,
                "node_id": node_id("GA", environment.id + 100),
                "prevent_self_review": environment.prevent_self_review,
                "type": "required_reviewers",
                "reviewers": [_reviewer(call, each) for each in environment.reviewers],
            }
        )
    policy = None
    if environment.protected_branches or environment.branches is not None:
        rules.append(
            {
                "id": environment.id + 200,
                "node_id": node_id("GA", environment.id + 200),
                "type": "branch_policy",
            }
        )
        policy = {
            "protected_branches": environment.protected_branches,
            "custom_branch_policies": environment.branches is not None,
        }
    where = f"{api_address(call.memory, call.repository)}/environments/{environment.name}"
    page = f"{page_address(call.memory, call.repository)}/deployments/activity_log"
    return {
        "id": environment.id,
        "node_id": node_id("EN", environment.id),
        "name": environment.name,
        "url": where,
        "html_url": f"{page}?environments_filter={environment.name}",
        "created_at": iso(environment.created_at),
        "updated_at": iso(environment.created_at),
        "protection_rules": rules,
        "deployment_branch_policy": policy,
    }


def _reviewer(call: Call, reviewer: Account | Team) -> Json:
    if isinstance(reviewer, Team):
        return {"type": "Team", "reviewer": simple_team(call.memory, reviewer)}
    return {"type": "User", "reviewer": simple_user(call.memory, reviewer)}
