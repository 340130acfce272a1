"""What holds for every test: nothing leaves this machine, and hypothesis judges no test by its speed."""

import gc
import logging
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog
from hypothesis import settings

settings.register_profile("pointsman", deadline=None, print_blob=True)
settings.load_profile("pointsman")

CRASH = Path(__file__).parent / "crash"
LOCAL_HOSTS = frozenset({"::1", "localhost", "0.0.0.0", "::", "", None})


def refuse_other_machines(event: str, arguments: tuple[Any, ...]) -> None:
    """An audit hook: connecting to, or looking up, anything but this machine is a mistake in the test."""
    if event == "socket.getaddrinfo":
        host = arguments[0]
    elif event in ("socket.connect", "socket.sendto") and isinstance(arguments[1], tuple):
        host = arguments[1][0]
    else:
        return
    name = host.decode() if isinstance(host, bytes) else host
    if name not in LOCAL_HOSTS and not name.startswith("127."):
        raise RuntimeError(f"a test reached for {name}; tests talk to this machine only")


sys.addaudithook(refuse_other_machines)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests that kill real programs stand evenly among the others, which use the core that they wait on."""
    waiting = [each for each in items if CRASH in each.path.parents]
    others = [each for each in items if CRASH not in each.path.parents]
    places = {
        id(each): (place + 0.5) / len(kind) for kind in (waiting, others) for place, each in enumerate(kind)
    }
    items.sort(key=lambda each: places[id(each)])


def pytest_collection_finish() -> None:
    """Thousands of collected tests stay to the end: no use to look through them for garbage each time."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def _logging_as_it_was() -> Iterator[None]:
    """Whoever sets logging up for a process does it for that test only."""
    handlers, level = logging.root.handlers[:], logging.root.level
    yield
    structlog.reset_defaults()
    logging.root.handlers[:] = handlers
    logging.root.setLevel(level)
