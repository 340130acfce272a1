"""The command line's commands: one file for each group, added to `pointsman` in `bot.__main__`.

Exit codes: 0 done, 1 the answer is no, 2 usage or configuration. Every reading command takes `--json`.
"""
