"""Accounts, organisations, teams and Apps as GitHub writes them."""

import base64
import hashlib
from urllib.parse import quote

from bot.sandbox.github.exchange import Json
from bot.sandbox.github.memory import Memory
from bot.sandbox.github.records import Account, CheckApp, Team, iso


def node_id(kind: str, number: int | str) -> str:
    """An opaque id like GitHub's global ones."""
    return f"{kind}_{base64.urlsafe_b64encode(f'kgDO{number}'.encode()).decode().rstrip('=')}"


def simple_user(memory: Memory, account: Account) -> Json:
    """The user object that most answers carry."""
    url = f"{memory.api_url}/users/{quote(account.login)}"
    page = f"apps/{account.login.removesuffix('[bot]')}" if account.kind == "Bot" else account.login
    return {
        "login": account.login,
        "id": account.id,
        "node_id": node_id(account.kind[0], account.id),
        "avatar_url": f"https://avatars.githubusercontent.com/u/{account.id}?v=4",
        "gravatar_id": "",
        "url": url,
        "html_url": f"{memory.web_url}/{page}",
        "followers_url": f"{url}/followers",
        "following_url": url + "/following{/other_user}",
        "gists_url": url + "/gists{/gist_id}",
        "starred_url": url + "/starred{/owner}{/repo}",
        "subscriptions_url": f"{url}/subscriptions",
        "organizations_url": f"{url}/orgs",
        "repos_url": f"{url}/repos",
        "events_url": url + "/events{/privacy}",
        "received_events_url": f"{url}/received_events",
        "type": account.kind,
        "user_view_type": "public",
        "site_admin": False,
    }


def public_user(memory: Memory, account: Account) -> Json:
    """The answer of `GET /users/{username}`."""
    return {
        **simple_user(memory, account),
        "name": account.name,
        "company": None,
        "blog": "",
        "location": None,
        "email": None,
        "hireable": None,
        "bio": None,
        "twitter_username": None,
        "public_repos": 0,
        "public_gists": 0,
        "followers": 0,
        "following": 0,
        "created_at": iso(account.created_at),
        "updated_at": iso(account.created_at),
    }


def organization(memory: Memory, account: Account) -> Json:
    """The short organisation object of webhooks and memberships."""
    url = f"{memory.api_url}/orgs/{account.login}"
    return {
        "login": account.login,
        "id": account.id,
        "node_id": node_id("O", account.id),
        "url": url,
        "repos_url": f"{url}/repos",
        "events_url": f"{url}/events",
        "hooks_url": f"{url}/hooks",
        "issues_url": f"{url}/issues",
        "members_url": url + "/members{/member}",
        "public_members_url": url + "/public_members{/member}",
        "avatar_url": f"https://avatars.githubusercontent.com/u/{account.id}?v=4",
        "description": "",
    }


def simple_team(memory: Memory, team: Team) -> Json:
    """A team inside another answer."""
    full = full_team(memory, team)
    names = (
        "id",
        "node_id",
        "url",
        "members_url",
        "name",
        "description",
        "permission",
        "privacy",
        "notification_setting",
        "html_url",
        "repositories_url",
        "slug",
        "parent",
    )
    return {name: full[name] for name in names if name in full} | {"type": "organization"}


def full_team(memory: Memory, team: Team) -> Json:
    """The answer of `GET /orgs/{org}/teams/{team_slug}`."""
    owner = team.organization
    url = f"{memory.api_url}/organizations/{owner.id}/team/{team.id}"
    return {
        "name": team.name,
        "id": team.id,
        "node_id": node_id("T", team.id),
        "slug": team.slug,
        "description": "",
        "privacy": "closed",
        "notification_setting": "notifications_enabled",
        "url": url,
        "html_url": f"{memory.web_url}/orgs/{owner.login}/teams/{team.slug}",
        "members_url": url + "/members{/member}",
        "repositories_url": f"{url}/repos",
        "type": "organization",
        "organization_id": owner.id,
        "permission": "pull",
        "created_at": iso(team.created_at),
        "updated_at": iso(team.created_at),
        "members_count": len(team.members),
        "repos_count": 0,
        "parent": None,
        "organization": _team_organization(memory, owner),
    }


def _team_organization(memory: Memory, owner: Account) -> Json:
    return {
        **organization(memory, owner),
        "name": owner.name,
        "is_verified": False,
        "has_organization_projects": True,
        "has_repository_projects": True,
        "public_repos": 1,
        "public_gists": 0,
        "followers": 0,
        "following": 0,
        "html_url": f"{memory.web_url}/{owner.login}",
        "created_at": iso(owner.created_at),
        "updated_at": iso(owner.created_at),
        "archived_at": None,
        "type": "Organization",
    }


def app(memory: Memory, which: CheckApp | None = None) -> Json:
    """An App (`integration` in GitHub's schema): ours, or another one that reports checks."""
    ours = which is None or which.slug == memory.app.slug
    shown = memory.check_apps[memory.app.slug] if which is None else which
    owner = next((a for a in memory.accounts.values() if a.kind == "Organization"), memory.bot)
    digest = hashlib.sha1(shown.slug.encode()).hexdigest()[:20]
    return {
        "id": shown.id,
        "client_id": memory.app.client_id if ours else f"Iv1.{digest[:16]}",
        "slug": shown.slug,
        "node_id": node_id("A", shown.id),
        "owner": simple_user(memory, owner),
        "name": shown.name,
        "description": "",
        "external_url": f"{memory.web_url}/apps/{shown.slug}",
        "html_url": f"{memory.web_url}/apps/{shown.slug}",
        "created_at": iso(memory.bot.created_at),
        "updated_at": iso(memory.bot.created_at),
        "permissions": dict(memory.app.permissions) if ours else {"checks": "write", "metadata": "read"},
        "events": list(memory.app.events) if ours else [],
    }
