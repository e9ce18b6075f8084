"""One language model in memory at a time, shared by the arms that have the same one."""

from __future__ import annotations

import gc
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.answer import OnStage
from pipelines.component import fingerprint
from pipelines.config import PipelineSettings
from pipelines.llms.model_work import ModelWork, work_of
from pipelines.llms.settings import LLMSettings
from pipelines.models.catalogue import CATALOGUE
from pipelines.models.folder import bytes_under

if TYPE_CHECKING:
    from pipelines.llms.huggingface import HuggingFaceLLM


class ModelPool:
    """Builds models and keeps those in use: an arm's, or the judge of answers.

    Settings that differ in how they generate alone share one loaded model.
    """

    def __init__(self) -> None:
        self._models: dict[str, HuggingFaceLLM] = {}

    def build(self, settings: LLMSettings, home: Path, on_stage: OnStage | None) -> HuggingFaceLLM:
        """The model of the settings, from the pool or loaded."""
        key = loaded_key(settings)
        if key not in self._models:
            self._models[key] = settings.build(home, on_stage)
        return self._models[key].with_generation(settings.generation)

    def work(self) -> ModelWork:
        """What the models in the pool did since each was loaded."""
        return work_of(self._models.values())

    def keep_only(self, models: Sequence[LLMSettings | None]) -> None:
        """Let go of every model but these."""
        used = {loaded_key(llm) for llm in models if llm is not None}
        self._models = {key: model for key, model in self._models.items() if key in used}
        gc.collect()


def loaded_key(llm: LLMSettings) -> str:
    """Equal for settings that one loaded model can serve."""
    return fingerprint(llm.model_dump(mode="json", exclude={"generation"}))


def model_state(settings: PipelineSettings, writing: bool = True) -> str:
    """What decides the models' words: their settings and their weights.

    Of a catalogue model the pinned digests; of a local folder the sizes and times of its files;
    a hub id stands for its revision. Without `writing`, what decides their decisions, which no
    option of generation changes.
    """
    models = [llm for llm in (settings.llm, settings.judge) if llm is not None]
    unused = None if writing else {"generation"}
    return fingerprint(
        [[llm.model_dump(mode="json", exclude=unused), weights_state(llm)] for llm in models]
    )


def model_bytes(llm: LLMSettings) -> int:
    """About what a model takes in memory: its converted form, or its files; 0 if unknown."""
    for model in CATALOGUE:
        if llm.model == model.name:
            return max((size for _, size in model.checkpoint_bytes), default=model.size)
    folder = Path(llm.model).expanduser()
    return bytes_under(folder) if folder.is_dir() else 0


def weights_state(llm: LLMSettings) -> list[object]:
    """What tells one model's weights from another's; see `model_state`."""
    for model in CATALOGUE:
        if llm.model == model.name:
            return [model.name, [file.sha256 for file in model.files]]
    folder = Path(llm.model).expanduser()
    if folder.is_dir():
        files = sorted(file for file in folder.rglob("*") if file.is_file())
        return [[str(f), f.stat().st_size, f.stat().st_mtime_ns] for f in files]
    return [llm.model, llm.revision]
