"""One file as ingesting reads it."""

from __future__ import annotations

from pathlib import Path

from llama_index.core.schema import Document

from pipelines.errors import ConfigError, YomitokiError
from storage.readers.discovery import find_files
from storage.readers.reader import read_file
from storage.readers.results import ReadFailure
from tools.command_line import Invocation


def read_one(run: Invocation, path: Path) -> Document:
    """What ingesting makes of a file; its warnings go to stderr.

    Raises:
        ConfigError: The path does not exist or is a folder.
        YomitokiError: The file can't be read.
    """
    if path.is_dir():
        raise ConfigError(f"{path}: is a folder: give one file")
    found = find_files([path])
    if not found.files:
        raise YomitokiError(str(found.skipped[0]))
    outcome = read_file(found.files[0], run.load().settings.reader)
    if isinstance(outcome, ReadFailure):
        raise YomitokiError(str(outcome))
    for warning in outcome.warnings:
        run.output.note(f"{outcome.source}: {warning}")
    return outcome.document
