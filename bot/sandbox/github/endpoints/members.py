"""Who somebody is and what they may do: accounts, collaborators, members, teams."""

from bot.sandbox.github.access import permission_of
from bot.sandbox.github.call import Answer, Call
from bot.sandbox.github.exchange import Json, not_found
from bot.sandbox.github.records import Account, at_least
from bot.sandbox.github.shapes.accounts import full_team, organization, public_user, simple_user

_LEGACY = {"maintain": "write", "triage": "read"}
"""`permission` knows four levels; `role_name` all ("Get repository permissions for a user")."""


def get_user(call: Call) -> Answer:
    """An account."""
    return Answer(public_user(call.memory, _account(call)))


def get_permission(call: Call) -> Answer:
    """What somebody may do in a repository."""
    account = _account(call)
    role = permission_of(call.memory, call.repository, account)
    user = {**simple_user(call.memory, account), "permissions": _flags(role), "role_name": role}
    return Answer({"permission": _LEGACY.get(role, role), "user": user, "role_name": role})


def get_membership(call: Call) -> Answer:
    """Somebody's membership in an organisation; a 404 without one."""
    owner = _organization(call)
    account = _account(call)
    role = call.memory.memberships[owner.login.lower()].get(account.login)
    if role is None:
        raise not_found()
    url = f"{call.memory.api_url}/orgs/{owner.login}"
    return Answer(
        {
            "url": f"{url}/memberships/{account.login}",
            "state": "active",
            "role": role,
            "organization_url": url,
            "user": simple_user(call.memory, account),
            "organization": organization(call.memory, owner),
        }
    )


def get_team(call: Call) -> Answer:
    """A team."""
    _organization(call)
    return Answer(full_team(call.memory, call.memory.team(call.params["org"], call.params["team_slug"])))


def list_team_members(call: Call) -> Answer:
    """The members of a team."""
    _organization(call)
    team = call.memory.team(call.params["org"], call.params["team_slug"])
    return Answer(
        [simple_user(call.memory, call.memory.account(login)) for login in call.page(list(team.members))]
    )


def get_team_membership(call: Call) -> Answer:
    """Somebody's membership in a team; a 404 without one."""
    owner = _organization(call)
    team = call.memory.team(owner.login, call.params["team_slug"])
    account = _account(call)
    role = team.members.get(account.login)
    if role is None:
        raise not_found()
    url = f"{call.memory.api_url}/organizations/{owner.id}/team/{team.id}"
    return Answer({"state": "active", "role": role, "url": f"{url}/memberships/{account.login}"})


def _account(call: Call) -> Account:
    return call.memory.account(call.params["username"])


def _organization(call: Call) -> Account:
    """The organisation that the path names, if it is the one that the token is for."""
    owner = call.memory.account(call.params["org"])
    where = call.caller.installation
    if owner.kind != "Organization" or where is None or where.account is not owner:
        raise not_found()
    return owner


def _flags(role: str) -> Json:
    return {
        "admin": at_least(role, "admin"),
        "maintain": at_least(role, "maintain"),
        "push": at_least(role, "write"),
        "triage": at_least(role, "triage"),
        "pull": at_least(role, "read"),
    }
