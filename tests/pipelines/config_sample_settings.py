"""Small settings classes with every shape that the loader meets."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, PositiveInt, SecretStr, model_validator

from pipelines.component import ComponentSettings


class WordSettings(ComponentSettings):
    kind: Literal["bm25"]
    top_k: PositiveInt = 10
    mode: Literal["short", "long"] = "short"


class VectorSettings(ComponentSettings):
    kind: Literal["dense"]
    top_k: int = Field(10, ge=1, le=100)
    cutoff: Annotated[float, Field(gt=0, lt=1)] | None = None


class FusionSettings(ComponentSettings):
    kind: Literal["fusion"]
    children: list[Annotated[WordSettings | VectorSettings, Field(discriminator="kind")]] = Field(
        min_length=1
    )


AnySettings = Annotated[WordSettings | VectorSettings | FusionSettings, Field(discriminator="kind")]


class LoneSettings(ComponentSettings):
    kind: Literal["lone"]
    api_key: SecretStr | None = None
    url: str = Field("http://localhost", pattern="^https?://")


class SampleSettings(ComponentSettings):
    collection: str = Field("default", min_length=1)
    retriever: AnySettings
    second: AnySettings | None = None
    postprocessors: list[AnySettings] = Field(default_factory=list)
    llm: LoneSettings
    workers: PositiveInt | Literal["auto"] = "auto"
    weights: dict[str, float] = Field(default_factory=dict)
    strict: bool = False

    @model_validator(mode="after")
    def _strict_needs_workers(self) -> SampleSettings:
        if self.strict and self.workers == "auto":
            raise ValueError("strict needs a number of workers")
        return self
