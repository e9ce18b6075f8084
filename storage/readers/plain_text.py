"""Text files: decoded strictly, and cut into the sections that their content shows."""

from __future__ import annotations

from storage.readers.encoding import decode
from storage.readers.markdown import heading_sections, headings
from storage.readers.parsed import Parsed, ParseOptions, too_much_text, unify_newlines
from storage.readers.slides import slide_sections
from storage.readers.stamped_text import is_stamped, stamped_sections
from storage.readers.transcript import is_transcript, transcript_sections

_HEADINGS_OF_MARKDOWN = 2


def parse(data: bytes, options: ParseOptions) -> Parsed:
    """Read a text file; its text is the decoded one but for a byte order mark and line ends.

    A recogniser's transcript gets a section a turn or a time, the text of slides one a slide, and
    a file with two or more Markdown headings one a heading, whatever the extension says.
    """
    parsed = _decoded(data, options)
    if _as_transcript(parsed):
        return parsed
    if len(headings(parsed.text)) >= _HEADINGS_OF_MARKDOWN:
        return _with_headings(parsed)
    parsed.sections = slide_sections(parsed.text)
    return parsed


def parse_markdown(data: bytes, options: ParseOptions) -> Parsed:
    """Read a Markdown file: a section a heading, or a turn if it is a recogniser's transcript."""
    parsed = _decoded(data, options)
    return parsed if _as_transcript(parsed) else _with_headings(parsed, setext=True)


def _decoded(data: bytes, options: ParseOptions) -> Parsed:
    decoded = decode(data)
    text = unify_newlines(decoded.text)
    if len(text) > options.max_chars:
        raise too_much_text(options.max_chars)
    warnings = [decoded.warning] if decoded.warning else []
    return Parsed(text, encoding=decoded.encoding, warnings=warnings)


def _as_transcript(parsed: Parsed) -> bool:
    if not is_transcript(parsed.text):
        if not is_stamped(parsed.text):
            return False
        parsed.sections, warnings = stamped_sections(parsed.text)
        parsed.warnings += warnings
        return True
    parsed.sections, title, warnings = transcript_sections(parsed.text)
    parsed.warnings += warnings
    if title:
        parsed.metadata["title"] = title
    return True


def _with_headings(parsed: Parsed, setext: bool = False) -> Parsed:
    parsed.sections = heading_sections(parsed.text, setext=setext)
    title = next((h.title for h in headings(parsed.text, setext=setext) if h.level == 1), None)
    if title:
        parsed.metadata["title"] = title
    return parsed
