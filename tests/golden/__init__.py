"""What every release stored, byte by byte, and the gate that keeps it readable.

`python -m tests.golden write` adds what is new to the catalogue of the current version; it never changes or
drops what stands there. `python -m tests.golden check` reads every catalogue and prints a counterexample for
each record that no longer means what it meant.
"""
