"""`doctor`: software, models and indexes, each with what to do when it is not right."""

from __future__ import annotations

import os
import shlex
import shutil
from collections.abc import Iterator
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from pipelines.config import PipelineSettings
from pipelines.errors import YomitokiError
from pipelines.models.status import ModelStatus, list_models
from storage.doctor import Check, check_collection, check_storage_versions, repair_collection
from storage.identity import CollectionIdentity
from storage.listing import list_collections
from tools.command_line import Invocation
from tools.commands.backend_checks import backend_checks
from tools.commands.models import catalogue_names, language_models, state_text
from tools.process import DONE, FAILED
from tools.sizes import bytes_text

LIBRARIES = (
    "torch",
    "transformers",
    "bitsandbytes",
    "accelerate",
    "sentence-transformers",
    "llama-index-core",
    "sudachipy",
    "pydantic",
)
LOW_SPACE_BYTES = 2_000_000_000


def doctor(run: Invocation, collection: str | None, *, repair: bool) -> int:
    """Check everything that the config uses, and every collection.

    Returns:
        The exit code; 1 if a check fails.

    Raises:
        ConfigError: Wrong config.
        YomitokiError: The repair failed.
    """
    settings = run.load(collection).settings
    if repair:
        _repair(run, settings.collection)
    groups = [
        ("software", [*check_storage_versions(), *_libraries()]),
        ("home", [_disk(run.home)]),
        ("models", list(_models(settings, run.home))),
        *_collections(settings, run.home, named=collection is not None),
    ]
    failed = [check for _, checks in groups for check in checks if not check.ok]
    if run.output.json:
        records = [{"group": group, **asdict(c)} for group, checks in groups for c in checks]
        run.output.record({"ok": not failed, "home": str(run.home), "checks": records})
        return FAILED if failed else DONE
    for group, checks in groups:
        run.output.line(group)
        for check in checks:
            _show(run, check)
    run.output.line(f"{len(failed)} checks failed" if failed else "all is well")
    return FAILED if failed else DONE


def _repair(run: Invocation, name: str) -> None:
    with run.output.progress("nodes") as bar:
        task = bar.add_task("indexing", total=None)
        notice = repair_collection(
            run.home, name, lambda done, total: bar.update(task, completed=done, total=total)
        )
    run.output.note(notice or f"indexes of {name} built anew")


def _libraries() -> Iterator[Check]:
    for name in LIBRARIES:
        try:
            yield Check(name, True, version(name))
        except PackageNotFoundError:
            yield Check(name, False, "not installed", f"pip install {name}")


def _disk(home: Path) -> Check:
    """Space and the right to write, where the home directory is or will be."""
    existing = next(folder for folder in (home, *home.parents) if folder.exists())
    free = shutil.disk_usage(existing).free
    detail = f"{home}: {bytes_text(free)} free"
    if not os.access(existing, os.W_OK):
        return Check("disk", False, f"{detail}, not writable", "choose another --home")
    low = free < LOW_SPACE_BYTES
    return Check("disk", not low, detail, "free some space, or choose another --home" * low)


def _models(settings: PipelineSettings, home: Path) -> Iterator[Check]:
    """The models that the config uses, and those that something is wrong with."""
    used = catalogue_names(settings)
    for status in list_models(home):
        if status.name in used or status.state == "damaged":
            yield _model(status)
    for name in (*language_models(settings), getattr(settings.embedding, "model", "")):
        if name and name not in used:
            there = Path(name).expanduser().exists()
            yield Check(
                name, True, "on this disk" if there else "of the hub, fetched at its first use"
            )
    yield from backend_checks(settings)


def _model(status: ModelStatus) -> Check:
    detail = f"{state_text(status)}, {bytes_text(status.bytes_on_disk)} on disk"
    ready = status.state in ("downloaded", "converted")
    remedy = status.problem or f"python main.py models pull {status.name}"
    return Check(status.name, ready, detail, "" if ready else remedy)


def _collections(
    settings: PipelineSettings, home: Path, *, named: bool
) -> Iterator[tuple[str, list[Check]]]:
    """The config's collection against the config, the others by themselves."""
    names = [summary.name for summary in list_collections(home)]
    if settings.collection not in names:
        remedy = f"python main.py ingest PATH --collection {shlex.quote(settings.collection)}"
        detail = f"{settings.collection!r} is not there yet"
        yield "collections", [Check("collection", not named, detail, remedy)]
    for name in names:
        if name == settings.collection:
            yield f"collection {name}", list(_configured(settings, home))
        elif not named:
            yield f"collection {name}", check_collection(home, name)


def _configured(settings: PipelineSettings, home: Path) -> Iterator[Check]:
    from pipelines.indexing import collection_identity

    identity: CollectionIdentity | None = None
    try:
        identity = collection_identity(settings, home)
    except YomitokiError as error:
        yield Check("config", False, str(error), "see models above")
    embedding, parser = (identity.embedding, identity.parser) if identity else (None, None)
    yield from check_collection(home, settings.collection, embedding, parser)


def _show(run: Invocation, check: Check) -> None:
    run.output.line(f"  {'ok  ' if check.ok else 'FAIL'} {check.name}: {check.detail}")
    if check.remedy:
        run.output.line(f"       to do: {check.remedy}")
