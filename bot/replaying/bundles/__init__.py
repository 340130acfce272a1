"""One incident as a file that can be handed on: what happened, what was decided and why, without names.

On another machine, without a ledger and without credentials, states are made anew from it and every decision
is made again. Must never hold what says who somebody is, what somebody wrote, or what opens doors.
"""
