"""Reads a page as a screen reader and a browser would, and says what neither could make sense of."""

from collections import Counter
from dataclasses import dataclass, field
from html.parser import HTMLParser
from itertools import pairwise

VOID = frozenset({"meta", "link", "input", "br", "hr", "img"})
LEVELS = ("h1", "h2", "h3")
Attributes = dict[str, str | None]


@dataclass
class Reading(HTMLParser):
    """One page: its elements with their attributes, its text, and how its tags nest."""

    elements: list[tuple[str, Attributes]] = field(default_factory=list)
    text: str = ""
    problems: list[str] = field(default_factory=list)
    _open: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open.pop() != tag:
            self.problems.append(f"</{tag}> closes nothing")

    def handle_data(self, data: str) -> None:
        self.text += data

    def all(self, tag: str) -> list[Attributes]:
        return [attributes for name, attributes in self.elements if name == tag]


def read(page: str) -> Reading:
    reading = Reading()
    reading.feed(page)
    reading.close()
    return reading


def problems(page: str) -> list[str]:
    """What is wrong with a page for people who use a keyboard or a screen reader, or for its safety."""
    reading = read(page)
    ids = [attributes["id"] for _, attributes in reading.elements if attributes.get("id")]
    found = list(reading.problems)
    found += [f"the id {name} is used {times} times" for name, times in Counter(ids).items() if times > 1]
    labelled = {attributes.get("for") for attributes in reading.all("label")}
    for tag, attributes in reading.elements:
        found += _element_problems(tag, attributes, labelled)
    for name in ("main", "h1", "title"):
        if len(reading.all(name)) != 1:
            found.append(f"{len(reading.all(name))} elements {name}")
    levels = [LEVELS.index(name) for name, _ in reading.elements if name in LEVELS]
    jumps = [after for before, after in pairwise(levels) if after > before + 1]
    return [*found, *(f"a heading {LEVELS[level]} jumps over a level" for level in jumps)]


def _element_problems(tag: str, attributes: Attributes, labelled: set[str | None]) -> list[str]:
    found = [f"{tag} has {name}" for name in attributes if name.startswith("on") or name == "style"]
    is_field = tag in ("textarea", "select") or (tag == "input" and attributes.get("type") != "hidden")
    if is_field and attributes.get("id") not in labelled:
        found.append(f"{tag} {attributes} has no label")
    if tag == "script" and not (attributes.get("src") or "").startswith("/assets/"):
        found.append("a script that is not ours")
    if tag in ("nav", "section") and not ({"aria-label", "aria-labelledby"} & set(attributes)):
        found.append(f"{tag} has no name")
    if tag == "a" and (attributes.get("href") or "").lower().startswith(("javascript:", "data:")):
        found.append(f"a link to {attributes['href']}")
    return found
