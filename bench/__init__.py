"""Reproducible measurements of the whole bot, on this machine only. `make bench` runs them all."""
