"""Settings of the tools that an agent may use."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, model_validator

from pipelines.component import ComponentSettings
from pipelines.errors import ConfigError
from pipelines.parts import Parts
from pipelines.query_engines.agent.prompts import FROM_THE_MODEL
from pipelines.query_engines.closed_book_settings import ClosedBookSettings
from pipelines.query_engines.corrective_settings import CorrectiveSettings
from pipelines.query_engines.engine_settings import SearchSettings
from pipelines.query_engines.retrieve_and_answer_settings import RetrieveAndAnswerSettings
from pipelines.query_engines.sub_question_settings import SubQuestionSettings
from pipelines.retrievers.web import WebRetrieverSettings

if TYPE_CHECKING:
    from llama_index.core.postprocessor.types import BaseNodePostprocessor
    from llama_index.core.retrievers import BaseRetriever

    from pipelines.query_engines.agent.tool import AgentTool

    Postprocessors = Sequence[tuple[str, BaseNodePostprocessor]]

Name = Annotated[str, Field(min_length=1, max_length=100)]
Description = Annotated[str, Field(min_length=1, max_length=1000)]
ReadingEngineSettings = Annotated[
    CorrectiveSettings | RetrieveAndAnswerSettings | SubQuestionSettings,
    Field(discriminator="kind"),
]
READING = RetrieveAndAnswerSettings(
    kind="retrieve_and_answer", context_tokens=800, max_new_tokens=120, sufficient=0.65
)


class DocumentsToolSettings(SearchSettings):
    """A collection of documents, searched and answered from by `engine`.

    Without `collection` it is the config's, searched as the pipeline does unless the tool has a
    `retriever` and `postprocessors` of its own. Another `collection`, built with the same
    embedding, needs a `retriever` here, and has the `postprocessors` that stand here or none.
    """

    kind: Literal["documents"]
    name: Name = "documents"
    description: Description
    fallback: bool = True
    collection: str | None = Field(default=None, min_length=1, max_length=100)
    engine: ReadingEngineSettings = READING

    @model_validator(mode="after")
    def _another_collection_is_searched_in_its_own_way(self) -> DocumentsToolSettings:
        if self.collection is not None and self.retriever is None:
            raise ValueError(f"retriever: set it, to search collection {self.collection!r}")
        return self

    def build(
        self, parts: Parts, retriever: BaseRetriever, postprocessors: Postprocessors
    ) -> AgentTool:
        """The tool.

        Raises:
            ConfigError: What it needs is not configured.
            YomitokiError: There is no such collection.
        """
        from pipelines.query_engines.agent.tool import AgentTool

        if self.collection is not None:
            if parts.open_collection is None:
                raise ConfigError("query_engine.tools: a collection needs a pipeline to open it")
            parts = replace(parts, collection=parts.open_collection(self.collection))
            postprocessors = ()
        search = self.build_search(parts, retriever, postprocessors)
        engine = self.engine.build(parts, *search)
        return AgentTool(self.name, self.description, engine, self.fallback)


class WebToolSettings(ComponentSettings):
    """The web: the question leaves the machine when this tool is used (docs/web.md).

    What is asked is the person's own question, after the one before it; no answer and no text of
    a document is sent.
    """

    kind: Literal["web"]
    name: Name = "web"
    description: Description
    fallback: bool = True
    retriever: WebRetrieverSettings = WebRetrieverSettings()
    engine: RetrieveAndAnswerSettings = READING

    def build(
        self,
        parts: Parts,
        retriever: BaseRetriever,  # noqa: ARG002
        postprocessors: Postprocessors,  # noqa: ARG002
    ) -> AgentTool:
        """The tool.

        Raises:
            ConfigError: What it needs is not configured.
        """
        from pipelines.query_engines.agent.tool import AgentTool

        engine = self.engine.build(parts, self.retriever.build(parts), ())
        return AgentTool(self.name, self.description, engine, self.fallback, own_words=True)


class CalculatorToolSettings(ComponentSettings):
    """Exact arithmetic: the model writes an expression of at most `max_new_tokens` tokens.

    No `fallback`: what the documents do not tell cannot be calculated.
    """

    kind: Literal["calculator"]
    name: Name = "calculator"
    description: Description
    fallback: bool = False
    max_new_tokens: int = Field(default=48, ge=3, le=200)

    def build(
        self,
        parts: Parts,
        retriever: BaseRetriever,  # noqa: ARG002
        postprocessors: Postprocessors,  # noqa: ARG002
    ) -> AgentTool:
        """The tool.

        Raises:
            ConfigError: No language model is configured.
        """
        from pipelines.query_engines.agent.calculator import Calculator
        from pipelines.query_engines.agent.tool import AgentTool

        if parts.llm is None:
            raise ConfigError("query_engine.tools: a calculator needs a language model: set llm")
        engine = Calculator(parts.llm, self.max_new_tokens)
        return AgentTool(self.name, self.description, engine, self.fallback)


class ClosedBookToolSettings(ComponentSettings):
    """The model's own knowledge, without a source.

    No `fallback`: it would make up what the documents do not tell.
    """

    kind: Literal["closed_book"]
    name: Name = "closed_book"
    description: Description
    fallback: bool = False
    engine: ClosedBookSettings = ClosedBookSettings(kind="closed_book")

    def build(
        self,
        parts: Parts,
        retriever: BaseRetriever,
        postprocessors: Postprocessors,
    ) -> AgentTool:
        """The tool.

        Raises:
            ConfigError: No language model is configured.
        """
        from pipelines.query_engines.agent.tool import AgentTool

        engine = self.engine.build(parts, retriever, postprocessors)
        return AgentTool(self.name, self.description, engine, self.fallback, note=FROM_THE_MODEL)


ToolSettings = Annotated[
    CalculatorToolSettings | ClosedBookToolSettings | DocumentsToolSettings | WebToolSettings,
    Field(discriminator="kind"),
]
