"""What every swappable part shares: settings that are also its identity, and lazy imports."""

from __future__ import annotations

import hashlib
import importlib
import json
from collections.abc import Iterator
from types import ModuleType
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict

from pipelines.errors import YomitokiError


class ComponentSettings(BaseModel):
    """Settings of one swappable part: frozen, and an unknown key is an error.

    A subclass adds a literal `kind` and a `build()` that returns the part. The settings are
    what a config file holds, what a report records and what a cache key is made of. `needs_llm`
    says that the part can't be built without a language model; `asks_llm()` says it of the parts
    inside of it, too. `judges` says that it asks that model for decisions only, so that the
    pipeline's `judge` may take its place. `needs_parser` is the kind of node parser
    without whose nodes it would do nothing.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)

    needs_llm: ClassVar[bool] = False
    judges: ClassVar[bool] = False
    needs_parser: ClassVar[str] = ""

    def fingerprint(self) -> str:
        """Hash of the settings: equal settings give equal fingerprints (16 hex digits)."""
        return fingerprint(self.model_dump(mode="json"))

    def asks_llm(self) -> bool:
        """Whether this part, or one that its settings hold, needs a language model."""
        return self.needs_llm or any(part.asks_llm() for part in self._held())

    def outside_state(self) -> str | None:
        """What decides this part's own results besides settings, collection and models.

        "" for nothing, as of almost every part; None if they may be others tomorrow.
        """
        return ""

    def parts(self) -> Iterator[ComponentSettings]:
        """These settings and all that they hold, however deep."""
        yield self
        for part in self._held():
            yield from part.parts()

    def _held(self) -> Iterator[ComponentSettings]:
        values: list[Any] = [getattr(self, name) for name in type(self).model_fields]
        for value in values:
            for part in value if isinstance(value, tuple) else (value,):
                if isinstance(part, ComponentSettings):
                    yield part


def fingerprint(value: Any) -> str:
    """SHA-256 of a JSON value in canonical form, cut to 16 hex digits."""
    canonical = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()[:16]


def need(module: str, install: str) -> ModuleType:
    """Import an optional dependency, or say what to install.

    Args:
        module: Dotted module name.
        install: The command that brings it, such as ``pip install 'yomitoki[gpu]'``.

    Raises:
        YomitokiError: The module itself (or a parent of it) is missing. A module that exists
            but fails to import something else raises its own ImportError.
    """
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        missing = error.name or ""
        if missing == module or module.startswith(missing + "."):
            raise YomitokiError(f"{module}: not installed: run {install}") from error
        raise
