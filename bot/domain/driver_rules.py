"""What a service may tell each driver, as data that the driver's own file declares.

The configuration's validator, its JSON Schema and the documentation read the same rule, so that a new
driver needs no change there. A kind says what a value is and what it is checked against: a `secret`
must be bound to the repository and must cover every `url` of the same service, a `command` must be
one of the instance's.
"""

from typing import Literal

from msgspec import Struct

DriverKeyKind = Literal[
    "text",
    "url",
    "secret",
    "command",
    "workflow",
    "app",
    "boolean",
    "integer",
    "duration",
    "texts",
    "text_map",
]
"""`duration` arrives as seconds, `texts` as a list of text, `text_map` as a map of text to text.

`app` is a GitHub App's slug. `workflow` is the name of a file in `.github/workflows` that has to declare
`DriverRule.inputs` and those that are configured under `inputs`.
"""


class DriverKey(Struct, frozen=True):
    """One key beside `driver` in a service's `deploy`."""

    name: str
    kind: DriverKeyKind
    description: str
    required: bool = False


class DriverRule(Struct, frozen=True):
    """What a driver understands.

    `steps` = it can ship to a part of the users first. `reports` is who may report on its deployments:
    `callback` (the signed callback), `actions` (GitHub's workflow events), `program` (this process),
    `status:` and a GitHub App's slug; `{key}` is replaced by that setting. `records` = it makes the GitHub
    Deployment itself. `inputs` are those that its workflow has to declare.
    """

    description: str
    keys: tuple[DriverKey, ...] = ()
    steps: bool = False
    reports: str = "callback"
    records: bool = False
    inputs: tuple[str, ...] = ()
