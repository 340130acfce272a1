"""The App as GitHub knows it: its number, public key, webhook secret, permissions and events.

It must never hold the App's private key: only the bot has that.
"""

from dataclasses import dataclass, field

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa


@dataclass(slots=True)
class AppRegistration:
    """What somebody entered when they registered the App.

    `permissions` are the names and levels of a GitHub App (`checks: write`), `events` the subscriptions.
    `webhook_url` is where it wants its deliveries to go.
    """

    app_id: int
    public_key_pem: str
    webhook_secret: str = field(repr=False)
    permissions: dict[str, str]
    events: list[str]
    slug: str = "pointsman"
    client_id: str = "Iv23liSandboxPointsman"
    webhook_url: str = ""

    @property
    def bot_login(self) -> str:
        """The login under which the App acts."""
        return f"{self.slug}[bot]"


def generate_app_key() -> tuple[str, str]:
    """A fresh 2,048-bit RSA key as (private PEM in PKCS#1, as GitHub hands it out; public PEM)."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    )
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return private.decode(), public.decode()
