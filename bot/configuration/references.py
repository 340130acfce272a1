"""What the parts of one configuration say of one another: names that must exist, orders without circles.

Works on the located tree and not on finished values, so that a mistake elsewhere hides none of these.
"""

from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter

from bot.configuration.layers import child, entries, items, text, texts
from bot.configuration.report import Report, quoted
from bot.configuration.repository import Drivers
from bot.domain.findings import Located

_CIRCLES_MAX = 10
_CIRCLE_SHOWN_MAX = 5


def check_references(tree: Located, drivers: Drivers, report: Report) -> None:
    """Report every name that does not fit the others."""
    services, environments = entries(child(tree, "services")), entries(child(tree, "environments"))
    for name in environments.keys() & services.keys():
        message = f"{quoted(name)} is a service too; commands could not tell which is meant"
        report.error(environments[name].named_at, f"environments.{name}", message)
    _check_order("service", services, report)
    _check_order("environment", environments, report)
    for name, service in services.items():
        _check_steps(name, service, drivers, report)
    for name, environment in environments.items():
        _warn_of_bare_checks(name, environment, report)


def _check_order(what: str, named: Mapping[str, Located], report: Report) -> None:
    """Every `after` names another one that exists, and nothing waits for itself."""
    graph: dict[str, dict[str, Located]] = {}
    for name, entry in named.items():
        graph[name] = {}
        for index, (wanted, item) in enumerate(texts(child(entry, "after"))):
            if wanted in named:
                graph[name][wanted] = item
            else:
                path = f"{what}s.{name}.after[{index}]"
                report.unknown(item.position, path, (what, wanted), (each for each in named if each != name))
    for waiting, circle, item in _circles(graph):
        shown = circle if len(circle) <= _CIRCLE_SHOWN_MAX else [*circle[:_CIRCLE_SHOWN_MAX], "…", waiting]
        message = f"{quoted(waiting)} would wait for itself: {' after '.join(map(quoted, shown))}"
        report.error(item.position, f"{what}s.{waiting}.after", message)


def _circles(graph: dict[str, dict[str, Located]]) -> Iterator[tuple[str, list[str], Located]]:
    """Find circles one by one, each with the entry that closes it, which is then left out."""
    for _ in range(_CIRCLES_MAX):
        try:
            TopologicalSorter(graph).prepare()
        except CycleError as error:
            circle: list[str] = error.args[1][::-1]
            yield circle[0], circle, graph[circle[0]].pop(circle[1])
        else:
            return


def _check_steps(name: str, service: Located, drivers: Drivers, report: Report) -> None:
    steps = child(service, "steps")
    driver = text(child(service, "deploy", "driver"))
    rule = drivers.get(driver) if driver else None
    if steps is not None and rule is not None and not rule.steps:
        message = f"the driver {quoted(driver or '')} ships everything at once and knows no steps"
        report.error(steps.named_at, f"services.{name}.steps", message)


def _warn_of_bare_checks(name: str, environment: Located, report: Report) -> None:
    for index, item in enumerate(items(child(environment, "requires", "checks"))):
        check = text(item)
        if check is not None:
            message = (
                f"whoever has write access can report {quoted(check)} as green; "
                "name the App too: `{name: …, app: …}`"
            )
            report.warning(item.position, f"environments.{name}.requires.checks[{index}]", message)
