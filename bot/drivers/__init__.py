"""How software is shipped: one file for each driver, one row here.

A row gives the rule by which configuration is checked; `app` makes the driver itself. Drivers of others
are found by the entry points `pointsman.drivers`.
"""

from collections.abc import Mapping

from bot.domain.driver_rules import DriverRule
from bot.drivers import http

RULES: Mapping[str, DriverRule] = {http.NAME: http.RULE}
