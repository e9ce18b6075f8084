"""The models that a server has: config files, each by its name."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from pipelines.config import PipelineSettings
from pipelines.errors import ConfigError
from pipelines.nearest import did_you_mean
from tools.server.failures import ApiError


@dataclass(frozen=True)
class ServedModel:
    """A config file that answers; `created` is in seconds since 1970."""

    name: str
    settings: PipelineSettings
    created: int = field(default_factory=lambda: int(time.time()))

    def within(self, collection: str) -> PipelineSettings:
        """Its settings, over a collection."""
        return self.settings.model_copy(update={"collection": collection})

    @property
    def searching_asks_llm(self) -> bool:
        """Whether a search needs a language model."""
        parts = (self.settings.retriever, *self.settings.postprocessors)
        return any(part.asks_llm() for part in parts)

    @property
    def ranks_options(self) -> bool:
        """Whether it ranks the options of a question, and answers no other."""
        return self.settings.query_engine.kind == "multiple_choice"


class ServedModels:
    """All of them, the first being the one that is meant where none is named."""

    def __init__(self, models: Iterable[ServedModel]) -> None:
        """Raises ConfigError: Two have one name."""
        self._models: dict[str, ServedModel] = {}
        for model in models:
            if model.name in self._models:
                raise ConfigError(
                    f"--config: two files are called {model.name}: models are named after their "
                    "files: rename one"
                )
            self._models[model.name] = model
        self.first = next(iter(self._models.values()))

    def __iter__(self) -> Iterator[ServedModel]:
        return iter(self._models.values())

    def named(self, name: str | None) -> ServedModel:
        """The model of a name.

        Raises:
            ApiError: 404, there is none.
        """
        if name is None:
            return self.first
        if name not in self._models:
            hint = did_you_mean(name, self._models)
            known = ", ".join(self._models)
            raise ApiError(
                404,
                f"model: {name[:100]!r}: unknown.{hint} Known: {known}",
                "model_not_found",
                "model",
            )
        return self._models[name]


def config_files(given: Iterable[Path]) -> list[Path]:
    """The files of the models; a folder's YAML files in their order.

    Raises:
        ConfigError: A folder holds none.
    """
    found: list[Path] = []
    for path in given:
        files = sorted(path.glob("*.yaml")) if path.is_dir() else [path]
        if not files:
            raise ConfigError(f"--config {path}: no *.yaml in this folder: name a config file")
        found += files
    return found
