"""Examines an installation: what is set up, what can be reached, what was lost, and how each thing is mended.

It works beside a running bot and while the bot is down, and changes nothing.
"""

from bot.doctor.findings import Finding, Level
from bot.doctor.surroundings import Surroundings, surroundings_of
from bot.doctor.table import TABLE, Check, examine

__all__ = ["TABLE", "Check", "Finding", "Level", "Surroundings", "examine", "surroundings_of"]
