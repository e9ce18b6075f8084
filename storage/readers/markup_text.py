"""The text of a markup tree in reading order, with its headings, lists and tables."""

from __future__ import annotations

import re
from collections.abc import Callable

from lxml import etree

from storage.readers.outline import Outline

Role = str
"""inline, block, line, row, cell, break, preformatted, skip, or heading1 to heading6."""

RoleOf = Callable[[etree._Element], Role]

_SKIPPED = (
    "script", "style", "template", "noscript", "head", "svg", "iframe", "object", "embed", "select",
    "datalist", "textarea", "audio", "video", "canvas", "rt", "rp",
)  # fmt: skip
_BLOCKS = (
    "p", "div", "section", "article", "main", "header", "footer", "nav", "aside", "address",
    "blockquote", "figure", "figcaption", "ul", "ol", "dl", "table", "thead", "tbody", "tfoot",
    "caption", "form", "fieldset", "details", "summary", "hr", "body", "html", "center", "dialog",
)  # fmt: skip
_HTML_ROLES: dict[str, Role] = {
    **dict.fromkeys(_BLOCKS, "block"),
    **dict.fromkeys(("li", "dt", "dd"), "line"),
    **{f"h{level}": f"heading{level}" for level in range(1, 7)},
    "tr": "row",
    "td": "cell",
    "th": "cell",
    "br": "break",
    "pre": "preformatted",
}
_TRAFILATURA_ROLES: dict[str, Role] = {
    "body": "block", "p": "block", "quote": "block", "list": "block", "table": "block",
    "item": "line", "row": "row", "cell": "cell", "lb": "break", "graphic": "skip",
}  # fmt: skip
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_LAYOUT = (
    "descendant::table|descendant::*[self::h1 or self::h2 or self::h3 or self::ul or self::ol]"
)
_WIDE = "\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef\U00020000-\U0003134f"
_WRAP = re.compile(rf"(?<=[{_WIDE}])[ \t]*\n[ \t\n]*(?=[{_WIDE}])")
_BLANK = re.compile(r"[ \t\n\r\f]+")


def unwrap(text: str) -> str:
    """Join lines that were wrapped within Japanese, where a line end is no space."""
    return _WRAP.sub("", text)


def is_shown(element: etree._Element) -> bool:
    """Whether a browser would show an element of HTML as text; ruby readings do not count."""
    hidden = element.get("hidden") is not None or _HIDDEN.search(element.get("style", ""))
    return not hidden and element.tag not in _SKIPPED


def html_role(element: etree._Element) -> Role:
    """What an element of HTML does to the text."""
    role = _HTML_ROLES.get(element.tag, "inline")
    if not is_shown(element):
        return "skip"
    if role == "cell" and element.xpath(_LAYOUT):
        return "block"
    return role


def trafilatura_role(element: etree._Element) -> Role:
    """What an element of trafilatura's result does to the text."""
    tag = str(element.tag)
    if tag == "head":
        level = (element.get("rend") or "")[1:2]
        return f"heading{level}" if level in tuple("123456") else "heading2"
    if tag == "code" or (tag == "quote" and not len(element)):
        inline = "inline" if tag == "code" else "block"
        return "preformatted" if "\n" in "".join(element.itertext()) else inline
    if tag == "cell" and element.xpath("descendant::table|descendant::list|descendant::head"):
        return "block"
    return _TRAFILATURA_ROLES.get(tag, "inline")


def xml_role(element: etree._Element) -> Role:
    """An element of unknown XML is a line, unless it stands within running text."""
    parent = element.getparent()
    if parent is None:
        return "block"
    runs_on = any(t and t.strip() for t in (parent.text, *(c.tail for c in parent)))
    return "inline" if runs_on else "line"


def add_markup(root: etree._Element, role_of: RoleOf, outline: Outline) -> None:
    """Append the text of a tree that holds no comments to `outline`.

    Works without recursion, so that depth costs nothing.
    """
    _Walk(outline).over(root, role_of)


class _Walk:
    def __init__(self, outline: Outline) -> None:
        self._outline = outline
        self._pieces: list[str] = []
        self._row: list[str] = []
        self._preformatted = 0
        self._cells = 0

    def over(self, root: etree._Element, role_of: RoleOf) -> None:
        walker = etree.iterwalk(root, events=("start", "end"))
        roles: list[Role] = []
        for event, element in walker:
            if event == "start":
                role = role_of(element)
                roles.append(role)
                if role == "skip":
                    walker.skip_subtree()
                    continue
                self._open(role)
                self._say(element.text)
            else:
                self._close(roles.pop())
                if element is not root:
                    self._say(element.tail)
        self._flush("block")

    def _open(self, role: Role) -> None:
        if role in ("inline", "skip"):
            return
        if role == "break":
            self._pieces.append("\n")
            return
        if role == "cell":
            self._cells += 1
            return
        self._flush("block")
        if role == "preformatted":
            self._preformatted += 1

    def _close(self, role: Role) -> None:
        if role in ("inline", "skip", "break"):
            return
        if role == "cell":
            self._cells -= 1
            if self._cells:
                self._pieces.append(" ")
            else:
                self._row.append(" ".join("".join(self._pieces).split()))
                self._pieces = []
            return
        self._flush(role)
        if role == "preformatted":
            self._preformatted -= 1

    def _say(self, text: str | None) -> None:
        if text:
            self._pieces.append(text if self._preformatted else _BLANK.sub(" ", unwrap(text)))

    def _flush(self, role: Role) -> None:
        """End the paragraph or the row that is being read; in a cell that only leaves a gap."""
        if self._cells:
            self._pieces.append(" ")
            return
        if any(self._row):
            self._outline.line(" | ".join(self._row))
        self._row = []
        text = "".join(self._pieces)
        self._pieces = []
        if not self._preformatted:
            text = "\n".join(line.strip() for line in re.sub(" {2,}", " ", text).split("\n"))
        if role in ("line", "row"):
            self._outline.line(text)
        elif role.startswith("heading"):
            self._outline.heading(int(role[-1]), text)
        else:
            self._outline.paragraph(text)
