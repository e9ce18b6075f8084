"""Which pages of a PDF need a reader that knows the character collections of Asian fonts."""

from __future__ import annotations

from typing import Any

from pypdf import PageObject
from pypdf.generic import ArrayObject, DictionaryObject, StreamObject

_DEEPEST_FORM = 8


def needs_cid_maps(page: PageObject) -> bool:
    """Whether a page uses a font that pypdf would read wrongly.

    Without its own map to Unicode, the codes of a composite font mean characters only by way of a
    named collection (Adobe-Japan1), which pypdf does not know: it takes the codes for Unicode;
    of a drawn (Type 3) font it gives the names of the glyphs. Vertical writing is counted too, as
    pypdf gives it a character a line.
    """
    return _in_resources(page.get("/Resources"), set(), 0)


def _in_resources(resources: Any, seen: set[int], depth: int) -> bool:
    table = _dictionary(resources)
    if table is None or id(table) in seen or depth > _DEEPEST_FORM:
        return False
    seen.add(id(table))
    if any(_is_unreadable(font) for font in _entries(table, "/Font")):
        return True
    return any(
        _in_resources(form.get("/Resources"), seen, depth + 1)
        for form in _entries(table, "/XObject")
        if form.get("/Subtype") == "/Form"
    )


def _entries(table: DictionaryObject, name: str) -> list[DictionaryObject]:
    entries = _dictionary(table.get(name))
    found = [_dictionary(value) for value in entries.values()] if entries is not None else []
    return [entry for entry in found if entry is not None]


def _is_unreadable(font: DictionaryObject) -> bool:
    if font.get("/Subtype") not in ("/Type0", "/Type3"):
        return False
    encoding = _resolved(font.get("/Encoding"))
    vertical = isinstance(encoding, str) and (encoding.endswith("-V") or encoding == "/V")
    return vertical or not isinstance(_resolved(font.get("/ToUnicode")), StreamObject)


def _dictionary(value: Any) -> DictionaryObject | None:
    found = _resolved(value)
    if isinstance(found, ArrayObject) and found:
        found = _resolved(found[0])
    return found if isinstance(found, DictionaryObject) else None


def _resolved(value: Any) -> Any:
    return value.get_object() if hasattr(value, "get_object") else value
