"""Validates configuration files and prints their schemas."""

import sys
from pathlib import Path

import click

from bot.cli.asking import as_json_option, print_json, stop
from bot.configuration import (
    WORKFLOWS_FOLDER,
    ConfigurationFile,
    Surroundings,
    Unusable,
    WorkflowFiles,
    effective_policy,
    instance_schema,
    repository_schema,
    schema_text,
    validate_instance,
    workflows_named,
)
from bot.domain.event_catalogue import events_schema
from bot.domain.instance import InstancePolicy
from bot.drivers import rules

_CONFIGURATION = Path(".github/pointsman.yml")


@click.command()
@click.argument("file", type=click.Path(path_type=Path), required=False)
@click.option("--instance", type=click.Path(path_type=Path), help="The instance file to validate against.")
@click.option("--repository", help="OWNER/REPO, for what is bound to repositories.")
@as_json_option
def validate(file: Path | None, instance: Path | None, repository: str | None, as_json: bool) -> None:
    """Validate a configuration file; errors as file:line:column: message."""
    findings = []
    policy: InstancePolicy | None = None
    if instance is not None:
        reading = validate_instance(_bytes(instance), str(instance), drivers=rules())
        findings, policy = list(reading.findings), reading.policy
    if file is not None or instance is None:
        path = file or _CONFIGURATION
        text = _bytes(path)
        surroundings = Surroundings(rules(), policy, repository, _workflows(path, text))
        findings += effective_policy(ConfigurationFile(str(path), text), None, surroundings).findings
    failed = any(finding.severity == "error" for finding in findings)
    if as_json:
        print_json({"valid": not failed, "findings": findings})
    else:
        for finding in findings:
            click.echo(str(finding))
        click.echo("invalid" if failed else "valid")
    sys.exit(1 if failed else 0)


def _workflows(file: Path, text: bytes) -> WorkflowFiles | None:
    """Read the workflow files that a configuration names, of the repository that it lies in."""
    names = workflows_named(text, rules())
    beside = file.absolute().parent
    is_in_repository = beside.name == ".github"
    folder = (beside.parent if is_in_repository else beside) / WORKFLOWS_FOLDER
    if names and not is_in_repository and not folder.is_dir():
        click.echo(f"note: there is no folder {folder}, so the workflows were not checked", err=True)
        return None
    return {name: _workflow(folder / name) for name in names}


def _workflow(path: Path) -> bytes | Unusable | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        return Unusable(str(error.strerror))


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        stop(f"{path}: {error.strerror}", 2)


@click.command()
@click.argument("subject", type=click.Choice(["config", "instance", "events"]))
def schema(subject: str) -> None:
    """Print the JSON Schema of a configuration file, or of what events carry."""
    made = {
        "config": lambda: repository_schema(rules()),
        "instance": lambda: instance_schema(rules()),
        "events": events_schema,
    }[subject]()
    click.echo(schema_text(made), nl=False)
