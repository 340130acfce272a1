"""The JSON Schemas that editors read, made from the same descriptions that validate."""

import json
from typing import Final

from bot.configuration.instance import instance_record
from bot.configuration.repository import Drivers, repository_record
from bot.configuration.shapes import Schema

_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"


def repository_schema(drivers: Drivers) -> Schema:
    """Describe `.github/pointsman.yml` for the drivers that there are."""
    return {
        "$schema": _DIALECT,
        "$id": "urn:pointsman:config:1",
        "title": "Pointsman: a repository's configuration",
        **repository_record(drivers).schema(),
    }


def instance_schema(drivers: Drivers) -> Schema:
    """Describe the instance file for the drivers that there are."""
    return {
        "$schema": _DIALECT,
        "$id": "urn:pointsman:instance:1",
        "title": "Pointsman: the instance file",
        **instance_record(drivers).schema(),
    }


def schema_text(schema: Schema) -> str:
    """Write a schema the way it is published."""
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"
