"""Word files (.docx): headings, paragraphs, tables and notes in document order."""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
import zlib

from lxml import etree

from storage.readers.docx_body import Body
from storage.readers.outline import Outline
from storage.readers.parsed import Parsed, ParseOptions, ReadError, one_line

_OLD_WORD = b"\xd0\xcf\x11\xe0"
_BYTES_A_CHAR = 4
_LEAST_BYTES = 10_000_000
_DOCTYPE = re.compile(b"|".join("<!DOCTYPE".encode(e) for e in ("ascii", "utf-16-le", "utf-16-be")))
_ROOT = "_rels/.rels"
_TEXT_PARTS = frozenset({"styles", "footnotes", "endnotes"})


def parse(data: bytes, options: ParseOptions) -> Parsed:
    """Read a Word file; sections have the trail of headings as `heading`.

    Tables give a line a row, with " | " between cells; footnotes and endnotes stand at the end,
    where "[^1]" in the text refers to them. Deleted and hidden text, comments, headers and
    footers are left out.

    Raises:
        ReadError: Not a Word file, encrypted, damaged, or it unpacks to too much.
    """
    if data.startswith(_OLD_WORD):
        raise ReadError(
            "encrypted", "encrypted, or an old .doc file: save it as .docx without a password"
        )
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = _parts(archive, options)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError) as error:
        raise _damaged(error) from error
    except RuntimeError as error:  # how zipfile says that an entry has a password
        raise ReadError("encrypted", "encrypted: save it without a password first") from error
    if "document" not in parts:
        raise ReadError("damaged", "not a Word file: it holds no document: check its extension")
    outline = Outline(options.max_chars)
    Body(parts, outline).write()
    title = _title(parts.get("core"))
    return Parsed(outline.text, outline.sections, {"title": title} if title else {})


def _parts(archive: zipfile.ZipFile, options: ParseOptions) -> dict[str, etree._Element]:
    """The parts that hold text, parsed, by the last word of their relation's type."""
    budget = max(_LEAST_BYTES, _BYTES_A_CHAR * options.max_chars)
    names = set(archive.namelist())
    parts: dict[str, etree._Element] = {}

    def load(name: str) -> etree._Element | None:
        nonlocal budget
        if name not in names:
            return None
        budget -= archive.getinfo(name).file_size
        if budget < 0:
            raise ReadError(
                "expansion",
                "unpacks to more than it may: split the file or raise max_text_chars of the reader",
            )
        return _parsed(archive.read(name), name)

    for kind, target in _relations(load(_ROOT), ""):
        if kind == "officeDocument":
            part = load(target)
            if part is not None:
                parts["document"] = part
            folder, file = posixpath.split(target)
            for inner_kind, inner in _relations(load(f"{folder}/_rels/{file}.rels"), folder):
                inner_part = load(inner) if inner_kind in _TEXT_PARTS else None
                if inner_part is not None:
                    parts[inner_kind] = inner_part
        elif kind == "core-properties":
            part = load(target)
            if part is not None:
                parts["core"] = part
    return parts


def _relations(part: etree._Element | None, folder: str) -> list[tuple[str, str]]:
    """The kind and the name of each part that a part of the package refers to."""
    return [
        (
            relation.get("Type", "").rpartition("/")[2],
            posixpath.normpath(posixpath.join("/" + folder, relation.get("Target", ""))).lstrip(
                "/"
            ),
        )
        for relation in (part if part is not None else ())
        if relation.get("TargetMode") != "External"
    ]


def _parsed(content: bytes, name: str) -> etree._Element:
    if _DOCTYPE.search(content):
        raise ReadError(
            "damaged", f"{name} declares a document type, which Word never does: save it anew"
        )
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False,
        remove_comments=True, remove_pis=True,
    )  # fmt: skip
    try:
        return etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        raise _damaged(error) from error


def _title(core: etree._Element | None) -> str:
    elements = core if core is not None else ()
    titles = (e.text for e in elements if etree.QName(e).localname == "title")
    return one_line(next(titles, None) or "")


def _damaged(error: Exception) -> ReadError:
    return ReadError(
        "damaged",
        f"not a readable .docx ({one_line(str(error), 100)}): open it in Word and save it",
    )
