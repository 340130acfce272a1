"""Pointsman: a self-hosted GitHub App and Slack app for checks, deployments and rollbacks."""

__version__ = "0.1.0"
