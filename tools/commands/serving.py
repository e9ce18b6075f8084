"""`serve`: the configs as models, the rules of access, and the server over them."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from llama_index.core.schema import Document
from pydantic import SecretStr

from pipelines.config_files import SHIPPED_CONFIGS
from pipelines.errors import ConfigError, YomitokiError
from storage.listing import CollectionSummary, list_collections, show_collection, show_document
from storage.readers.formats import EXTENSIONS
from tools.command_line import Invocation
from tools.process import DONE
from tools.server.access import Access
from tools.server.application import make_application
from tools.server.listening import Server, address, listening_socket
from tools.server.page.web_page import WebPage
from tools.server.served_model import ServedModel, ServedModels, config_files
from tools.server.service import Record, Service

LONGEST_SECONDS = 86_400


@dataclass(frozen=True)
class Listening:
    """Where, and to whom."""

    host: str
    port: int
    token: str | None
    hosts: tuple[str, ...]
    origins: tuple[str, ...]


@dataclass(frozen=True)
class Limits:
    """Requests that may wait, and seconds until an answer is given up."""

    queue: int
    seconds: float


def serve(
    run: Invocation,
    configs: Sequence[Path],
    listening: Listening,
    limits: Limits,
    collection: str | None,
) -> int:
    """Serve until a signal.

    Returns:
        The exit code.

    Raises:
        ConfigError: Wrong config, or access that is too open.
        YomitokiError: The port is in use, or the first model can't be loaded.
    """
    check_seconds(limits.seconds)
    os.environ.pop("YOMITOKI_TOKEN", None)  # no child of this process needs it
    token = None if listening.token is None else SecretStr(listening.token)
    access = Access.of(listening.host, token, listening.hosts, listening.origins)
    models = served_models(run, configs, collection)
    service = Service(models, run.home, Collections(run.home), limits.queue, limits.seconds)
    with listening_socket(listening.host, listening.port) as bound:
        page = WebPage(run.home, EXTENSIONS)
        server = Server(make_application(service, access, page), service, page=True)
        names = ", ".join(model.name for model in models)
        run.output.note(
            f"{address(bound)}/v1: models {names}; {address(bound)}/ui: the page; Ctrl-C ends it"
        )
        server.serve_until_told(bound)
    run.output.note("ended")
    return DONE


def served_models(run: Invocation, configs: Sequence[Path], collection: str | None) -> ServedModels:
    """The models of config files.

    Raises:
        ConfigError: A file is wrong, or two have one name.
    """
    files = config_files(configs or [SHIPPED_CONFIGS / "default.yaml"])
    return ServedModels(
        ServedModel(path.stem, replace(run, config=path).load(collection).settings)
        for path in files
    )


def check_seconds(seconds: float) -> None:
    """Raises ConfigError: It is no time to wait for an answer."""
    if not 1 <= seconds <= LONGEST_SECONDS:
        raise ConfigError(f"--timeout {seconds:g}: must be from 1 to {LONGEST_SECONDS:,} seconds")


class Collections:
    """`CollectionRecords` of a home directory."""

    def __init__(self, home: Path) -> None:
        self._home = home

    def all(self) -> list[Record]:
        """See `CollectionRecords.all`."""
        return [_record(summary) for summary in list_collections(self._home)]

    def one(self, name: str) -> Record | None:
        """See `CollectionRecords.one`."""
        try:
            summary, documents = show_collection(self._home, name)
        except YomitokiError:
            return next(({**r, "files": []} for r in self.all() if r["name"] == name), None)
        return {**_record(summary), "files": [asdict(row) for row in documents]}

    def document(self, name: str, source: str) -> Document | None:
        """See `CollectionRecords.document`."""
        try:
            return show_document(self._home, name, source)
        except YomitokiError:
            return None


def _record(summary: CollectionSummary) -> dict[str, Any]:
    """That of `collections list --json`, without folders, commands and messages that name them."""
    record = asdict(summary)
    del record["folder"], record["writer"]
    record["writing"] = bool(summary.writer)
    record["problem"] = summary.problem and "it can't be used: run python main.py doctor there"
    return record
