"""Language models in memory, shared by the pipelines that have the same one."""

from __future__ import annotations

import gc
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.answer import OnStage
from pipelines.component import fingerprint
from pipelines.llms.model_work import ModelWork, work_of
from pipelines.llms.settings import LLMSettings

if TYPE_CHECKING:
    from pipelines.llms.language_model import LanguageModel


class ModelPool:
    """Builds models and keeps them until told which are in use.

    Settings that differ in how they generate alone share one loaded model.
    """

    def __init__(self) -> None:
        self._models: dict[str, LanguageModel] = {}

    def build(self, settings: LLMSettings, home: Path, on_stage: OnStage | None) -> LanguageModel:
        """The model of the settings, from the pool or loaded."""
        key = loaded_key(settings)
        if key not in self._models:
            self._models[key] = settings.build(home, on_stage)
        return self._models[key].with_generation(settings.generation)

    def work(self) -> ModelWork:
        """What the models in the pool did since each was loaded."""
        return work_of(self._models.values())

    def forget(self) -> None:
        """Have each model read its next prompt whole."""
        for model in self._models.values():
            model.forget()

    def keep_only(self, models: Sequence[LLMSettings | None]) -> None:
        """Let go of every model but these."""
        used = {loaded_key(llm) for llm in models if llm is not None}
        self._models = {key: model for key, model in self._models.items() if key in used}
        gc.collect()


def loaded_key(llm: LLMSettings) -> str:
    """Equal for settings that one loaded model can serve."""
    return fingerprint(llm.model_dump(mode="json", exclude={"generation"}))
