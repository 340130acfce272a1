"""What the checks of a pull request say: is the configuration valid, and what would be deployed where.

Each report is a title, a summary and further text, within GitHub's lengths ("Create a check run"). Must
never read like a verdict on the code: a plan only tells what stands in the way of a deployment.
"""

from collections.abc import Iterable

from msgspec import Struct

from bot.domain.verdict import Verdict
from bot.messages import gates
from bot.messages.blocks import cut
from bot.messages.dialects import GITHUB, counted, listed

TITLE_LENGTH_MAX = 255
OUTPUT_LENGTH_MAX = 65_000
FINDINGS_SHOWN_MAX = 200
FINDING_LENGTH_MAX = 500

NO_CODE_OWNER = (
    "no code owner has to agree to changes of .github/pointsman.yml: add a line for it to CODEOWNERS, since "
    "whoever changes this file decides who may deploy"
)
NO_PROTECTION = (
    "the default branch takes changes without a pull request: protect it by a rule, since whoever can push "
    "there decides who may deploy"
)

Report = tuple[str, str, str | None]


class PlanLine(Struct, frozen=True):
    """One service in one environment: the command that deploys it, and what its gates say."""

    service: str
    environment: str
    command: str
    automatic: bool
    verdicts: tuple[Verdict, ...] = ()


def _report(title: str, *paragraphs: str, text: str = "") -> Report:
    summary = "\n\n".join(each for each in paragraphs if each)
    return title[:TITLE_LENGTH_MAX], cut(summary, OUTPUT_LENGTH_MAX), cut(text, OUTPUT_LENGTH_MAX) or None


def _findings(title: str, findings: tuple[str, ...]) -> str:
    if not findings:
        return ""
    lines = [GITHUB.text(each, FINDING_LENGTH_MAX) for each in findings[:FINDINGS_SHOWN_MAX]]
    if len(findings) > FINDINGS_SHOWN_MAX:
        lines.append(f"and {len(findings) - FINDINGS_SHOWN_MAX} more")
    return f"{GITHUB.bold(title)}\n\n{GITHUB.bullets(lines)}"


def no_configuration() -> Report:
    """The head has no configuration, where there was one."""
    return _report(
        "This change removes the configuration",
        "Without `.github/pointsman.yml` Pointsman is off in this repository once this is merged.",
        "If that is meant, nothing needs to be done; otherwise bring the file back.",
    )


def invalid_configuration(problems: tuple[str, ...], warnings: tuple[str, ...]) -> Report:
    """The head's configuration has errors."""
    return _report(
        f"The configuration has {counted(len(problems), 'error')}",
        "Merged like this, nothing could be deployed. Correct it here; `pointsman validate` finds the same.",
        _findings("Errors", problems),
        _findings("Warnings", warnings),
    )


def valid_configuration(warnings: tuple[str, ...]) -> Report:
    """The head's configuration is valid."""
    title = "The configuration is valid"
    if warnings:
        title += f", with {counted(len(warnings), 'warning')}"
    return _report(title, "Pointsman can deploy by it.", _findings("Warnings", warnings))


def plan_unknown(problems: tuple[str, ...]) -> Report:
    """There is no plan while the default branch's configuration has errors."""
    return _report(
        "No plan: the configuration on the default branch has errors",
        "Nothing can be deployed until it is corrected there.",
        _findings("Errors", problems),
    )


def nothing_to_deploy(service_count: int) -> Report:
    """The change concerns no service."""
    return _report(
        "Nothing to deploy",
        f"No changed file is in the `paths` of any service ({service_count} configured).",
        "To deploy one all the same, name it: `/deploy SERVICE ENVIRONMENT`.",
    )


def plan(lines: tuple[PlanLine, ...], *, truncated: bool, from_fork: bool) -> Report:
    """Which services the change would deploy where, by which command, and what stands in the way."""
    services = list(dict.fromkeys(line.service for line in lines))
    table = "\n".join(
        ["| Service | Environment | Command | Stands in the way |", "|---|---|---|---|", *map(_row, lines)]
    )
    return _report(
        f"{counted(len(services), 'service')}: {', '.join(services)}" if services else "Nothing to deploy",
        f"This change concerns {listed(GITHUB.code(name) for name in services) or 'no service'}.",
        "GitHub's list of changed files was not complete, so every service counts as changed."
        if truncated
        else "",
        "The change comes from a fork: commands here are refused until it is merged." if from_fork else "",
        _automatic(lines),
        text=table if lines else "",
    )


def _automatic(lines: Iterable[PlanLine]) -> str:
    environments = list(dict.fromkeys(line.environment for line in lines if line.automatic))
    if not environments:
        return ""
    return f"Once merged it is deployed by itself to {listed(GITHUB.code(name) for name in environments)}."


def _row(line: PlanLine) -> str:
    in_the_way = "<br>".join(gates.in_short(GITHUB, each) for each in line.verdicts if each.state != "passed")
    automatic = " (by itself on merge)" if line.automatic else ""
    return (
        f"| {GITHUB.code(line.service)} | {GITHUB.code(line.environment)}{automatic} "
        f"| {GITHUB.code(line.command)} | {in_the_way or 'nothing known'} |"
    )
