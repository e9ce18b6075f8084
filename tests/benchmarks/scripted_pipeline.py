"""A pipeline whose engine is real, over a scripted model and retriever."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from llama_index.core.schema import NodeWithScore

from pipelines.answer import Answer
from pipelines.config import PipelineSettings
from pipelines.parts import Parts
from tests.pipelines.query_engines.engine_doubles import Finds
from tests.pipelines.scripted_llm import ScriptedLLM


class ScriptedPipeline:
    """Counts what it was asked."""

    def __init__(self, engine: Any) -> None:
        self._engine = engine
        self.asked: list[str] = []

    def ask(self, question: str) -> Answer:
        self.asked.append(question)
        answer: Answer = self._engine.ask(question)
        return answer

    def choose(self, question: str, options: Sequence[str]) -> Answer:
        self.asked.append(question)
        answer: Answer = self._engine.choose(question, options)
        return answer


def opening(
    llm: ScriptedLLM, nodes: dict[str, list[NodeWithScore]], opened: list[ScriptedPipeline]
) -> Callable[..., Any]:
    """What opens such a pipeline in the place of RagPipeline.open; each is put into `opened`."""

    @contextmanager
    def open_(settings: PipelineSettings, _home: Path) -> Iterator[ScriptedPipeline]:
        engine = settings.query_engine.build(Parts(llm=llm), Finds(nodes), ())
        opened.append(ScriptedPipeline(engine))
        yield opened[-1]

    return open_
