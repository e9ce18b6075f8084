"""Fetched pages of the web, read as files are: in the sandbox, and to the same text."""

from __future__ import annotations

from pipelines.web.failure import WebFailure
from storage.readers.formats import FORMATS
from storage.readers.parsed import ParseOptions, ReadError
from storage.readers.sandbox import Sandbox

TIMEOUT_SECONDS = 20.0
MEMORY_MB = 1024
MOST_CHARS = 500_000
_EXTENSIONS = {"text/html": ".html", "application/xhtml+xml": ".html", "text/plain": ".txt"}


class WebPageReader:
    """Reads pages one after the other; its process starts with the first one. Close it."""

    def __init__(
        self, timeout_seconds: float = TIMEOUT_SECONDS, memory_mb: int = MEMORY_MB
    ) -> None:
        self._sandbox = Sandbox(timeout_seconds, memory_mb)

    def __call__(self, body: bytes, media_type: str) -> tuple[str, str]:
        """The title ("" without one) and the main text of a page.

        Args:
            body: The page as it came.
            media_type: text/html, application/xhtml+xml or text/plain.

        Raises:
            WebFailure: It can't be read, or not within the limits.
            YomitokiError: The process that reads could not be started.
        """
        extension = _EXTENSIONS[media_type]
        try:
            parsed = self._sandbox.parse(
                FORMATS[extension].parser, body, ParseOptions(extension, MOST_CHARS)
            )
        except ReadError as error:
            raise WebFailure("unreadable answer", f"page: {error.kind}") from error
        return str(parsed.metadata.get("title", "")), parsed.text

    def close(self) -> None:
        """End the process."""
        self._sandbox.close()
