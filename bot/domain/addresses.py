"""Addresses that files name, and whether the instance's owner allows them.

What a repository writes decides where a request with a secret goes. So an address is taken only in a
form that every program reads alike, and it matches by scheme, host, port and whole path segments:
`https://ci.example.com/hook` covers `/hook` and `/hook/a`, never `/hooks` or `ci.example.com.evil.org`.
Must never resolve a name or open a connection.
"""

import re
from fnmatch import fnmatchcase
from typing import NamedTuple
from urllib.parse import urlsplit

ADDRESS_PATTERN = "https?://[^\\s@\\\\#]+"
ADDRESS_LENGTH_MAX = 2000
HOST_LENGTH_MAX, LABEL_LENGTH_MAX = 253, 63
"""RFC 1035, section 2.3.4."""
REPOSITORY_PATTERN = "[A-Za-z0-9][A-Za-z0-9_-]*/(?:[*]|[A-Za-z0-9._-]+)"

_FORM = re.compile(ADDRESS_PATTERN)
_PRINTABLE = re.compile("[!-~]+")
_HOST = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9._-]*[A-Za-z0-9_])?|\[[0-9A-Fa-f:.]+\]")
# Some servers take `..;x` for `..`, and an overlong %c0%ae for a dot.
_AMBIGUOUS = re.compile(r"[\\@#]|%2f|%5c|%2e|%c0%|/\.{1,2}(?:[/?;]|$)", re.IGNORECASE)
_PORTS = {"http": 80, "https": 443}


class Address(NamedTuple):
    """An address in comparable parts. `host` is lower case, `path` begins with a slash."""

    scheme: str
    host: str
    port: int
    path: str


def parse_address(text: str) -> Address:
    """Take an `http` or `https` address apart. Raises ValueError with a sentence that does not repeat it."""
    if len(text) > ADDRESS_LENGTH_MAX or not _PRINTABLE.fullmatch(text):
        raise ValueError("an address has no blanks and only plain ASCII characters (others percent-encoded)")
    if _AMBIGUOUS.search(text):
        raise ValueError("an address has no user name, `#`, backslash, `.` or `..` segment, not even encoded")
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise ValueError("the host or port of this address cannot be read") from error
    scheme = parts.scheme
    # Brackets are for IPv6 only: what else may stand in them is read differently everywhere.
    if "[" in parts.netloc and ":" not in host:
        raise ValueError("the host or port of this address cannot be read")
    if not _FORM.fullmatch(text) or not _HOST.fullmatch(f"[{host}]" if ":" in host else host) or port == 0:
        raise ValueError("an address begins with `https://` (or `http://`) and a host")
    if len(host) > HOST_LENGTH_MAX or any(len(label) > LABEL_LENGTH_MAX for label in host.split(".")):
        raise ValueError("the host of this address is longer than a name can be")
    return Address(scheme, host, port or _PORTS[scheme], parts.path or "/")


def covers(allowed: str, address: str) -> bool:
    """Whether `address` lies under `allowed`, whatever its query; what cannot be read is not covered."""
    try:
        ours, theirs = parse_address(allowed), parse_address(address)
    except ValueError:
        return False
    if ours[:3] != theirs[:3]:
        return False
    folder = ours.path.rstrip("/")
    return theirs.path == folder or theirs.path.startswith(folder + "/")


def names_repository(pattern: str, repository: str) -> bool:
    """Whether `acme/shop` or `acme/*` names `repository` (`owner/name`); GitHub's names ignore case."""
    return fnmatchcase(repository.lower(), pattern.lower()) and repository.count("/") == 1
