"""Numbers of bytes as people read them."""

from __future__ import annotations


def bytes_text(count: float) -> str:
    """``1.6 GB``, in powers of 1000."""
    for unit in ("B", "kB", "MB", "GB"):
        if count < 1000:
            return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.1f} TB"
