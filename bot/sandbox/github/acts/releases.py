"""Releases are published; what GitHub tells of them. It must never make the tag: that is pushed before."""

from bot.sandbox.github.emission import Occasion, announce
from bot.sandbox.github.exchange import Json
from bot.sandbox.github.memory import Memory
from bot.sandbox.github.records import Account, Repository, iso
from bot.sandbox.github.shapes.accounts import node_id, simple_user
from bot.sandbox.github.shapes.repositories import api_address, page_address


def publish(
    memory: Memory, repository: Repository, tag: str, author: Account, *, prerelease: bool = False
) -> None:
    """Publishes a release of a tag that is there."""
    number = memory.new_id()
    announce(
        memory,
        Occasion("release", "published", repository, author),
        lambda: {"release": _release(memory, repository, (number, tag, prerelease), author)},
    )


def _release(memory: Memory, repository: Repository, what: tuple[int, str, bool], author: Account) -> Json:
    number, tag, prerelease = what
    url = f"{api_address(memory, repository)}/releases/{number}"
    page = page_address(memory, repository)
    return {
        "id": number,
        "node_id": node_id("RE", number),
        "url": url,
        "assets": [],
        "assets_url": f"{url}/assets",
        "upload_url": f"{url}/assets{{?name,label}}",
        "html_url": f"{page}/releases/tag/{tag}",
        "author": simple_user(memory, author),
        "body": "",
        "created_at": iso(memory.clock()),
        "published_at": iso(memory.clock()),
        "updated_at": iso(memory.clock()),
        "draft": False,
        "immutable": False,
        "prerelease": prerelease,
        "name": tag,
        "tag_name": tag,
        "target_commitish": repository.default_branch,
        "tarball_url": f"{page}/tarball/{tag}",
        "zipball_url": f"{page}/zipball/{tag}",
    }
