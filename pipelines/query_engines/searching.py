"""Retrieval and postprocessing, timed stage by stage."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from llama_index.core.base.base_retriever import BaseRetriever
from llama_index.core.postprocessor.types import BaseNodePostprocessor
from llama_index.core.schema import NodeWithScore, QueryBundle

from pipelines.answer import Answer, OnStage


class Stopwatch:
    """Wall seconds a stage, told to whoever waits when a stage begins."""

    def __init__(self, on_stage: OnStage | None = None) -> None:
        self._on_stage = on_stage
        self.seconds: dict[str, float] = {}

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time what runs inside; a stage entered twice adds up."""
        if self._on_stage:
            self._on_stage(name)
        started = time.perf_counter()
        try:
            yield
        finally:
            spent = time.perf_counter() - started
            self.seconds[name] = self.seconds.get(name, 0.0) + spent


def search(
    question: str,
    retriever: BaseRetriever,
    postprocessors: Sequence[tuple[str, BaseNodePostprocessor]],
    on_stage: OnStage | None = None,
    watch: Stopwatch | None = None,
    put_as: str = "",
) -> Answer:
    """An `Answer` without text: what the retriever found and what each postprocessor left.

    Args:
        question: A question that stands alone.
        retriever: Finds nodes.
        postprocessors: (kind, part), applied in order.
        on_stage: Hears the stage that begins.
        watch: Adds to a stopwatch that runs already, in place of `on_stage`.
        put_as: What postprocessors judge the nodes for, where `question` is another wording of it.
    """
    watch = watch or Stopwatch(on_stage)
    query = QueryBundle(question)
    with watch.stage("retrieving"):
        retrieved = retriever.retrieve(query)
    if put_as and put_as != question:
        query = QueryBundle(put_as)
    stages: list[tuple[str, list[NodeWithScore]]] = []
    nodes = retrieved
    for kind, postprocessor in postprocessors:
        with watch.stage(kind):
            nodes = postprocessor.postprocess_nodes(nodes, query)
        stages.append((kind, nodes))
    return Answer(
        question=question,
        text="",
        refused=False,
        retrieved=retrieved,
        stages=stages,
        seconds=dict(watch.seconds),
    )


def remaining(answer: Answer) -> list[NodeWithScore]:
    """The nodes that the last stage left, best first."""
    return answer.stages[-1][1] if answer.stages else answer.retrieved
