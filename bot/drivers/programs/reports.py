"""Says in a report how a run stands.

The same standing always makes the same report, whoever looks and whenever: the count of bytes written is its
sequence, so that nothing is told twice and nothing old after something new.
"""

import signal

from bot.domain.durations import format_duration
from bot.domain.values import DeployerState, Report
from bot.drivers.programs.folder import About, Ending, RunFolder
from bot.drivers.programs.output import LINE_WINDOW_BYTES, Redactor, last_line, percent_of
from bot.drivers.programs.recording import read_end, written

LAST_SEQUENCE = 2**31 - 1
DESCRIPTION_CHARS_MAX = 500


def progress_of(folder: RunFolder, about: About, redact: Redactor) -> Report:
    """Report how far a run is that has not ended."""
    sequence = min(
        written(folder.path) + 1, LAST_SEQUENCE - 1
    )  # before its words: they may be newer, not older
    line = _last_line(folder, redact, live=True)
    return Report(
        deployment=about.deployment,
        attempt=about.attempt,
        state="in_progress",
        sequence=sequence,
        description=line,
        percent=percent_of(line),
        log_url=about.page,
    )


def end_of(folder: RunFolder, about: About, ending: Ending, redact: Redactor) -> Report:
    """Report how a run ended."""
    state: DeployerState = "failed"
    if ending.reason == "cancelled":
        state = "cancelled"
    elif ending.reason == "ended" and ending.code == 0:
        state = "succeeded"
    line = _last_line(folder, redact, live=False)
    said = ": ".join(filter(None, (_how(ending, about), line)))
    return Report(
        deployment=about.deployment,
        attempt=about.attempt,
        state=state,
        sequence=LAST_SEQUENCE,
        description=said[:DESCRIPTION_CHARS_MAX] or None,
        log_url=about.page,
    )


def number_of(report: Report) -> int:
    """A number for each report of a deployment, over all of its attempts."""
    return ((report.attempt or 0) << 31) + (report.sequence or 0)


def refusal_of(ending: Ending) -> str:
    """Say why nothing could be started."""
    return f"The program could not be started: {ending.words or 'the system did not say why'}."


def _how(ending: Ending, about: About) -> str:
    code = "" if ending.code == 0 and ending.reason == "ended" else _code(ending)
    match ending.reason:
        case "ended":
            return code
        case "timed_out":
            return f"timed out after {format_duration(int(about.timeout))}, so it was told to end ({code})"
        case "cancelled":
            return f"told to end on request ({code})"
        case "stopped":
            return f"told to end by this machine, as when a service is stopped ({code})"
        case _:
            return refusal_of(ending).rstrip(".")


def _code(ending: Ending) -> str:
    if ending.signal is None:
        return f"exit code {ending.code}"
    try:
        return f"ended by signal {ending.signal}, {signal.Signals(ending.signal).name}"
    except ValueError:
        return f"ended by signal {ending.signal}"


def _last_line(folder: RunFolder, redact: Redactor, *, live: bool) -> str | None:
    layout = folder.layout()
    if layout is None:
        return None
    try:
        count = written(folder.path)
        end = read_end(folder.path, layout, LINE_WINDOW_BYTES)
    except FileNotFoundError:
        return None
    line = last_line(end, redact, cut=count > len(end), live=live)
    return None if line is None else line[:DESCRIPTION_CHARS_MAX]
