"""Who is calling: the App with its JWT, or an installation with its token, and what that may touch.

It must never accept a signature, a time or a token that GitHub would not.
"""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from jwt.types import Options

from bot.sandbox.github.exchange import Refusal
from bot.sandbox.github.memory import Memory
from bot.sandbox.github.records import Installation, Repository, Token

JWT_LIFE_SECONDS_MAX = 600
TOKEN_LIFE_SECONDS = 3600
TOKEN_LENGTH = 520
"""Stateless tokens are about this long; nothing may assume forty characters."""

_LEVELS = {"read": 1, "write": 2, "admin": 3}
_IAT_MESSAGE = (
    "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued"
)
_EXP_MESSAGE = (
    "'Expiration time' claim ('exp') must be a numeric value representing the future time at which "
    "the assertion expires"
)
_UNDECODABLE = "A JSON web token could not be decoded"


@dataclass(frozen=True, slots=True)
class Caller:
    """An authenticated caller. `installation` and `token` are None for the App itself."""

    kind: Literal["app", "installation"]
    installation: Installation | None = None
    token: Token | None = None

    def may(self, permission: str, level: str) -> bool:
        """Whether the token has a permission; every one may read metadata."""
        if self.token is None:
            return False
        held = self.token.permissions.get(permission, "read" if permission == "metadata" else "")
        return _LEVELS.get(held, 0) >= _LEVELS[level]

    def sees(self, memory: Memory, repository: Repository) -> bool:
        """Whether the token is good for a repository."""
        if self.installation is None or self.token is None:
            return False
        limited = self.token.repository_ids
        return memory.is_in(self.installation, repository) and (limited is None or repository.id in limited)


def authenticate(memory: Memory, headers: Mapping[str, str]) -> Caller:
    """The caller behind an `Authorization` header; a 401 otherwise."""
    scheme, _, credential = headers.get("authorization", "").partition(" ")
    if scheme.lower() not in ("bearer", "token") or not credential:
        raise Refusal(401, "Requires authentication")
    if credential.startswith("ghs_"):
        return _by_token(memory, credential.strip())
    if credential.count(".") == 2 and scheme.lower() == "bearer":
        _check_jwt(memory, credential.strip())
        return Caller("app")
    raise Refusal(401, "Bad credentials")


def issue_token(
    memory: Memory, installation: Installation, permissions: dict[str, str], repository_ids: list[int] | None
) -> Token:
    """A token for an hour, in the stateless format `ghs_APPID_JWT`."""
    prefix = f"ghs_{memory.app.app_id}_"
    parts = [_segment(memory, 36), _segment(memory, 240), ""]
    parts[2] = _segment(memory, TOKEN_LENGTH - len(prefix) - len(".".join(parts)))
    token = Token(
        prefix + ".".join(parts),
        installation.id,
        {"metadata": "read", **permissions},
        repository_ids,
        memory.clock() + TOKEN_LIFE_SECONDS,
    )
    memory.tokens[token.value] = token
    return token


def exceeds(asked: Mapping[str, str], granted: Mapping[str, str]) -> bool:
    """Whether more is asked for than was granted."""
    return any(
        _LEVELS.get(level, 9) > _LEVELS.get(granted.get(name, "read" if name == "metadata" else ""), 0)
        for name, level in asked.items()
    )


def _by_token(memory: Memory, value: str) -> Caller:
    token = memory.tokens.get(value)
    if token is None or token.expires_at <= memory.clock():
        raise Refusal(401, "Bad credentials")
    installation = memory.installations.get(token.installation_id)
    if installation is None:
        raise Refusal(401, "Bad credentials")
    if installation.suspended_at is not None:
        raise Refusal(403, "This installation has been suspended")
    return Caller("installation", installation, token)


def _check_jwt(memory: Memory, credential: str) -> None:
    claims = _signed_claims(memory, credential)
    now = memory.clock()
    issued, expires = claims.get("iat"), claims.get("exp")
    if isinstance(issued, bool) or not isinstance(issued, int) or issued > now:
        raise Refusal(401, _IAT_MESSAGE)
    if isinstance(expires, bool) or not isinstance(expires, int) or expires <= now:
        raise Refusal(401, _EXP_MESSAGE)
    if expires > now + JWT_LIFE_SECONDS_MAX:
        raise Refusal(401, "'Expiration time' claim ('exp') is too far in the future")
    if str(claims.get("iss")) not in (str(memory.app.app_id), memory.app.client_id):
        raise Refusal(404, "Integration not found")


def _signed_claims(memory: Memory, credential: str) -> dict[str, Any]:
    key = _public_key(memory.app.public_key_pem)
    try:
        claims: dict[str, Any] = jwt.decode(credential, key, algorithms=["RS256"], options=_TIMES_ARE_OURS)
    except jwt.InvalidTokenError:
        raise Refusal(401, _UNDECODABLE) from None
    return claims


_TIMES_ARE_OURS: Options = {
    "verify_exp": False,
    "verify_iat": False,
    "verify_nbf": False,
    "verify_iss": False,
    "verify_aud": False,
}
_keys: dict[str, RSAPublicKey] = {}


def _public_key(pem: str) -> RSAPublicKey:
    if pem not in _keys:
        key = load_pem_public_key(pem.encode())
        if not isinstance(key, RSAPublicKey):
            raise TypeError("an App has an RSA key")
        _keys[pem] = key
    return _keys[pem]


def _segment(memory: Memory, length: int) -> str:
    return base64.urlsafe_b64encode(memory.random.randbytes(length)).decode()[:length]
