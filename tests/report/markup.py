"""Reads a page's HTML strictly: every tag closed in order, every attribute quoted once."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = {"meta", "link", "img", "input", "br"}


@dataclass
class Element:
    """One start tag, with the text directly and indirectly inside it."""

    tag: str
    attributes: dict[str, str]
    text: str = ""


@dataclass
class Page:
    """All elements in the order of their start tags, and the visible text."""

    elements: list[Element] = field(default_factory=list)
    text: str = ""

    def all(self, *tags: str) -> list[Element]:
        """Elements with one of the tags."""
        return [element for element in self.elements if element.tag in tags]

    def ids(self) -> list[str]:
        """Every id."""
        return [e.attributes["id"] for e in self.elements if "id" in e.attributes]

    def section(self, name: str) -> str:
        """Text of the part with that id."""
        return next(e.text for e in self.elements if e.attributes.get("id") == name)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.page = Page()
        self.open: list[Element] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)), f"{tag} repeats an attribute: {names}"
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.page.elements.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.page.elements.append(Element(tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open[-1].tag == tag, f"</{tag}> closes <{self.open[-1].tag}>"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        for element in self.open:
            element.text += data
        if not any(element.tag in ("style", "script", "title") for element in self.open):
            self.page.text += data


def parse(html: str) -> Page:
    """The page, or an AssertionError that names the tag that is wrong."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    assert not reader.open, f"not closed: {[element.tag for element in reader.open]}"
    for element in reader.page.elements:
        element.text = " ".join(element.text.split())
    reader.page.text = " ".join(reader.page.text.split())
    return reader.page
