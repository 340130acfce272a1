"""The demo stays where it was, moves aside for others, and says so."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bot.sandbox.demo_play import DemoOptions
from bot.sandbox.demo_ports import PAGE_PORT, PortTaken, choose_ports, is_free
from bot.sandbox.keeping import Ports
from bot.sandbox.stage import HOST, free_port

COMMAND = DemoOptions(version="1.0", folder=Path("/srv/my demo")).command


@pytest.fixture
def before() -> Ports:
    return Ports(free_port(), free_port(), free_port(), free_port(), free_port())


@contextmanager
def taken(port: int) -> Iterator[None]:
    with socket.socket() as other:
        other.bind((HOST, port))
        other.listen()
        yield


def test_a_port_is_free_until_somebody_listens_there() -> None:
    port = free_port()
    assert is_free(port)
    with taken(port):
        assert not is_free(port)


def test_everything_stays_where_it_was(before: Ports) -> None:
    assert choose_ports(before, None, COMMAND) == (before, [])


def test_a_new_demo_has_five_ports_and_its_page_where_it_is_asked_for() -> None:
    page = free_port()
    ports, said = choose_ports(None, page, COMMAND)
    assert ports.pages == page
    assert len({ports.bot, ports.github, ports.slack, ports.deployer, ports.pages}) == 5
    assert said == []


def test_a_page_nobody_asked_for_has_its_usual_port_or_says_which_else() -> None:
    ports, said = choose_ports(None, None, COMMAND)
    if said:  # something else on this machine uses it
        assert str(PAGE_PORT) in said[0]
        assert "Links" not in said[0]
    else:
        assert ports.pages == PAGE_PORT


def test_a_page_goes_where_it_is_asked_for_although_it_was_elsewhere(before: Ports) -> None:
    page = free_port()
    assert choose_ports(before, page, COMMAND)[0].pages == page
    assert choose_ports(before, 0, COMMAND)[0].pages not in (0, before.pages)


def test_a_page_cannot_go_where_somebody_else_is(before: Ports) -> None:
    page = free_port()
    with taken(page), pytest.raises(PortTaken, match=f"{page}: another program does.*--folder.*--port 0"):
        choose_ports(before, page, COMMAND)


@pytest.mark.parametrize("name", ["bot", "github", "slack", "pages"])
def test_what_finds_its_port_taken_moves_and_says_so(name: str, before: Ports) -> None:
    port = getattr(before, name)
    with taken(port):
        after, (sentence,) = choose_ports(before, None, COMMAND)
    assert getattr(after, name) not in (0, port)
    assert f"Port {port} (" in sentence
    assert f"it is {getattr(after, name)} now" in sentence
    assert "Links made before lead nowhere" in sentence


def test_the_deployer_cannot_move_because_the_configuration_names_it(before: Ports) -> None:
    with (
        taken(before.deployer),
        pytest.raises(PortTaken, match=f"Port {before.deployer}.*--folder.*my demo.*--fresh"),
    ):
        choose_ports(before, None, COMMAND)
