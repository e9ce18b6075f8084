"""One file as ingesting reads it, and the recordings in it."""

from __future__ import annotations

from pathlib import Path

from llama_index.core.schema import Document

from pipelines.document import document_sections
from pipelines.errors import ConfigError, YomitokiError
from storage.readers.discovery import find_files
from storage.readers.reader import read_file
from storage.readers.results import ReadFailure
from storage.recordings.recording import Recording, recordings_of
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


def read_recordings(run: Invocation, path: Path, command: str) -> tuple[Document, list[Recording]]:
    """A transcript and its recordings, at least one; its warnings go to stderr.

    Args:
        run: The command's options.
        path: A transcript with times.
        command: What reads transcripts, for the error.

    Raises:
        ConfigError: The path does not exist or is a folder.
        YomitokiError: The file can't be read, or nothing in it has times.
    """
    document = read_one(run, path)
    recordings = recordings_of(document.text, document_sections(document), path.name)
    if not recordings:
        raise YomitokiError(
            f"{path}: nothing in it has times: {command} reads transcripts (docs/reading.md)"
        )
    return document, recordings
