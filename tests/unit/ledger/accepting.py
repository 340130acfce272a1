"""A program that stores deliveries until it is killed, and prints the id of each that was acknowledged."""

import asyncio
import sys
from itertools import count
from pathlib import Path

from bot.ledger.sqlite import open_sqlite
from tests.contract.ledger_stories import incoming

SENDERS = 8


async def main(path: Path) -> None:
    ledger = open_sqlite(path, exclusive=True)
    ids = count()

    async def send() -> None:
        for n in ids:
            await ledger.accept(incoming(str(n)))
            sys.stdout.write(f"{n}\n")
            sys.stdout.flush()

    await asyncio.gather(*(send() for _ in range(SENDERS)))


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
