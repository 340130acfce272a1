"""What is tested on a pull request. One file for each check, one row here."""

from bot.checks import config, plan
from bot.checks.check import Check

TABLE: tuple[Check, ...] = (config.CHECK, plan.CHECK)
