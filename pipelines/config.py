"""The settings of a whole pipeline, and the config files they come from."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, model_validator

from pipelines.component import ComponentSettings
from pipelines.config_files import SHIPPED_CONFIGS
from pipelines.config_loading import Loaded, load
from pipelines.embeddings.settings import EmbeddingSettings
from pipelines.llms.settings import LLMSettings
from pipelines.node_parsers.settings import NodeParserSettings
from pipelines.postprocessors.settings import PostprocessorSettings
from pipelines.query_engines.settings import QueryEngineSettings
from pipelines.retrievers.settings import RetrieverSettings
from pipelines.scope import NO_FILTER, NodeFilter
from storage.cleaning.settings import TranscriptCleaningSettings
from storage.readers.settings import ReaderSettings


class PipelineSettings(ComponentSettings):
    """Everything between a folder of files and a cited answer.

    `collection` names the index that ingesting fills and questions search. `reader`,
    `cleaning`, `overlaps`, `node_parser` and `embedding` decide what is in it, so changing one of
    them asks for a re-index; the rest may change from question to question.
    """

    collection: str = Field(
        "default", min_length=1, max_length=100, description="Name of the index of documents."
    )
    reader: ReaderSettings = Field(
        default_factory=ReaderSettings, description="Which files are read, and within which limits."
    )
    cleaning: TranscriptCleaningSettings = Field(
        default_factory=TranscriptCleaningSettings,
        description="What a recogniser wrote wrong, corrected in what is embedded and read.",
    )
    overlaps: Literal["mark", "ignore"] = Field(
        "mark",
        description="Whether nodes know where another recording of their document has their words.",
    )
    node_parser: NodeParserSettings = Field(description="How a document is cut into nodes.")
    embedding: EmbeddingSettings = Field(description="What turns nodes and questions into vectors.")
    retriever: RetrieverSettings = Field(description="What finds nodes for a question.")
    where: NodeFilter = Field(
        NO_FILTER, description="Which passages are searched: of which files, speakers, times."
    )
    postprocessors: tuple[PostprocessorSettings, ...] = Field(
        (), description="What reorders, widens or drops the found nodes, in this order."
    )
    llm: LLMSettings = Field(description="The language model.")
    judge: LLMSettings | None = Field(
        None, description="A model for llm_rerank's decisions; the language model when null."
    )
    query_engine: QueryEngineSettings = Field(description="How an answer is made of the nodes.")

    @model_validator(mode="after")
    def _nodes_are_those_that_its_parts_need(self) -> PipelineSettings:
        for part in self.parts():
            if part.needs_parser not in ("", self.node_parser.kind):
                raise ValueError(
                    f"postprocessors: {getattr(part, 'kind', '')} has no effect on nodes of "
                    f"node_parser.kind={self.node_parser.kind}: set it to {part.needs_parser}"
                )
        return self

    @model_validator(mode="after")
    def _a_new_order_is_kept(self) -> PipelineSettings:
        kinds = [part.kind for part in self.postprocessors]
        if "reorder" not in kinds:
            return self
        if "reorder" in kinds[:-1]:
            raise ValueError(
                "postprocessors: reorder must be the last one: the others expect the best first"
            )
        if getattr(self.query_engine, "context_order", "") != "as_given":
            raise ValueError(
                "postprocessors: reorder has no effect: set query_engine.context_order to as_given "
                "(retrieve_and_answer and the engines made of it have it)"
            )
        return self


def load_pipeline(
    path: Path | None = None, overrides: Sequence[str] = (), env: Mapping[str, str] | None = None
) -> Loaded[PipelineSettings]:
    """Read a config file; arguments and errors are those of `load_config`."""
    chosen = SHIPPED_CONFIGS / "default.yaml" if path is None else path
    return load(PipelineSettings, chosen, overrides, os.environ if env is None else env)


def load_config(
    path: Path | None = None, overrides: Sequence[str] = (), env: Mapping[str, str] | None = None
) -> PipelineSettings:
    """The settings of a config file.

    Args:
        path: A YAML file, which may extend another; the shipped default.yaml when None.
        overrides: ``retriever.top_k=5`` each, as --set takes them.
        env: Environment variables that ``${NAME}`` reads; the process's own when None.

    Raises:
        ConfigError: A file or an override is wrong; a line a problem: file or override, key
            path, what is wrong, what is allowed.
    """
    return load_pipeline(path, overrides, env).settings


def pipeline_schema() -> dict[str, Any]:
    """JSON Schema of a config file; one that extends another may leave any key out."""
    schema = PipelineSettings.model_json_schema()
    schema["properties"] = {
        "extends": {"type": "string", "description": "A config file to start from."},
        **schema["properties"],
    }
    schema["anyOf"] = [{"required": ["extends"]}, {"required": schema.pop("required")}]
    return schema
