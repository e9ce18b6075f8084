"""The whole system with the real 4-bit model: sample lecture in, cited answers out."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from llama_index.core.base.llms.types import ChatMessage, MessageRole

from evals.metrics.alias_match import alias_match
from pipelines.config import PipelineSettings, load_config
from pipelines.home import home_directory
from pipelines.indexing import ingest_paths
from pipelines.rag import RagPipeline
from storage.listing import drop_collection

pytestmark = [pytest.mark.model, pytest.mark.timeout(900)]

SAMPLES = Path(__file__).parent.parent / "samples"
COLLECTION = "test-real-pipeline"
EASY = "sample-004"


def question(id_: str) -> dict[str, Any]:
    lines = (SAMPLES / "questions.jsonl").read_text(encoding="utf-8").splitlines()
    found: dict[str, Any] = next(q for q in map(json.loads, lines) if q["id"] == id_)
    return found


@pytest.fixture(scope="module")
def settings() -> PipelineSettings:
    return load_config(None, [f"collection={COLLECTION}"])


@pytest.fixture(scope="module")
def pipeline(settings: PipelineSettings) -> Iterator[RagPipeline]:
    """The default config over the sample lecture; models come from `models pull`."""
    home = home_directory()
    report = ingest_paths(settings, home, [SAMPLES / "lecture"], rebuild=True)
    assert not report.failed
    with RagPipeline.open(settings, home) as opened:
        yield opened
    drop_collection(home, COLLECTION)


def test_the_tokenizer_is_the_one_that_the_models_own_class_builds(
    settings: PipelineSettings,
) -> None:
    from transformers import AutoTokenizer

    llm = settings.llm.build(home_directory())
    own = AutoTokenizer.from_pretrained(llm.tokenizer.name_or_path, local_files_only=True)
    text = "<|im_start|>user\n川会議は １２３ が\u3099 e\u0301  x<|im_end|>\n"
    assert llm.tokenizer.backend_tokenizer.to_str() == own.backend_tokenizer.to_str()
    assert llm.tokenizer(text)["input_ids"] == own(text)["input_ids"]
    assert llm.tokenizer.decode(own(text)["input_ids"]) == own.decode(own(text)["input_ids"])
    for name in ("bos_token_id", "eos_token_id", "pad_token_id", "chat_template"):
        assert getattr(llm.tokenizer, name) == getattr(own, name)


def test_question_about_the_lecture_is_answered_and_cited(pipeline: RagPipeline) -> None:
    asked = question(EASY)
    pieces: list[str] = []
    answer = pipeline.ask(asked["question"], on_token=pieces.append)
    assert not answer.refused
    assert alias_match(answer.text, asked["answer_aliases"], asked.get("answer_groups") or ())
    assert "".join(pieces).strip() == answer.text
    texts = {p.name: p.read_text(encoding="utf-8") for p in (SAMPLES / "lecture").iterdir()}
    assert answer.citations
    for citation in answer.citations:
        assert texts[citation.source][citation.start_char : citation.end_char] == citation.text
    assert answer.usage.prompt_tokens > 0
    assert 0 < answer.model_seconds <= sum(answer.seconds.values())


def test_same_question_gives_the_same_answer(pipeline: RagPipeline) -> None:
    asked = question(EASY)["question"]
    assert pipeline.ask(asked).text == pipeline.ask(asked).text


def test_question_that_no_document_touches_is_refused(pipeline: RagPipeline) -> None:
    answer = pipeline.ask("木星の衛星エウロパの直径は何キロメートルですか？")
    assert answer.refused
    assert answer.citations == []


def test_follow_up_is_asked_together_with_what_was_said(pipeline: RagPipeline) -> None:
    first = question(EASY)
    history = [
        ChatMessage(role=MessageRole.USER, content=first["question"]),
        ChatMessage(role=MessageRole.ASSISTANT, content=first["answer"]),
    ]
    answer = pipeline.ask("それはなぜですか？", history)
    assert answer.question == "それはなぜですか？"
    assert len(answer.asked) > len(answer.question)
