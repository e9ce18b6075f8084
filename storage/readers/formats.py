"""The file types that can be read, by extension, and which parser reads each."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class FileFormat:
    """How one kind of file is read, in the sandbox.

    `parser` is "module:function" of a `parse(data, options) -> Parsed`.
    """

    name: str
    parser: str


_TEXT = FileFormat("text", "storage.readers.plain_text:parse")
_MARKDOWN = FileFormat("markdown", "storage.readers.plain_text:parse_markdown")
_SUBTITLES = FileFormat("subtitles", "storage.readers.subtitles:parse")
_HTML = FileFormat("html", "storage.readers.html_page:parse")

FORMATS: dict[str, FileFormat] = {
    ".txt": _TEXT,
    ".srt": _SUBTITLES,
    ".vtt": _SUBTITLES,
    ".md": _MARKDOWN,
    ".markdown": _MARKDOWN,
    ".html": _HTML,
    ".htm": _HTML,
    ".xhtml": _HTML,
    ".xml": FileFormat("xml", "storage.readers.xml_text:parse"),
    ".pdf": FileFormat("pdf", "storage.readers.pdf_text:parse"),
    ".docx": FileFormat("docx", "storage.readers.docx_text:parse"),
    ".csv": FileFormat("csv", "storage.readers.delimited:parse"),
    ".tsv": FileFormat("tsv", "storage.readers.delimited:parse_tsv"),
    ".jsonl": FileFormat("jsonl", "storage.readers.jsonl:parse"),
    ".json": FileFormat("whisper", "storage.readers.whisper_json:parse"),
}

EXTENSIONS: tuple[str, ...] = tuple(FORMATS)
