"""Starts a program under a watcher of its own, and waits only until it is known to have started.

The watcher gets everything by stdin, so that no value of the environment is ever written to the disk. Asking
again for the same folder starts nothing twice, however often a bot died over it.
"""

import asyncio
import os
import sys
from collections.abc import Mapping
from pathlib import Path

import msgspec

from bot.domain.errors import PassingFault
from bot.drivers.programs.folder import RunFolder
from bot.drivers.programs.watcher import BUSY, STARTED

GRACE_SECONDS = 10.0
START_SECONDS = 10.0
WATCHER = Path(__file__).with_name("watcher.py")
# Where Python finds its own library on some machines; the watcher sees nothing else.
_FOR_PYTHON = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "DYLD_FALLBACK_LIBRARY_PATH")


class Errand(msgspec.Struct, frozen=True, kw_only=True):
    """What a watcher is to do. Times in seconds; `grace` lies between asking to end and killing."""

    run: tuple[str, ...]
    directory: str
    environment: Mapping[str, str]
    timeout: float
    grace: float


async def start(folder: RunFolder, errand: Errand) -> None:
    """Have the program started, unless it was before; the folder tells what came of it.

    Raises PassingFault where that is not known yet, or could not be tried.
    """
    try:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-I",
            "-S",
            str(WATCHER),
            str(folder.path),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
            env={name: os.environ[name] for name in _FOR_PYTHON if name in os.environ},
            start_new_session=True,
        )
    except OSError as error:
        raise PassingFault(f"The program's watcher could not be started: {error.strerror}.") from error
    try:
        async with asyncio.timeout(START_SECONDS):
            await process.communicate(msgspec.json.encode(errand))
    except TimeoutError as error:
        raise PassingFault(
            "The program's watcher did not say whether it started.", applied_maybe=True
        ) from error
    finally:
        if process.returncode is None:
            process.kill()  # only the one that waits for the answer
            await process.wait()
    if process.returncode == BUSY:
        raise PassingFault("Another watcher is about to start the program.", applied_maybe=True)
    if process.returncode != STARTED:
        raise PassingFault(
            f"The program's watcher ended early; {folder.path.name}/watcher.log says why.", applied_maybe=True
        )
