"""Why something happened, or did not: the recorded stories about a subject, from the ledger alone.

Serves `pointsman why` and the dashboard, so that both tell the same. The answer is what was decided then, and
not what would be decided now. Must never make anything up: where nothing is known, nothing is told.

* `gathering` finds what a subject means and reads the rows, in few and bounded reads.
* `stories` puts the rows together: who asked or what happened, and what came of it.
* `documents` writes them as plain data for `--json`.
"""
