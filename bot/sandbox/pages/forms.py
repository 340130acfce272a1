"""Reads what a page's form sent.

Must never guess: a field that is missing is the sender's mistake.
"""

from aiohttp import web
from multidict import MultiDictProxy

Form = MultiDictProxy[str | bytes | bytearray | web.FileField]


def field_of(form: Form, name: str) -> str:
    """A field that has to be there; HTTPBadRequest."""
    value = form.get(name)
    if not isinstance(value, str):
        raise web.HTTPBadRequest(text=f"The form lacks {name}.")
    return value
