"""What the text of one setting has to look like, and what it becomes.

Each function says with a ValueError what is wrong and what to write instead. The message follows the
setting's name, and never repeats the text: it may be a secret.
"""

import base64
import binascii
import re
from pathlib import Path
from typing import Final, Literal
from urllib.parse import urlsplit

LogFormat = Literal["console", "json"]
PRIVATE_KEY: Final = re.compile(
    r"-----BEGIN (RSA )?PRIVATE KEY-----\s.+\s-----END (RSA )?PRIVATE KEY-----", re.DOTALL
)


def graphql_url_of(api_url: str) -> str:
    """GitHub's GraphQL address beside its REST address; Enterprise Server keeps both under ``/api``."""
    return api_url.removesuffix("/v3") + "/graphql"


def app_id(text: str) -> int:
    """The number of a GitHub App."""
    if not re.fullmatch(r"[1-9][0-9]{0,17}", text):
        raise ValueError("is not a number. It is the App ID on the App's page, not the client id.")
    return int(text)


def private_key(text: str, directory: Path) -> str:
    r"""The PEM text of an RSA key, given as PEM (also with ``\n`` for line ends), in base64, or as a path."""
    found = PRIVATE_KEY.search(text.replace("\\n", "\n")) or PRIVATE_KEY.search(_decoded(text))
    found = found or PRIVATE_KEY.search(_content(directory / text))
    if not found:
        raise ValueError(
            "is neither a private key in PEM form, nor that in base64, nor the path of a file with one. "
            "GitHub offers the file under *Private keys* on the App's page."
        )
    return found[0] + "\n"


def _decoded(text: str) -> str:
    try:
        return base64.b64decode("".join(text.split()), validate=True).decode("ascii")
    except (binascii.Error, UnicodeDecodeError):
        return ""


def _content(path: Path) -> str:
    """The file's text; empty where there is none: a damaged key that was pasted may look like a path."""
    try:
        return path.read_text(encoding="ascii", errors="replace")
    except PermissionError as error:
        raise ValueError(
            "is the path of a file that this user may not read. Change its owner or mode."
        ) from error
    except (OSError, ValueError):
        return ""


def bot_token(text: str) -> str:
    """A bot's token, as far as its kind can be seen."""
    if text.startswith(("xapp-", "xoxp-")):
        raise ValueError(
            "is not a bot's token. It begins with xoxb- and stands on the page OAuth & Permissions."
        )
    return text


def app_token(text: str) -> str:
    """An app-level token, which Socket Mode needs."""
    if not text.startswith("xapp-"):
        raise ValueError(
            "is not an app-level token. It begins with xapp- and stands on the page Basic Information."
        )
    return text


def web_address(text: str) -> str:
    """An http or https address, without a slash at its end."""
    problem = "is not an address. Write it like https://pointsman.example.com, without a user or a query."
    try:
        parts = urlsplit(text)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        raise ValueError(problem) from None
    if not usable or parts.query or parts.fragment or "@" in parts.netloc:
        raise ValueError(problem)
    return text.rstrip("/")


def slack_address(text: str) -> str:
    """The base of Slack's Web API, with the slash at its end."""
    address = web_address(text) + "/"
    if not address.endswith("/api/"):
        raise ValueError("does not end in /api/. Slack's own is https://slack.com/api/.")
    return address


def database_address(text: str) -> str:
    """A database that the ledger knows; Heroku says ``postgres://`` for ``postgresql://``."""
    scheme, _, rest = text.partition("://")
    if scheme in ("postgres", "postgresql") and rest:
        return f"postgresql://{rest}"
    if scheme != "sqlite":
        raise ValueError("is neither sqlite:///… nor postgresql://…. The driver is not part of it.")
    if not rest.startswith("/") or rest in ("/", "/:memory:"):
        raise ValueError(
            "names no file. Write sqlite:///pointsman.db or sqlite:////var/lib/pointsman/pointsman.db."
        )
    return text


def nats_addresses(text: str) -> str:
    """One or more servers of NATS, comma-separated."""
    schemes = ("nats://", "tls://", "ws://", "wss://")
    if not all(part.strip().startswith(schemes) for part in text.split(",")):
        raise ValueError("is not an address of NATS. Write it like nats://nats.example.com:4222.")
    return text


def port(text: str) -> int:
    """A TCP port; 0 lets the system choose."""
    if not re.fullmatch(r"[0-9]{1,5}", text) or int(text) > 65_535:
        raise ValueError("is not a port. Write a number from 0 to 65535; the default is 8080.")
    return int(text)


def yes_or_no(text: str) -> bool:
    """A switch."""
    known = {
        "1": True,
        "true": True,
        "yes": True,
        "on": True,
        "0": False,
        "false": False,
        "no": False,
        "off": False,
    }
    if text.lower() not in known:
        raise ValueError("is neither yes nor no. Write 1 or 0.")
    return known[text.lower()]


def log_level(text: str) -> str:
    """A level in small letters."""
    if text.lower() not in ("debug", "info", "warning", "error", "critical"):
        raise ValueError("is not a level. Write debug, info, warning, error or critical.")
    return text.lower()


def log_format(text: str) -> LogFormat:
    """How log lines are written."""
    match text:
        case "console" | "json":
            return text
    raise ValueError("is not a format. Write console or json.")
