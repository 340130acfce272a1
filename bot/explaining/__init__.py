"""Why something happened, or did not: the recorded stories about a subject, from the ledger alone.

Serves `pointsman why`, `/why` and the dashboard, so that all tell the same. The answer is what was decided
then, and not what would be decided now. Must never make anything up: where nothing is known, nothing is told.

* `gathering` finds what a subject means and reads the rows, in few and bounded reads.
* `stories` puts the rows together: who asked or what happened, and what came of it.
* `standing` says what is waited for now, `absences` what was ignored or never arrived; `explained` is all.
* `views` makes steps of a story, in the words of `wording`, `reasons`, `facts`, `marks` and `waiting`.
* `telling` writes them as lines, `brief` as the answer to `/why`, `documents` as plain data for `--json`.
"""
