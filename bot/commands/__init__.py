"""What people can say. One file for each command, one row here; help is made of the rows.

Words that the grammar knows and that stand in no row are answered as not being in this version.
"""

from collections.abc import Mapping

from bot.commands import (
    approve,
    ask,
    cancel,
    deploy,
    freeze,
    help,
    keep,
    lock,
    reject,
    retry,
    rollback,
    status,
    unfreeze,
    unlock,
    why,
)
from bot.commands.asked import Command

_ROWS = (
    deploy.ROW,
    rollback.ROW,
    approve.ROW,
    reject.ROW,
    lock.ROW,
    unlock.ROW,
    ask.ROW,
    freeze.ROW,
    unfreeze.ROW,
    status.ROW,
    why.ROW,
    retry.ROW,
    keep.ROW,
    cancel.ROW,
)

TABLE: Mapping[str, Command] = {row.word: row for row in (*_ROWS, help.row(_ROWS))}
