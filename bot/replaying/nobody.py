"""The reactors with nobody to ask: what was decided is decided again from what is recorded, or not at all."""

from collections.abc import Mapping
from typing import Any, NoReturn, cast

from bot.domain.instance import InstancePolicy
from bot.ports import Sources
from bot.reactors import table
from bot.reactors.row import Row


class AskedSomebody(Exception):
    """Something that goes through the past wanted to ask the world. The past must be enough."""


class _Nobody:
    """Answers no question."""

    def __getattr__(self, name: str) -> NoReturn:
        raise AskedSomebody(f"going through the past asks nobody, but {name} was wanted")


def rows() -> Mapping[str, tuple[Row, ...]]:
    """Give the reactors of each event type; their `read` can ask nobody."""
    nobody = cast(Any, _Nobody())
    sources = Sources(github=nobody, ledger=nobody, clock=nobody, instance=InstancePolicy())
    return cast(Mapping[str, tuple[Row, ...]], table(sources))


def rows_by_name() -> Mapping[str, Row]:
    """Give the reactors by the names under which their outcomes are recorded."""
    return {row.name: row for each in rows().values() for row in each}
