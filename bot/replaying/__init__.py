"""What is recorded, gone through once more: to prove it, to ask what would have been, and to hand it on.

State is only `apply(state, event)`, and a decision is a pure function of event, state, facts and time. So
the recorded past can be decided again: as it was (`checking`), with another configuration (`supposing`),
and on another machine from a redacted bundle (`bundles`). Must never read from GitHub, Slack or a deployer,
and never write to the ledger.
"""
