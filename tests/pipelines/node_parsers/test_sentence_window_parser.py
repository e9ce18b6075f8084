from __future__ import annotations

from llama_index.core.schema import Document, MetadataMode

from pipelines.document import Section, make_document, span
from pipelines.node_parsers.sentence_window import SentenceWindowParserSettings

TEXT = "一つ。 二つ。\n三つ。四つ。五つ。"


def test_the_window_is_the_original_text_around_the_sentence() -> None:
    nodes = SentenceWindowParserSettings(before=1, after=2).build()([Document(text=TEXT)])
    assert [node.get_content() for node in nodes] == [
        "一つ。",
        "二つ。",
        "三つ。",
        "四つ。",
        "五つ。",
    ]
    assert [node.metadata["window"] for node in nodes] == [
        "一つ。 二つ。\n三つ。",
        "一つ。 二つ。\n三つ。四つ。",
        "二つ。\n三つ。四つ。五つ。",
        "三つ。四つ。五つ。",
        "四つ。五つ。",
    ]
    for node in nodes:
        start, end = node.metadata["window_start_char"], node.metadata["window_end_char"]
        assert TEXT[start:end] == node.metadata["window"]
        assert start <= span(node)[0] < span(node)[1] <= end


def test_the_window_is_neither_embedded_nor_shown() -> None:
    nodes = SentenceWindowParserSettings().build()([Document(text=TEXT)])
    assert nodes[1].get_content(MetadataMode.EMBED) == "二つ。"
    assert nodes[1].get_content(MetadataMode.LLM) == "二つ。"


def test_the_window_stays_inside_its_heading() -> None:
    text = "前。一。二。後。"
    sections = [
        Section(0, 2, {"heading": "前"}),
        Section(2, 6, {"heading": "中"}),
        Section(6, 8, {"heading": "後"}),
    ]
    nodes = SentenceWindowParserSettings().build()([make_document(text, "a.md", sections)])
    assert [node.metadata["window"] for node in nodes] == ["前。", "一。二。", "一。二。", "後。"]


def test_the_window_has_its_own_speakers_and_times() -> None:
    # 3 characters over 3 seconds each.
    sections = [
        Section(0, 3, {"recording": "R", "speaker": "A", "t_start": 0, "t_end": 3}),
        Section(3, 6, {"recording": "R", "speaker": "B", "t_start": 3, "t_end": 6}),
    ]
    document = make_document("はい。いえ。", "t.md", sections)
    first, _ = SentenceWindowParserSettings().build()([document])
    assert (first.metadata["speaker"], first.metadata["t_end"]) == ("A", 3)
    assert first.metadata["window_speaker"] == "A, B"
    assert (first.metadata["window_t_start"], first.metadata["window_t_end"]) == (0, 6)
