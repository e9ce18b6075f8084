"""The body of a Word document as an outline: what a reader of the page would read, in order."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from lxml import etree

from storage.readers.outline import Outline

_HEADING = re.compile(r"(?:heading|見出し)\s*([1-9])", re.IGNORECASE)
_TITLE_STYLES = frozenset({"title", "表題"})
_NOT_SHOWN = frozenset({
    "pPr", "rPr", "tblPr", "trPr", "tcPr", "sectPr", "sdtPr", "del", "moveFrom", "delText",
    "instrText", "delInstrText", "rt", "footnoteRef", "endnoteRef", "annotationRef", "fldData",
})  # fmt: skip
_BREAKS = {"tab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-", "ptab": "\t"}
_NOTE_REFERENCES = {"footnoteReference": "footnotes", "endnoteReference": "endnotes"}
_OFF = frozenset({"0", "false", "off"})


class Body:
    """Writes a document's body to an outline.

    Args:
        parts: The parsed parts: "document", and "styles", "footnotes", "endnotes" if there.
        outline: Where the text goes.
    """

    def __init__(self, parts: Mapping[str, etree._Element], outline: Outline) -> None:
        self._document = parts["document"]
        self._outline = outline
        self._levels = _heading_levels(parts.get("styles"))
        self._notes = {kind: _notes(parts.get(kind)) for kind in ("footnotes", "endnotes")}
        self._note_count = 0
        self._pending_notes: list[str] = []
        self._pending_boxes: list[etree._Element] = []

    def write(self) -> None:
        """Write all blocks in order, each followed by its text boxes and notes."""
        body = next((e for e in self._document if _name(e) == "body"), None)
        if body is not None:
            self._blocks(body)

    def _blocks(self, parent: etree._Element) -> None:
        for child in parent:
            name = _name(child)
            if name == "p":
                self._paragraph(child)
            elif name == "tbl":
                self._table(child)
            elif name == "AlternateContent" and len(child):
                self._blocks(child[0])
            elif name not in _NOT_SHOWN:
                self._blocks(child)

    def _paragraph(self, paragraph: etree._Element) -> None:
        text = "".join(self._inline(paragraph))
        properties = _child(paragraph, "pPr")
        level = self._level(properties)
        if level is not None:
            self._outline.heading(level, text)
        elif properties is not None and _child(properties, "numPr") is not None:
            self._outline.line(text)
        else:
            self._outline.paragraph(text)
        self._attachments()

    def _table(self, table: etree._Element) -> None:
        for row in _descend(table, "tr"):
            cells = list(_descend(row, "tc"))
            if len(cells) == 1:
                self._blocks(cells[0])
                continue
            texts = [" ".join(self._cell(cell).split()) for cell in cells]
            if any(texts):
                self._outline.line(" | ".join(texts))
            self._attachments()

    def _cell(self, cell: etree._Element) -> str:
        return " ".join("".join(self._inline(p)) for p in _descend(cell, "p"))

    def _attachments(self) -> None:
        notes, self._pending_notes = self._pending_notes, []
        boxes, self._pending_boxes = self._pending_boxes, []
        for box in boxes:
            self._blocks(box)
        for note in notes:
            self._outline.line(note)

    def _inline(self, element: etree._Element) -> Iterator[str]:
        """The shown text inside an element; notes and text boxes are kept for later."""
        for child in element:
            name = _name(child)
            if name == "t":
                yield child.text or ""
            elif name in _BREAKS:
                yield _BREAKS[name]
            elif name in _NOTE_REFERENCES:
                yield self._note(_NOTE_REFERENCES[name], _attribute(child, "id"))
            elif name == "txbxContent":
                self._pending_boxes.append(child)
            elif name == "AlternateContent":
                yield from self._alternative(child)
            elif name not in _NOT_SHOWN and not _is_hidden(child):
                yield from self._inline(child)

    def _alternative(self, element: etree._Element) -> Iterator[str]:
        """One of several forms of the same content: the first one."""
        choices = [c for c in element if _name(c) in ("Choice", "Fallback")]
        if choices:
            yield from self._inline(choices[0])

    def _note(self, kind: str, note_id: str) -> str:
        note = self._notes[kind].get(note_id)
        if note is None:
            return ""
        self._note_count += 1
        mark = f"[^{self._note_count}]"
        paragraphs = (" ".join("".join(self._inline(p)).split()) for p in _descend(note, "p"))
        self._pending_notes.append(f"{mark}: {' '.join(paragraphs)}")
        return mark

    def _level(self, properties: etree._Element | None) -> int | None:
        """0 for the document's title, 1 to 9 for a heading, None for other paragraphs."""
        if properties is None:
            return None
        outline = _child(properties, "outlineLvl")
        if outline is not None:
            return _outline_level(_attribute(outline, "val"))
        style = _child(properties, "pStyle")
        return self._levels.get(_attribute(style, "val")) if style is not None else None


def _heading_levels(styles: etree._Element | None) -> dict[str, int]:
    """The heading level of each style that has one, by its id."""
    levels: dict[str, int] = {}
    based_on: dict[str, str] = {}
    for style in styles if styles is not None else ():
        if _name(style) != "style":
            continue
        style_id = _attribute(style, "styleId")
        name_element, base = _child(style, "name"), _child(style, "basedOn")
        name = _attribute(name_element, "val") if name_element is not None else style_id
        properties = _child(style, "pPr")
        outline = _child(properties, "outlineLvl") if properties is not None else None
        heading = _HEADING.fullmatch(name.strip())
        if name.strip().lower() in _TITLE_STYLES:
            levels[style_id] = 0
        elif heading:
            levels[style_id] = int(heading[1])
        elif outline is not None:
            level = _outline_level(_attribute(outline, "val"))
            if level is not None:
                levels[style_id] = level
        elif base is not None:
            based_on[style_id] = _attribute(base, "val")
    for style_id in based_on:
        ancestor, seen = style_id, {style_id}
        while ancestor in based_on and based_on[ancestor] not in seen:
            ancestor = based_on[ancestor]
            seen.add(ancestor)
        if ancestor in levels:
            levels[style_id] = levels[ancestor]
    return levels


def _outline_level(value: str) -> int | None:
    """Word counts outline levels from 0; 9 is body text."""
    return int(value) + 1 if value.isdecimal() and int(value) < 9 else None


def _notes(part: etree._Element | None) -> dict[str, etree._Element]:
    """The notes by id, without the separators that are kept among them."""
    return {
        _attribute(note, "id"): note
        for note in (part if part is not None else ())
        if _name(note) in ("footnote", "endnote")
        and not _attribute(note, "type").lower().endswith("separator")
    }


def _is_hidden(run: etree._Element) -> bool:
    properties = _child(run, "rPr")
    vanish = _child(properties, "vanish") if properties is not None else None
    return vanish is not None and _attribute(vanish, "val").lower() not in _OFF


def _descend(element: etree._Element, name: str) -> Iterator[etree._Element]:
    """The nearest descendants of this name, through wrappers such as content controls."""
    for child in element:
        if _name(child) == name:
            yield child
        elif _name(child) not in _NOT_SHOWN:
            yield from _descend(child, name)


def _child(element: etree._Element, name: str) -> etree._Element | None:
    return next((c for c in element if _name(c) == name), None)


def _name(element: etree._Element) -> str:
    """The local name: transitional and strict documents differ in their namespaces only."""
    return etree.QName(element).localname if isinstance(element.tag, str) else ""


def _attribute(element: etree._Element, name: str) -> str:
    return next((v for k, v in element.attrib.items() if etree.QName(k).localname == name), "")
