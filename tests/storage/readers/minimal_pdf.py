"""Writes small PDF files by hand, so that what is in them is known."""

from __future__ import annotations

import zlib
from collections.abc import Sequence

HELVETICA = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"


def composite_font(encoding: str, ordering: str = "Japan1") -> bytes:
    """A Japanese font that is not embedded and has no map to Unicode of its own."""
    return (
        f"<< /Type /Font /Subtype /Type0 /BaseFont /Ryumin-Light /Encoding /{encoding} "
        "/DescendantFonts [<< /Type /Font /Subtype /CIDFontType0 /BaseFont /Ryumin-Light "
        f"/CIDSystemInfo << /Registry (Adobe) /Ordering ({ordering}) /Supplement 2 >> "
        "/FontDescriptor << /Type /FontDescriptor /FontName /Ryumin-Light /Flags 6 "
        "/FontBBox [0 -120 1000 880] /ItalicAngle 0 /Ascent 752 /Descent -271 /CapHeight 737 "
        "/StemV 58 >> /DW 1000 >>] >>"
    ).encode()


def show(text: str) -> bytes:
    """A content stream that shows ASCII text at the top of the page."""
    escaped = text.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")
    return f"BT /F1 12 Tf 72 720 Td ({escaped}) Tj ET".encode()


def show_codes(codes: bytes) -> bytes:
    """A content stream that shows character codes of the page's font."""
    return b"BT /F1 12 Tf 300 720 Td <" + codes.hex().encode() + b"> Tj ET"


def pdf(
    contents: Sequence[bytes],
    font: bytes = HELVETICA,
    title: str = "",
    deflated: bool = False,
    kids: str | None = None,
) -> bytes:
    """A PDF with a page a content stream, in a correct cross-reference table.

    Args:
        kids: What stands in the page tree instead of the pages.
    """
    objects: dict[int, bytes] = {1: b"<< /Type /Catalog /Pages 2 0 R >>", 3: font}
    pages = []
    for index, content in enumerate(contents):
        page, stream = 10 + 2 * index, 11 + 2 * index
        pages.append(f"{page} 0 R")
        objects[page] = (
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents {stream} 0 R "
            "/Resources << /Font << /F1 3 0 R >> >> >>"
        ).encode()
        body = zlib.compress(content, 9) if deflated else content
        kind = " /Filter /FlateDecode" if deflated else ""
        objects[stream] = (
            f"<< /Length {len(body)}{kind} >>\nstream\n".encode() + body + b"\nendstream"
        )
    tree = kids if kids is not None else " ".join(pages)
    objects[2] = f"<< /Type /Pages /Kids [{tree}] /Count {len(pages)} >>".encode()
    trailer = "/Root 1 0 R"
    if title:
        objects[4] = b"<< /Title <feff" + title.encode("utf-16-be").hex().encode() + b"> >>"
        trailer += " /Info 4 0 R"
    written = bytearray(b"%PDF-1.7\n")
    offsets = {}
    for number in sorted(objects):
        offsets[number] = len(written)
        written += f"{number} 0 obj\n".encode() + objects[number] + b"\nendobj\n"
    start = len(written)
    size = max(objects) + 1
    written += f"xref\n0 {size}\n".encode()
    for number in range(size):
        free = b"0000000000 65535 f \n"
        written += f"{offsets[number]:010d} 00000 n \n".encode() if number in offsets else free
    written += f"trailer\n<< /Size {size} {trailer} >>\nstartxref\n{start}\n%%EOF\n".encode()
    return bytes(written)
