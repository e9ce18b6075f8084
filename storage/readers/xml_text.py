"""XML files: the text of their elements; a file that declares entities is refused."""

from __future__ import annotations

import re

from lxml import etree

from storage.readers import html_page
from storage.readers.markup_text import add_markup, xml_role
from storage.readers.outline import Outline
from storage.readers.parsed import Parsed, ParseOptions, ReadError, one_line

_HTML = re.compile(r"\s*(?:<\?xml[^>]{0,200}\?>\s*)?(?:<!DOCTYPE\s+html\b|<html\b)", re.IGNORECASE)
_DECLARATION = re.compile(r"^\s*<\?xml[^>]{0,200}\?>")
_ENTITY = re.compile(r"<!ENTITY\b")


def parse(data: bytes, options: ParseOptions) -> Parsed:
    """Read an XML file as the text of its elements, a line each; HTML in it is read as HTML.

    Raises:
        ReadError: Entities are declared, which is how XML bombs and the theft of local files
            work, or the XML is damaged.
    """
    decoded = html_page.decode_markup(data)
    if _HTML.match(decoded.text):
        return html_page.parse(data, options)
    if _ENTITY.search(decoded.text):
        raise ReadError(
            "damaged", "declares XML entities, which are not expanded: resolve them and save again"
        )
    parser = etree.XMLParser(
        encoding="utf-8", resolve_entities=False, no_network=True, load_dtd=False,
        dtd_validation=False, huge_tree=False, remove_comments=True, remove_pis=True,
    )  # fmt: skip
    text = _DECLARATION.sub("", decoded.text, count=1).strip()
    try:
        root = etree.fromstring(text.encode("utf-8"), parser)
    except etree.XMLSyntaxError as error:
        raise ReadError("damaged", f"not valid XML ({one_line(str(error), 120)})") from error
    outline = Outline(options.max_chars)
    add_markup(root, xml_role, outline)
    warnings = [decoded.warning] if decoded.warning else []
    return Parsed(outline.text, encoding=decoded.encoding, warnings=warnings)
