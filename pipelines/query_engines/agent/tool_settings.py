"""Settings of the tools that an agent may use."""

from __future__ import annotations

from collections.abc import Callable, Sequence
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
    from pipelines.query_engines.answering_engine import AnsweringEngine

    Postprocessors = Sequence[tuple[str, BaseNodePostprocessor]]

# The kind of postprocessor that drops everything where a question is about something else.
CUTOFF = "cutoff"
Name = Annotated[str, Field(min_length=1, max_length=100)]
Description = Annotated[str, Field(min_length=1, max_length=1000)]
Examples = Annotated[
    tuple[Annotated[str, Field(min_length=1, max_length=300)], ...],
    Field(max_length=10, description="Questions that the tool is for."),
]
ReadingEngineSettings = Annotated[
    CorrectiveSettings | RetrieveAndAnswerSettings | SubQuestionSettings,
    Field(discriminator="kind"),
]
READING = RetrieveAndAnswerSettings(
    kind="retrieve_and_answer", context_tokens=800, max_new_tokens=120, sufficient=0.65
)


class NamedToolSettings(ComponentSettings):
    """What the model reads of a tool: its `description`, and `examples` of questions for it.

    The tool's probability is multiplied by `weight`, and all are divided by their sum. Where
    another tool gave no answer it is tried if its probability is at least `fallback_at_least`.
    """

    name: Name
    description: Description
    examples: Examples = ()
    weight: float = Field(default=1.0, gt=0.0, le=100.0)
    fallback_at_least: float = Field(default=0.02, ge=0.0, le=1.0)

    def tool(
        self,
        engine: AnsweringEngine,
        *,
        finds: Callable[[str], bool] | None = None,
        own_words: bool = False,
        note: str = "",
    ) -> AgentTool:
        """The tool over an engine; see `AgentTool`."""
        from pipelines.query_engines.agent.tool import AgentTool

        return AgentTool(
            name=self.name,
            description=self.description,
            engine=engine,
            examples=self.examples,
            weight=self.weight,
            finds=finds,
            fallback_at_least=self.fallback_at_least,
            own_words=own_words,
            note=note,
        )


class DocumentsToolSettings(NamedToolSettings, SearchSettings):
    """A collection of documents, searched and answered from by `engine`.

    Without `collection` it is the config's, searched as the pipeline does unless the tool has a
    `retriever` and `postprocessors` of its own. Another `collection`, built with the same
    embedding, needs a `retriever` here, and has the `postprocessors` that stand here or none.

    With a `cutoff` among its postprocessors it is not chosen for a question that this drops all
    passages of, which takes one more search and no language model.
    """

    kind: Literal["documents"]
    name: Name = "documents"
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
        if self.collection is not None:
            if parts.open_collection is None:
                raise ConfigError("query_engine.tools: a collection needs a pipeline to open it")
            parts = replace(parts, collection=parts.open_collection(self.collection))
            postprocessors = ()
        retriever, kept = self.build_search(parts, retriever, postprocessors)
        engine = self.engine.build(parts, retriever, kept)
        return self.tool(engine, finds=_finder(retriever, kept))


class WebToolSettings(NamedToolSettings):
    """The web: the question leaves the machine when this tool is used (docs/web.md).

    What is asked is the person's own question, after the one before it; no answer and no text of
    a document is sent.
    """

    kind: Literal["web"]
    name: Name = "web"
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
        engine = self.engine.build(parts, self.retriever.build(parts), ())
        return self.tool(engine, own_words=True)


class CalculatorToolSettings(NamedToolSettings):
    """Exact arithmetic: the model writes an expression of at most `max_new_tokens` tokens.

    Hardly a fallback: what the documents do not tell cannot be calculated.
    """

    kind: Literal["calculator"]
    name: Name = "calculator"
    fallback_at_least: float = Field(default=0.3, ge=0.0, le=1.0)
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

        if parts.llm is None:
            raise ConfigError("query_engine.tools: a calculator needs a language model: set llm")
        engine = Calculator(parts.llm, self.max_new_tokens)
        return self.tool(engine)


class ClosedBookToolSettings(NamedToolSettings):
    """The model's own knowledge, without a source.

    Hardly a fallback: it would make up what the documents do not tell.
    """

    kind: Literal["closed_book"]
    name: Name = "closed_book"
    fallback_at_least: float = Field(default=0.3, ge=0.0, le=1.0)
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
        engine = self.engine.build(parts, retriever, postprocessors)
        return self.tool(engine, note=FROM_THE_MODEL)


def _finder(
    retriever: BaseRetriever, postprocessors: Postprocessors
) -> Callable[[str], bool] | None:
    """What says whether the documents have anything near a question; None where none can."""
    cutoffs = [(kind, part) for kind, part in postprocessors if kind == CUTOFF]
    if not cutoffs:
        return None
    from pipelines.query_engines.searching import remaining, search

    return lambda question: bool(remaining(search(question, retriever, cutoffs)))


ToolSettings = Annotated[
    CalculatorToolSettings | ClosedBookToolSettings | DocumentsToolSettings | WebToolSettings,
    Field(discriminator="kind"),
]
