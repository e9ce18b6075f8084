"""Why one source of a model did not deliver."""

from __future__ import annotations

import errno
from pathlib import Path

from pipelines.errors import YomitokiError


class SourceError(Exception):
    """A source failed; the message is a short reason and another source may still work."""


def disk_error(error: OSError, where: Path) -> YomitokiError:
    """What a person is told when writing a model fails."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return YomitokiError(f"{where}: the disk is full: free some space or choose another --home")
    return YomitokiError(f"{where}: can't be written ({error.strerror or error})")
