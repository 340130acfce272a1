"""Where the demo listens: on the ports that it had before, as long as nobody else took them.

The configuration of acme/shop, what was said and what the bot remembers hold addresses, so ports are kept
over a restart. Must never take a port from another program.
"""

import socket
from collections.abc import Callable
from dataclasses import replace

from bot.sandbox.github.seed import SHOP
from bot.sandbox.keeping import Ports
from bot.sandbox.stage import HOST, free_port

PAGE_PORT = 8090


class PortTaken(Exception):
    """The demo cannot listen where it has to; the message says what to do."""


def choose_ports(
    before: Ports | None, page: int | None, command: Callable[..., str]
) -> tuple[Ports, list[str]]:
    """The ports to listen on, and a sentence for each that had to change.

    `before` is where the demo was, None for a new one; `page` is what somebody asked for, 0 for any free
    port, None for the one before; `command` gives what to type for this demo with these words. Raises
    PortTaken.
    """
    page_port, said = _page_port(before, page, command)
    if before is None:
        return Ports(free_port(), free_port(), free_port(), free_port(), page_port), said
    if not is_free(before.deployer):
        raise PortTaken(
            f"Port {before.deployer}, where the simulated deployer was, is taken by another program, and the "
            f"configuration of {SHOP} names it. End that program, or begin anew: {command('--fresh')}"
        )
    ports = replace(before, pages=page_port)
    for name, who in (("bot", "the bot"), ("github", "GitHub"), ("slack", "Slack")):
        taken = getattr(ports, name)
        if not is_free(taken):
            ports = replace(ports, **{name: free_port()})
            said.append(_moved(who, taken, getattr(ports, name)))
    return ports, said


def is_free(port: int) -> bool:
    """Whether a server could listen there now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as servers do: connections that ended
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def _page_port(
    before: Ports | None, wanted: int | None, command: Callable[..., str]
) -> tuple[int, list[str]]:
    if wanted == 0:
        return free_port(), []
    port = wanted or (before.pages if before else PAGE_PORT)
    if is_free(port):
        return port, []
    if wanted:
        raise PortTaken(
            f"The demo cannot listen on {HOST}:{port}: another program does. Name another port with --port, "
            f"or 0 for a free one: {command('--port', '0')}"
        )
    other = free_port()
    if before is None:
        return other, [_is_elsewhere("the page to play on", port, other)]
    return other, [_moved("the page to play on", port, other)]


def _is_elsewhere(who: str, taken: int, port: int) -> str:
    return f"Port {taken} ({who}) is taken by another program; it is {port} now."


def _moved(who: str, taken: int, port: int) -> str:
    return f"{_is_elsewhere(who, taken, port)} Links made before lead nowhere."
