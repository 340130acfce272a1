"""The demo's world: the organisation acme, its shop with three services, people, two open pull requests.

The App is installed before the pull requests are opened, so that the bot hears of them as of any other.
It must never depend on the order in which a reader explores it: same seed, same world.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from bot.sandbox.github.organisation import Organisation
from bot.sandbox.github.records import Installation, PullRequest, Repository

OWNER, AUTHOR, REVIEWER, ON_CALL, STRANGER = "olive", "ada", "grace", "lin", "mallory"
SHOP = "acme/shop"
CONFIGURATION_PATH = ".github/pointsman.yml"

_PEOPLE = {
    OWNER: "Olive Owner",
    AUTHOR: "Ada Author",
    REVIEWER: "Grace Reviewer",
    ON_CALL: "Lin On-Call",
    STRANGER: "Mallory Stranger",
}

_API = '''"""The shop's API."""


def shipping(total: float) -> float:
    """What shipping costs."""
    return 4.90


def health() -> str:
    """Whether the service is well."""
    return "ok"
'''

_FILES = {
    "README.md": "# Shop\n\nThree services: `api`, `web` and `worker`.\n",
    "libs/money.py": '"""Amounts of money."""\n\nCURRENCY = "EUR"\n',
    "services/api/app.py": _API,
    "services/api/Dockerfile": "FROM python:3.12-slim\nCOPY . /app\n",
    "services/web/index.html": "<!doctype html>\n<title>Shop</title>\n<button>Buy</button>\n",
    "services/web/style.css": "button { color: black }\n",
    "services/worker/main.py": '"""Sends confirmations."""\n\n\ndef work() -> None:\n    """One round."""\n',
}


@dataclass(frozen=True, slots=True)
class AcmeShop:
    """What the seed made."""

    repository: Repository
    installation: Installation
    pull_requests: tuple[PullRequest, ...]


def seed_acme_shop(
    world: Organisation,
    configuration: str | None,
    *,
    pull_requests: bool = True,
    more_files: Mapping[str, str] | None = None,
) -> AcmeShop:
    """Builds acme/shop with this text as `.github/pointsman.yml` (None: without the file).

    `more_files` are there from the first version on, by path (a workflow).
    """
    _add_people(world)
    repository = world.add_repository("acme", "shop")
    repository.description = "The shop"
    _grant(world)
    files = {**_FILES, **(more_files or {})}
    if configuration is not None:
        files[CONFIGURATION_PATH] = configuration
    world.push(OWNER, SHOP, "main", files, "First version")
    navy = {"services/web/style.css": "button { color: navy }\n"}
    head = world.push(AUTHOR, SHOP, "main", navy, "Navy buttons")
    world.run_ci(SHOP, head.sha)
    installation = world.install("acme", [SHOP], OWNER)
    opened = _open_pull_requests(world) if pull_requests else ()
    return AcmeShop(repository, installation, opened)


def _add_people(world: Organisation) -> None:
    for login, name in _PEOPLE.items():
        world.add_account(login, name=name)
    world.add_organization("acme", OWNER)
    world.add_team("acme", "backend")
    world.add_team("acme", "sre")
    world.add_team_member("acme", "backend", AUTHOR)
    world.add_team_member("acme", "backend", REVIEWER)
    world.add_team_member("acme", "sre", ON_CALL)


def _grant(world: Organisation) -> None:
    world.set_team_permission(SHOP, "backend", "write")
    world.set_team_permission(SHOP, "sre", "maintain")


def _open_pull_requests(world: Organisation) -> tuple[PullRequest, ...]:
    free = _API.replace("    return 4.90", "    return 0.0 if total >= 50 else 4.90")
    first = world.open_pull_request(
        AUTHOR,
        SHOP,
        "free-shipping",
        "Free shipping from 50 euros",
        {"services/api/app.py": free},
        "Orders of 50 euros and more ship for nothing.",
    )
    world.run_ci(SHOP, first.head_sha)
    button = {"services/web/index.html": "<!doctype html>\n<title>Shop</title>\n<button>Buy now</button>\n"}
    second = world.open_pull_request(REVIEWER, SHOP, "buy-now", "A button that says what it does", button)
    world.run_ci(SHOP, second.head_sha)
    return first, second
