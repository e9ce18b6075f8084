"""HTML pages: the main text, or all visible text where no main text is found."""

from __future__ import annotations

import re
from configparser import ConfigParser
from copy import deepcopy
from typing import Any

from lxml import etree
from lxml import html as lxml_html
from trafilatura import bare_extraction
from trafilatura.settings import DEFAULT_CONFIG

from storage.readers.encoding import Decoded, decode
from storage.readers.markup_text import add_markup, html_role, is_shown, trafilatura_role, unwrap
from storage.readers.outline import Outline
from storage.readers.parsed import Parsed, ParseOptions, ReadError, one_line

_DECLARED = re.compile(
    rb"""<\?xml[^>]{0,200}encoding\s{0,9}=\s{0,9}["']([\w.:-]{1,40})
    |<meta[^>]{0,400}charset\s{0,9}=\s{0,9}["']?\s{0,9}([\w.:-]{1,40})""",
    re.IGNORECASE | re.VERBOSE,
)
_XML_DECLARATION = re.compile(r"^\s*<\?xml[^>]{0,200}\?>")
_PRESCAN_BYTES = 8192
_LEAST_SHARE = 0.1
_TOO_DEEP = "depth"


def parse(data: bytes, options: ParseOptions) -> Parsed:
    """Read a page; scripts, styles, hidden parts and ruby readings are not part of the text.

    Sections have the trail of headings as `heading`. The encoding that the page declares is
    honoured when the bytes bear it out.

    Raises:
        ReadError: The page cannot be decoded, or holds nothing that can be parsed.
    """
    decoded = decode_markup(data)
    warnings = [decoded.warning] if decoded.warning else []
    root, problem = _tree(decoded.text)
    if root is None:
        return Parsed("", encoding=decoded.encoding, warnings=warnings)
    if problem:
        warnings.append(problem)
    title = one_line(" ".join(root.xpath("//head/title//text()")))
    metadata: dict[str, Any] = {"title": title} if title else {}
    everything = Outline(options.max_chars)
    add_markup(root, html_role, everything)
    outline = _main_text(root, options)
    if outline.length < _LEAST_SHARE * everything.length:
        if outline.length:
            warnings.append("little of the page is main text: all visible text was taken")
        outline = everything
    if problem and not outline.length:
        raise ReadError("damaged", "nested so deeply that no text is left: simplify the page")
    return Parsed(outline.text, outline.sections, metadata, decoded.encoding, warnings)


def decode_markup(data: bytes) -> Decoded:
    """Decode HTML or XML, with what it declares itself as a hint."""
    match = _DECLARED.search(data[:_PRESCAN_BYTES])
    declared = (match[1] or match[2]).decode("ascii", "ignore") if match else None
    return decode(data, declared)


def _tree(text: str) -> tuple[etree._Element | None, str | None]:
    """The page without comments, and a warning when it was cut; None for an empty page."""
    parser = lxml_html.HTMLParser(
        encoding="utf-8", huge_tree=True, no_network=True, remove_comments=True, remove_pis=True
    )
    page = _XML_DECLARATION.sub("", text, count=1).encode("utf-8", "replace")
    try:
        root = lxml_html.document_fromstring(page, parser=parser)
    except etree.ParserError:
        return None, None
    except etree.LxmlError as error:
        raise ReadError("damaged", f"HTML cannot be parsed ({one_line(str(error), 80)})") from error
    cut = any(_TOO_DEEP in entry.message.lower() for entry in parser.error_log)
    return root, "nested too deeply: what lies deeper was left out" if cut else None


def _main_text(root: etree._Element, options: ParseOptions) -> Outline:
    """What trafilatura takes for the main text, with its headings."""
    outline = Outline(options.max_chars)
    tree = deepcopy(root)
    for element in [e for e in tree.iter(etree.Element) if not is_shown(e) and e.tag != "head"]:
        element.drop_tree()
    for element in tree.iter(etree.Element):
        if element.text and element.tag != "pre":
            element.text = unwrap(element.text)
        if element.tail:
            element.tail = unwrap(element.tail)
    try:
        found = bare_extraction(
            tree, include_comments=False, include_formatting=True, config=_config()
        )
    except RecursionError:
        return outline
    body = getattr(found, "body", None)
    if body is not None:
        add_markup(body, trafilatura_role, outline)
    return outline


def _config() -> ConfigParser:
    """Trafilatura's defaults, but a short text counts: 250 characters are much in Japanese."""
    config: ConfigParser = deepcopy(DEFAULT_CONFIG)
    config.set("DEFAULT", "MIN_EXTRACTED_SIZE", "20")
    config.set("DEFAULT", "MIN_OUTPUT_SIZE", "1")
    return config
