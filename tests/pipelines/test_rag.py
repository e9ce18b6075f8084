"""Which models a pipeline loads for what, with scripted models in place of real ones."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pipelines.config import load_config
from pipelines.errors import QuestionError, YomitokiError
from pipelines.indexing import ingest_paths
from pipelines.llms.huggingface_settings import HuggingFaceLLMSettings
from pipelines.rag import RagPipeline
from pipelines.scope import NodeFilter
from tests.pipelines.timed_llm import TimedLLM

RERANK = "postprocessors=[{kind: llm_rerank}]"
JUDGE = "judge={kind: huggingface, model: small}"
HYDE = "retriever={kind: hyde, inner: {kind: bm25}}"


@pytest.fixture
def loaded(monkeypatch: pytest.MonkeyPatch) -> dict[str, TimedLLM]:
    """The models by name, as they are loaded."""
    models: dict[str, TimedLLM] = {}

    def build(self: HuggingFaceLLMSettings, *_: Any) -> TimedLLM:
        assert self.model not in models, "loaded twice"
        return models.setdefault(self.model, TimedLLM("魚道の工費です。"))

    monkeypatch.setattr(HuggingFaceLLMSettings, "build", build)
    return models


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("home")
    (home / "a.md").write_text("魚道の工費は三億円です。\n\n委員は五人です。\n", encoding="utf-8")
    assert not ingest_paths(load_config(None, []), home, [home / "a.md"]).failed
    return home


def opened(home: Path, *overrides: str) -> RagPipeline:
    return RagPipeline.open(load_config(None, ["llm.model=large", *overrides]), home)


def test_a_search_loads_no_model_unless_a_part_asks_for_it(
    home: Path, loaded: dict[str, TimedLLM]
) -> None:
    with opened(home) as pipeline:
        assert pipeline.search("魚道の工費は？").retrieved
    assert loaded == {}


def test_a_search_loads_the_model_for_the_retriever(
    home: Path, loaded: dict[str, TimedLLM]
) -> None:
    with opened(home, HYDE) as pipeline:
        (found, *_) = pipeline.search("魚道の工費は？").retrieved
        pipeline.search("魚道の工費は？", top_k=50)
    assert found.queries == ("魚道の工費です。",)  # type: ignore[attr-defined]
    assert list(loaded) == ["large"]


def test_the_judge_decides_and_a_search_needs_no_other_model(
    home: Path, loaded: dict[str, TimedLLM]
) -> None:
    with opened(home, RERANK, JUDGE) as pipeline:
        pipeline.search("魚道の工費は？")
    assert list(loaded) == ["small"]
    assert loaded["small"].judged


def test_without_a_judge_the_language_model_decides(
    home: Path, loaded: dict[str, TimedLLM]
) -> None:
    with opened(home, RERANK) as pipeline:
        pipeline.search("魚道の工費は？")
    assert list(loaded) == ["large"]


def test_a_judge_that_nobody_asks_is_not_loaded(home: Path, loaded: dict[str, TimedLLM]) -> None:
    with opened(home, JUDGE, HYDE) as pipeline:
        pipeline.search("魚道の工費は？")
    assert list(loaded) == ["large"]


def test_an_answer_counts_and_stops_both_models(home: Path, loaded: dict[str, TimedLLM]) -> None:
    with opened(home, RERANK, JUDGE) as pipeline:
        answer = pipeline.ask("魚道の工費は？", cancelled=lambda: False)
    large, small = loaded["large"], loaded["small"]
    assert small.judged
    assert large.prompts
    assert answer.model_seconds == large.model_seconds + small.model_seconds
    assert answer.total_usage == large.usage + small.usage
    assert all(large.stoppable)
    assert all(small.stoppable)


def test_one_answer_is_written_with_other_options(home: Path, loaded: dict[str, TimedLLM]) -> None:
    with opened(home, "query_engine.max_new_tokens=50") as pipeline:
        question = "魚道の工費は？"
        pipeline.ask(question, writing={"temperature": 0.5, "max_new_tokens": 7})
        pipeline.ask(question, writing={"max_new_tokens": 70})
        pipeline.ask(question)
    large = loaded["large"]
    assert [options["max_new_tokens"] for options in large.options] == [7, 50, 50]
    assert [generation.temperature for generation in large.generations] == [0.5]


def test_only_what_matches_the_filter_is_searched(home: Path, loaded: dict[str, TimedLLM]) -> None:
    with opened(home, "where.source=a.*") as pipeline:
        assert pipeline.search("魚道の工費は？").retrieved
    with opened(home, "where.speaker=丁") as pipeline:
        with pytest.raises(YomitokiError, match="no passage has a speaker"):
            pipeline.search("魚道の工費は？")
        answer = pipeline.ask("魚道の工費は？", where=NodeFilter(source=("a.md",)))
        assert answer.retrieved
        with pytest.raises(QuestionError, match=r"no passage of collection .* matches source=b"):
            pipeline.ask("魚道の工費は？", where=NodeFilter(source=("b*",)))
        assert pipeline.search("魚道の工費は？", where=NodeFilter(source=("a.md",))).retrieved
    assert list(loaded) == ["large"]


def test_other_collections_are_searched_and_closed_with_the_pipeline(
    home: Path, loaded: dict[str, TimedLLM]
) -> None:
    (home / "b.md").write_text("水門の塗装は二億円です。\n", encoding="utf-8")
    assert not ingest_paths(load_config(None, ["collection=gates"]), home, [home / "b.md"]).failed
    sources = ", ".join(
        f"{{name: {name}, retriever: {{kind: bm25}}}}" for name in ("default", "gates")
    )
    with opened(home, f"retriever={{kind: collections, sources: [{sources}]}}") as pipeline:
        found = pipeline.search("工費と塗装は？").retrieved
    assert {hit.node.metadata["collection"] for hit in found} == {"default", "gates"}
    assert loaded == {}


def test_a_closed_book_needs_no_collection_and_a_search_says_that_it_does(
    tmp_path: Path, loaded: dict[str, TimedLLM]
) -> None:
    with opened(tmp_path, "query_engine={kind: closed_book}") as pipeline:
        answer = pipeline.ask("魚道の工費は？")
        assert (answer.text, answer.retrieved) == ("魚道の工費です。", [])
        with pytest.raises(YomitokiError, match="collection 'default': not found: run python"):
            pipeline.search("魚道の工費は？")
    assert list(loaded) == ["large"]


def test_an_empty_collection_is_told_apart_from_one_that_holds_nothing_relevant(
    tmp_path: Path,
) -> None:
    (tmp_path / "empty.md").write_text(" \n", encoding="utf-8")
    assert ingest_paths(load_config(None, []), tmp_path, [tmp_path / "empty.md"]).failed
    with pytest.raises(YomitokiError, match="it holds no documents: run python"):
        opened(tmp_path)
    with opened(tmp_path, "query_engine={kind: closed_book}") as pipeline:
        for _ in range(2):
            with pytest.raises(YomitokiError, match="it holds no documents: run python"):
                pipeline.search("堰は？")


def test_a_question_without_a_word_is_not_searched(home: Path) -> None:
    with opened(home) as pipeline, pytest.raises(YomitokiError, match="no letter and no digit"):
        pipeline.search("😀🎉")
