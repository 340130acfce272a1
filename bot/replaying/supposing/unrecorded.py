"""What cannot be known of the past, since nobody read it then."""


class NotRecorded(Exception):
    """The other configuration would need a fact that was not read. The text names it."""
