"""Addresses below GitHub's API, built from words that people and files chose.

A branch may be called `a#b`, and somebody may ask for the ref `../../../app`: every word is quoted, and one
that would climb to another endpoint is refused. No other file of this package puts a foreign word into an
address.
"""

from urllib.parse import quote, urlencode, urlsplit

from bot.domain.errors import LastingFault
from bot.domain.values import Repository

PAGE_SIZE = 100  # GitHub's maximum ("Using pagination in the REST API")


def one(word: str) -> str:
    """Quote a word that is one segment of a path. Raises LastingFault for one that cannot be a name."""
    if word in ("", ".", ".."):
        raise LastingFault(f"{word!r} is no name that GitHub could know.", hint="Check the spelling.")
    return quote(word, safe="")


def many(words: str) -> str:
    """Quote a ref or a file's path: slashes stay, every segment is checked."""
    return "/".join(one(word) for word in words.split("/"))


def repository_path(repository: Repository) -> str:
    """`/repos/OWNER/NAME`."""
    return f"/repos/{one(repository.owner)}/{one(repository.name)}"


def with_query(path: str, **parameters: str | int) -> str:
    """Add a query to a path."""
    return f"{path}?{urlencode(parameters)}"


def paged(path: str, **parameters: str | int) -> str:
    """Ask for the largest pages of a list."""
    return with_query(path, per_page=PAGE_SIZE, **parameters)


def origin(url: str) -> tuple[str, str | None, int | None]:
    """Scheme, host and port: what must be equal before a token is sent."""
    parts = urlsplit(url)
    port = parts.port or {"https": 443, "http": 80}.get(parts.scheme)
    return parts.scheme, parts.hostname, port


def path_of(url: str) -> str:
    """The path of an address, for messages and logs."""
    return urlsplit(url).path
