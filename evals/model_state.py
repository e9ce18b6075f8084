"""What decides the words and decisions of the models that an evaluation uses."""

from __future__ import annotations

from pathlib import Path

from pipelines.component import fingerprint
from pipelines.config import PipelineSettings
from pipelines.llms.settings import LLMSettings
from pipelines.models.catalogue import CATALOGUE
from pipelines.models.folder import bytes_under


def model_state(settings: PipelineSettings, writing: bool = True) -> str:
    """What decides the models' words: their settings and their weights.

    Of a catalogue model the pinned digests; of a local file or folder the sizes and times of its
    files; a hub id stands for its revision, and a server for the model of that name. Without
    `writing`, what decides their decisions, which no option of generation changes.
    """
    models = [llm for llm in (settings.llm, settings.judge) if llm is not None]
    unused = None if writing else {"generation"}
    return fingerprint(
        [[llm.model_dump(mode="json", exclude=unused), weights_state(llm)] for llm in models]
    )


def model_bytes(llm: LLMSettings) -> int:
    """About what a model takes in memory: its converted form, or its files; 0 if unknown."""
    if llm.local_model is None:
        return 0
    for model in CATALOGUE:
        if llm.local_model == model.name:
            if llm.kind == "llama_cpp":
                return model.size
            return max((size for _, size in model.checkpoint_bytes), default=model.size)
    place = Path(llm.local_model).expanduser()
    if place.is_file():
        return place.stat().st_size
    return bytes_under(place) if place.is_dir() else 0


def weights_state(llm: LLMSettings) -> list[object]:
    """What tells one model's weights from another's; see `model_state`."""
    if llm.local_model is None:
        return [llm.model]
    for model in CATALOGUE:
        if llm.local_model == model.name:
            return [model.name, [file.sha256 for file in model.files]]
    place = Path(llm.local_model).expanduser()
    if place.exists():
        found = place.rglob("*") if place.is_dir() else [place]
        files = sorted(file for file in found if file.is_file())
        return [[str(f), f.stat().st_size, f.stat().st_mtime_ns] for f in files]
    return [llm.model, getattr(llm, "revision", None)]
