"""What is watched after a deployer said "done": the probes, how each has gone, and what that means.

Three results: passed, failed, and inconclusive, which asks a person and never counts as success. A probe that
tells nothing (its source cannot be reached, or has no data) is neither good nor bad.
"""

from typing import Literal, TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from bot.domain.values import Seconds


class HttpProbe(Struct, frozen=True, kw_only=True):
    """An address that must answer with status `expect`; `failures` in a row are too many."""

    url: str
    expect: int = 200
    every: int = 10
    failures: int = 3


class PrometheusProbe(Struct, frozen=True, kw_only=True):
    """A query whose value must not exceed `maximum`, nor `growth` times its value before the deployment."""

    url: str
    query: str
    maximum: float | None = None
    growth: float | None = None
    every: int = 30
    failures: int = 3


class CheckProbe(Struct, frozen=True, kw_only=True):
    """A check run or status that is reported on the commit after the deployment began, and must be green."""

    name: str
    app: str | None = None
    every: int = 30
    failures: int = 1


Probe: TypeAlias = HttpProbe | PrometheusProbe | CheckProbe
Result = Literal["go_on", "passed", "failed", "inconclusive"]


class Verification(Struct, frozen=True, kw_only=True):
    """What is watched after a deployment, for `duration` seconds."""

    duration: int = 300
    http: tuple[HttpProbe, ...] = ()
    prometheus: tuple[PrometheusProbe, ...] = ()
    checks: tuple[CheckProbe, ...] = ()
    alerts: bool = False

    @property
    def probes(self) -> tuple[Probe, ...]:
        """All probes; their places are what samples are known by."""
        return (*self.http, *self.prometheus, *self.checks)


class Course(Struct, frozen=True):
    """How one probe has gone last: so many samples in a row that were good, bad, or told nothing.

    A sample that tells nothing neither adds to a row of bad ones nor ends it.
    """

    good_in_a_row: int = 0
    bad_in_a_row: int = 0
    unknown_in_a_row: int = 0
    said: str = ""


class Watch(Struct, frozen=True):
    """A verification under way. `inconclusive` says why a person has to decide."""

    began_at: Seconds
    ends_at: Seconds
    courses: tuple[Course, ...]
    inconclusive: str | None = None


def begin(verification: Verification, at: Seconds) -> Watch:
    """Begin to watch."""
    return Watch(at, at + verification.duration, tuple(Course() for _ in verification.probes))


def taken(watch: Watch, place: int, good: bool | None, said: str) -> Watch:
    """Add a sample of the probe at this place; `good` None = it told nothing."""
    if place >= len(watch.courses):
        return watch
    before = watch.courses[place]
    if good is None:
        after = Course(0, before.bad_in_a_row, before.unknown_in_a_row + 1, said)
    elif good:
        after = Course(before.good_in_a_row + 1, said=said)
    else:
        after = Course(0, before.bad_in_a_row + 1, 0, said)
    courses = tuple(after if each == place else course for each, course in enumerate(watch.courses))
    return replace(watch, courses=courses)


def judge(verification: Verification, watch: Watch, now: Seconds) -> tuple[Result, str]:
    """Say how it stands, and why.

    At the end of its time a probe that was not good last is waited for, as long as its failures would take:
    it recovers, or it has failed, or nobody can tell.
    """
    courses = list(zip(verification.probes, watch.courses, strict=True))
    for probe, course in courses:
        if course.bad_in_a_row >= probe.failures:
            return "failed", f"{named(probe)}: {course.said} ({course.bad_in_a_row} times in a row)"
    if now < watch.ends_at:
        return "go_on", ""
    open_ones = [(probe, course) for probe, course in courses if not course.good_in_a_row]
    if not open_ones:
        return "passed", ""
    patience = max(float(probe.every) * (probe.failures + 1) for probe, _ in open_ones)
    if now < watch.ends_at + patience:
        return "go_on", ""
    return "inconclusive", "; ".join(f"{named(probe)}: {_last(course)}" for probe, course in open_ones)


def _last(course: Course) -> str:
    return course.said or "it was not asked once"


def named(probe: Probe) -> str:
    """What people know a probe by."""
    if isinstance(probe, HttpProbe):
        return probe.url
    if isinstance(probe, CheckProbe):
        return f"check {probe.name}"
    limits = [] if probe.maximum is None else [f"≤ {probe.maximum:g}"]
    limits += [] if probe.growth is None else [f"≤ {probe.growth:g} times the value before"]
    return f"{probe.query} {' and '.join(limits)}"
