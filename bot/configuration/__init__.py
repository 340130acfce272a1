"""Reads, merges and judges configuration files; what comes out is a policy of the domain, or findings.

Imports the domain only, reads no file and asks nobody: the texts come from outside.
"""

from bot.configuration.bindings import Surroundings
from bot.configuration.dispatch import workflows_named
from bot.configuration.published import instance_schema, repository_schema, schema_text
from bot.configuration.repository import Drivers
from bot.configuration.validate import (
    ConfigurationFile,
    InstanceReading,
    RepositoryReading,
    effective_policy,
    validate_instance,
    validate_repository,
)
from bot.configuration.workflow import FOLDER as WORKFLOWS_FOLDER
from bot.configuration.workflow import Unusable, WorkflowFiles

__all__ = [
    "WORKFLOWS_FOLDER",
    "ConfigurationFile",
    "Drivers",
    "InstanceReading",
    "RepositoryReading",
    "Surroundings",
    "Unusable",
    "WorkflowFiles",
    "effective_policy",
    "instance_schema",
    "repository_schema",
    "schema_text",
    "validate_instance",
    "validate_repository",
    "workflows_named",
]
