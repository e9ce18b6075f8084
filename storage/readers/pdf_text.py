"""PDF files: the text of each page."""

from __future__ import annotations

import io
import re
import struct
import zlib
from collections.abc import Iterator, Sequence
from itertools import count
from typing import Any

from pdfminer.high_level import extract_pages
from pdfminer.layout import LAParams, LTContainer, LTFigure, LTTextContainer
from pdfminer.pdfdocument import PDFPasswordIncorrect
from pdfminer.psexceptions import PSException
from pypdf import PdfReader
from pypdf.errors import (
    DependencyError,
    DeprecationError,
    FileNotDecryptedError,
    LimitReachedError,
    PyPdfError,
    WrongPasswordError,
)

from storage.readers.parsed import Parsed, ParseOptions, ReadError, TextBuilder, one_line
from storage.readers.pdf_fonts import needs_cid_maps

_DAMAGED = (
    PyPdfError, DeprecationError, PSException, LookupError, ValueError, TypeError, AttributeError,
    ArithmeticError, AssertionError, RecursionError, NotImplementedError, OSError, struct.error,
    zlib.error,
)  # fmt: skip
_TRAILING_BLANKS = re.compile(r"[ \t]+$", re.MULTILINE)
_UNMAPPED = re.compile(r"\(cid:\d+\)|[\x00-\x08\x0b\x0c\x0e-\x1f\ue000-\uf8ff\ufffd]")
_MOST_UNMAPPED = 0.3
_MOST_PAGES_NAMED = 8


def parse(data: bytes, options: ParseOptions) -> Parsed:
    """Read a PDF; sections have the number of the page as `page`, from 1.

    A file that is protected only against printing and the like (empty password) is read. Pages
    without text, or whose fonts do not say which characters they show, are named in a warning.

    Raises:
        ReadError: A password is needed, no page has text, or the file is damaged.
    """
    reader = _opened(data)
    texts = _texts(data, reader)
    builder = TextBuilder(options.max_chars)
    unread: list[int] = []
    empty: list[int] = []
    garbled: list[int] = []
    for number, text in enumerate(texts, start=1):
        if text is None:
            unread.append(number)
        elif not text.strip():
            empty.append(number)
        elif _is_garbled(text):
            garbled.append(number)
        else:
            if builder.length:
                builder.add("\n\n")
            with builder.section({"page": number}):
                clean = _UNMAPPED.sub("\ufffd", _TRAILING_BLANKS.sub("", text))
                builder.add(clean.strip("\n"))
    if not builder.length:
        raise _without_text(len(texts), len(unread), len(garbled))
    warnings = [
        *_named(unread, len(texts), "damaged and left out"),
        *_named(empty, len(texts), "without text (images?)"),
        *_named(garbled, len(texts), "left out: the fonts do not say which characters they show"),
    ]
    return Parsed(builder.text, builder.sections, _metadata(reader), warnings=warnings)


def _opened(data: bytes) -> PdfReader | None:
    """The file for pypdf, decrypted; None when only the other reader may make sense of it."""
    try:
        reader = PdfReader(io.BytesIO(data))
        if reader.is_encrypted and not reader.decrypt(""):
            raise _encrypted()
    except DependencyError as error:
        raise ReadError("encrypted", f"encrypted ({one_line(str(error), 100)})") from error
    except (FileNotDecryptedError, WrongPasswordError) as error:
        raise _encrypted() from error
    except _DAMAGED:
        return None
    return reader


def _texts(data: bytes, reader: PdfReader | None) -> list[str | None]:
    """The text of each page, by pypdf where it can read the page's fonts, else by pdfminer.

    None stands for a page that neither can read.
    """
    if reader is None:
        return list(_by_pdfminer(data, None).values())
    try:
        pages = len(reader.pages)
    except FileNotDecryptedError as error:
        raise _encrypted() from error
    except _DAMAGED:
        return list(_by_pdfminer(data, None).values())
    texts: dict[int, str] = {}
    for index in range(pages):
        try:
            page = reader.pages[index]
            if not needs_cid_maps(page):
                texts[index] = page.extract_text()
        except LimitReachedError as error:
            raise ReadError(
                "expansion", f"page {index + 1} unpacks to too much ({one_line(str(error), 80)})"
            ) from error
        except _DAMAGED:
            continue
    missing = [index for index in range(pages) if index not in texts]
    if missing:
        texts.update(_by_pdfminer(data, missing))
    return [texts.get(index) for index in range(pages)]


def _by_pdfminer(data: bytes, indices: Sequence[int] | None) -> dict[int, str]:
    """The text of some pages (all with None) by index; the slower reader, which knows CJK fonts.

    Raises:
        ReadError: It cannot read the file and no page came out before.
    """
    texts: dict[int, str] = {}
    layout = LAParams(detect_vertical=True, all_texts=True)
    try:
        pages = extract_pages(io.BytesIO(data), page_numbers=indices, laparams=layout)
        for index, page in zip(count() if indices is None else indices, pages, strict=False):
            texts[index] = "\n".join(t.strip("\n") for t in _boxes(page) if t.strip())
    except PDFPasswordIncorrect as error:
        raise _encrypted() from error
    except _DAMAGED as error:
        if not texts and indices is None:
            name = one_line(f"{type(error).__name__}: {error}", 100)
            raise ReadError("damaged", f"not a readable PDF ({name}): save it anew") from error
    return texts


def _boxes(container: LTContainer[Any]) -> Iterator[str]:
    """The text boxes of a page in reading order, also those within drawings."""
    for item in container:
        if isinstance(item, LTTextContainer):
            yield item.get_text()
        elif isinstance(item, LTFigure):
            yield from _boxes(item)


def _is_garbled(text: str) -> bool:
    """Whether much of a text is glyphs without a character."""
    unmapped = len(_UNMAPPED.findall(text))
    readable = len("".join(_UNMAPPED.sub("", text).split()))
    return unmapped > _MOST_UNMAPPED * (unmapped + readable)


def _metadata(reader: PdfReader | None) -> dict[str, Any]:
    """The title, unless it is only the name that a program gave."""
    try:
        title = str((reader and reader.metadata and reader.metadata.title) or "")
    except _DAMAGED:
        title = ""
    title = one_line(title)
    return {"title": title} if title and not title.lower().startswith("untitled") else {}


def _named(numbers: Sequence[int], pages: int, what: str) -> list[str]:
    if not numbers:
        return []
    shown = ", ".join(map(str, numbers[:_MOST_PAGES_NAMED]))
    more = ", …" if len(numbers) > _MOST_PAGES_NAMED else ""
    return [f"{len(numbers)} of {pages} pages {what}: {shown}{more}"]


def _without_text(pages: int, unread: int, garbled: int) -> ReadError:
    if not pages:
        return ReadError("damaged", "not a readable PDF (it has no pages): save it anew")
    if garbled:
        reason = "its fonts do not say which characters they show"
    elif unread == pages:
        return ReadError("damaged", f"none of its {pages} pages can be read: save it anew")
    else:
        reason = f"no text in its {pages} page{'s' if pages != 1 else ''} (scanned?)"
    return ReadError("no_text", f"{reason}: run OCR on it first")


def _encrypted() -> ReadError:
    return ReadError("encrypted", "encrypted: save it without a password first")
