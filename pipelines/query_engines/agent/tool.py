"""What an agent may use: a query engine, and what is said about it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from llama_index.core.tools import QueryEngineTool

from pipelines.query_engines.answering_engine import AnsweringEngine


@dataclass(frozen=True)
class AgentTool:
    """A query engine with its name and what the model reads about it when it chooses.

    `examples` are questions that it is for; its probability is multiplied by `weight`. `finds` says
    of a question whether the tool has anything near it; one that has not is not chosen. Where
    another tool gave no answer it is tried from the probability `fallback_at_least` on. `own_words`
    says that it is told the person's own words alone, and nothing that an answer before them said:
    its argument leaves the machine. `note` is what a person should know of its answers.
    """

    name: str
    description: str
    engine: AnsweringEngine
    examples: tuple[str, ...] = ()
    weight: float = 1.0
    finds: Callable[[str], bool] | None = None
    fallback_at_least: float = 0.02
    own_words: bool = False
    note: str = ""

    def for_llama_index(self) -> QueryEngineTool:
        """The same for an agent of LlamaIndex."""
        return QueryEngineTool.from_defaults(
            self.engine, name=self.name, description=self.description
        )
