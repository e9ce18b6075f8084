from __future__ import annotations

from llama_index.core.schema import BaseNode, Document

from pipelines.document import Section, make_document
from pipelines.node_parsers.transcript import TranscriptParserSettings

SENTENCE = "今日は川まで歩いた。"


def recording(*turns: tuple[str, str, float, float]) -> Document:
    """Turns of (speaker, text, begin, end), each under its header line."""
    text = ""
    sections = []
    for speaker, said, begin, end in turns:
        text += f"{speaker} [{begin:g}s - {end:g}s]\n"
        metadata = {"recording": "R", "speaker": speaker, "t_start": begin, "t_end": end}
        sections.append(Section(len(text), len(text) + len(said), metadata))
        text += said + "\n"
    return make_document(text, "t.md", sections)


def parse(document: Document, **settings: float) -> list[BaseNode]:
    return TranscriptParserSettings.model_validate(settings).build()([document])


def texts(document: Document, **settings: float) -> list[str]:
    return [node.get_content() for node in parse(document, **settings)]


def test_a_turn_is_a_node_with_its_header_speaker_and_times() -> None:
    document = recording(("A", SENTENCE, 0, 10), ("B", SENTENCE, 12, 20))
    nodes = parse(document, min_chars=5)
    assert [node.get_content() for node in nodes] == [
        f"A [0s - 10s]\n{SENTENCE}",
        f"B [12s - 20s]\n{SENTENCE}",
    ]
    assert nodes[1].metadata == {
        "source": "t.md",
        "recording": "R",
        "speaker": "B",
        "t_start": 12,
        "t_end": 20,
        # The header line is no part of the turn.
        "speaker_turns": [[38, 48, "B", 12, 20]],
    }


def test_speech_counts_and_not_the_header() -> None:
    document = recording(("A", SENTENCE, 0, 10), ("B", "はい。", 10, 11), ("A", SENTENCE, 11, 20))
    # 3 characters said under a header of 13.
    found = texts(document, min_chars=4)
    assert len(found) == 2
    assert "はい。" in found[0]
    assert len(texts(document, min_chars=3)) == 3


def test_a_long_turn_is_cut_at_sentence_ends() -> None:
    document = recording(("A", SENTENCE * 8, 0, 80))
    nodes = parse(document, min_chars=5, max_chars=60)
    # 13 characters of header and 80 of speech in two nodes: half of 93 is reached with 4 sentences.
    assert [node.get_content() for node in nodes] == [
        f"A [0s - 80s]\n{SENTENCE * 4}",
        SENTENCE * 4,
    ]
    assert [(n.metadata["t_start"], n.metadata["t_end"]) for n in nodes] == [(0, 40), (40, 80)]


def test_short_turns_do_not_join_beyond_the_time() -> None:
    document = recording(("A", "はい。", 0, 5), ("A", "ええ。", 100, 105))
    assert len(texts(document, min_chars=10, window_seconds=60)) == 2
    assert len(texts(document, min_chars=10, window_seconds=120)) == 1


def test_a_turn_longer_than_the_time_is_cut() -> None:
    # 80 characters in 80 seconds, so at most 45 a node with the header's 13: three nodes. 93 / 3 is
    # reached with two sentences, half of the other 60 characters with three.
    nodes = parse(recording(("A", SENTENCE * 8, 0, 80)), min_chars=5, window_seconds=45)
    assert [n.metadata["t_end"] - n.metadata["t_start"] for n in nodes] == [20, 30, 30]


def test_a_word_and_then_silence_is_not_cut() -> None:
    assert len(texts(recording(("A", "はい。", 0, 600)), min_chars=20, window_seconds=60)) == 1


def test_times_that_run_backward_or_are_unknown_bound_nothing() -> None:
    assert len(texts(recording(("A", SENTENCE, 10, 0)), min_chars=5, window_seconds=1)) == 1
    unknown = make_document(SENTENCE, "t.md", [Section(0, 10, {"speaker": "A"})])
    assert texts(unknown, min_chars=5, window_seconds=1) == [SENTENCE]


def test_other_recordings_are_other_nodes() -> None:
    text = "はい。いいえ。"
    sections = [
        Section(0, 3, {"recording": "R", "speaker": "A"}),
        Section(3, 7, {"recording": "S", "speaker": "A"}),
    ]
    assert texts(make_document(text, "t.md", sections)) == ["はい。", "いいえ。"]


def test_text_without_turns_is_packed_by_sentences() -> None:
    document = Document(text=SENTENCE * 6)
    assert texts(document, min_chars=5, max_chars=30) == [SENTENCE * 3] * 2
