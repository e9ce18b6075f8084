"""Nodes keep the document's text and know what to read in its place. Sentences of our own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pipelines.config import load_config
from pipelines.document import CORRECTIONS_KEY, Section, cleaned_text, make_document, span
from pipelines.errors import YomitokiError
from pipelines.indexing import collection_identity, ingest_paths
from pipelines.node_parsers.sentence import SentenceParserSettings
from pipelines.node_parsers.sentence_window import SentenceWindowParserSettings
from pipelines.parts import Parts
from pipelines.postprocessors.sentence_window import SentenceWindowSettings
from pipelines.rag import RagPipeline
from storage.cleaning.settings import TranscriptCleaningSettings

HEARD = "ＧＰＴの話です。どれがいいかなっいうふうに思います。これは去年からのことです。"
SAID = "GPTの話です。どれがいいかなっていうふうに思います。これは去年からのことです。"
STEPS = {"steps": [{"kind": "unicode"}, {"kind": "dropped_kana"}]}


def document(timed: bool = True) -> Any:
    metadata = {"t_start": 0.0, "t_end": 9.0} if timed else {}
    return make_document(HEARD, "a.md", [Section(0, len(HEARD), metadata)])


def cleaning(**settings: Any) -> TranscriptCleaningSettings:
    return TranscriptCleaningSettings.model_validate({**STEPS, **settings})


def test_text_and_spans_stay_and_the_cleaned_text_is_known() -> None:
    parser = cleaning().around(SentenceParserSettings(max_chars=0).build(Parts()))
    nodes = parser.get_nodes_from_documents([document()])
    assert [node.get_content() for node in nodes] == [HEARD[slice(*span(node))] for node in nodes]
    assert "".join(map(cleaned_text, nodes)) == SAID
    assert CORRECTIONS_KEY not in nodes[2].metadata, "nothing was corrected there"


def test_a_window_is_cleaned_beyond_its_sentence() -> None:
    parser = cleaning().around(SentenceWindowParserSettings(before=1, after=1).build())
    nodes = parser.get_nodes_from_documents([document()])
    windows = SentenceWindowSettings().build(Parts())
    from llama_index.core.schema import NodeWithScore

    (window,) = windows.postprocess_nodes([NodeWithScore(node=nodes[1], score=1.0)])
    assert cleaned_text(window.node) == SAID


def test_documents_without_times_are_left_unless_all_are_to_be_cleaned() -> None:
    inner = SentenceParserSettings().build(Parts())
    for of, expected in (("transcripts", HEARD), ("all", SAID)):
        nodes = cleaning(of=of).around(inner).get_nodes_from_documents([document(timed=False)])
        assert "".join(map(cleaned_text, nodes)) == expected


def test_without_steps_the_parser_is_the_parser_and_collections_stay_as_they_are(
    tmp_path: Path,
) -> None:
    inner = SentenceParserSettings().build(Parts())
    assert TranscriptCleaningSettings().around(inner) is inner
    plain = load_config()
    assert collection_identity(plain, tmp_path) == collection_identity(
        load_config(None, ["cleaning={of: all}"]), tmp_path
    )
    cleaned = collection_identity(
        load_config(None, ["cleaning={steps: [{kind: unicode}]}"]), tmp_path
    )
    assert cleaned.parser.fingerprint != collection_identity(plain, tmp_path).parser.fingerprint
    assert cleaned.parser.description == "sentence, cleaned by unicode"


def test_another_glossary_asks_for_a_rebuild_and_a_renamed_one_does_not(tmp_path: Path) -> None:
    prints = []
    for name, terms in (("a", "- 強化学習"), ("b", "- 強化学習"), ("a", "- 事前学習")):
        path = tmp_path / f"{name}.yaml"
        path.write_text(terms, encoding="utf-8")
        steps = [{"kind": "glossary", "path": str(path)}]
        prints.append(str(TranscriptCleaningSettings.model_validate({"steps": steps}).identity()))
    assert prints[0] == prints[1] != prints[2]


def test_what_was_misheard_is_found_as_it_was_said_and_cited_as_it_was_heard(
    tmp_path: Path,
) -> None:
    terms = tmp_path / "terms.yaml"
    terms.write_text("- 強化学習\n", encoding="utf-8")
    lecture = tmp_path / "lecture.srt"
    lecture.write_text(
        "1\n00:00:01,000 --> 00:00:04,000\n次は教科学習の話をします。\n\n"
        "2\n00:00:05,000 --> 00:00:09,000\n昼食は十二時からです。\n",
        encoding="utf-8",
    )
    home = tmp_path / "home"
    steps = f"cleaning={{steps: [{{kind: glossary, path: {terms}}}]}}"
    settings = load_config(
        None, [steps, "retriever={kind: bm25}", "postprocessors=[]", "node_parser.max_chars=0"]
    )
    ingest_paths(settings, home, [lecture])
    with RagPipeline.open(settings, home) as pipeline:
        (hit, *_) = pipeline.search("強化学習とは？").retrieved
    assert "教科学習" in hit.node.get_content()
    assert hit.node.metadata["t_start"] == pytest.approx(1.0)
    raw = load_config(None, ["retriever={kind: bm25}", "postprocessors=[]"])
    with pytest.raises(YomitokiError, match="cleaned by glossary"):
        RagPipeline.open(raw, home).search("強化学習とは？")
