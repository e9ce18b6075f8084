from __future__ import annotations

import copy
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st
from llama_index.core.schema import Document, NodeWithScore, TextNode

from pipelines.document import Section, make_document, span
from pipelines.node_parsers.sentence_window import SentenceWindowParserSettings
from pipelines.parts import Parts
from pipelines.postprocessors.sentence_window import SentenceWindowSettings

TEXT = "".join(f"{i}番目の文です。\n" for i in range(10))
WINDOWS = SentenceWindowSettings().build(Parts())


def nodes_of(document: Document, k: int = 1) -> list[TextNode]:
    return SentenceWindowParserSettings(before=k, after=k).build()([document])


def hits(nodes: list[TextNode], order: list[int]) -> list[NodeWithScore]:
    return [NodeWithScore(node=nodes[i], score=1 / (rank + 1)) for rank, i in enumerate(order)]


def test_a_sentence_is_replaced_by_its_window() -> None:
    document = make_document(TEXT, "a.md", [])
    (window,) = WINDOWS.postprocess_nodes(hits(nodes_of(document), [4]))
    assert window.node.get_content() == "3番目の文です。\n4番目の文です。\n5番目の文です。"
    assert span(window.node) == (TEXT.index("3番"), TEXT.index("6番") - 1)
    assert window.score == 1.0
    assert window.node.metadata == {"source": "a.md"}


def test_overlapping_windows_become_one_at_the_best_rank() -> None:
    nodes = nodes_of(make_document(TEXT, "a.md", []))
    found = WINDOWS.postprocess_nodes(hits(nodes, [8, 2, 4]))
    # 8 has 7-9. 2 has 1-3 and 4 has 3-5, which meet in 3: 1-5, at the rank and score of 2.
    assert [hit.node.get_content() for hit in found] == [
        "7番目の文です。\n8番目の文です。\n9番目の文です。",
        "\n".join(f"{i}番目の文です。" for i in range(1, 6)),
    ]
    assert [hit.score for hit in found] == [1.0, 0.5]
    assert found[1].node.node_id == nodes[2].node_id


def test_windows_of_other_documents_are_kept_apart() -> None:
    one = nodes_of(make_document(TEXT, "a.md", []))
    two = nodes_of(make_document(TEXT, "b.md", []))
    found = WINDOWS.postprocess_nodes(hits([one[4], two[4]], [0, 1]))
    assert [hit.node.metadata["source"] for hit in found] == ["a.md", "b.md"]


def test_a_window_has_its_turns_speakers_and_times_also_when_merged() -> None:
    # Each turn is three characters long and lasts three seconds.
    text = "はい。いえ。ええ。ああ。"
    sections = [
        Section(3 * i, 3 * i + 3, {"speaker": name, "t_start": 3 * i, "t_end": 3 * i + 3})
        for i, name in enumerate("ABCB")
    ]
    turns = [[3 * i, 3 * i + 3, name, 3 * i, 3 * i + 3] for i, name in enumerate("ABCB")]
    nodes = nodes_of(make_document(text, "t.md", sections))
    (window,) = WINDOWS.postprocess_nodes(hits(nodes, [0]))
    assert window.node.metadata == {
        "source": "t.md",
        "speaker": "A, B",
        "t_start": 0,
        "t_end": 6,
        "speaker_turns": turns[:2],
    }
    (merged,) = WINDOWS.postprocess_nodes(hits(nodes, [2, 0]))
    assert merged.node.metadata == {
        "source": "t.md",
        "speaker": "A, B, C",
        "t_start": 0,
        "t_end": 12,
        "speaker_turns": turns,
    }


def test_nodes_without_a_window_keep_their_place() -> None:
    nodes = nodes_of(make_document(TEXT, "a.md", []))
    plain = TextNode(text="窓のない節点", metadata={"window": "他の部品が書いた窓"})
    found = WINDOWS.postprocess_nodes(hits([nodes[1], plain, nodes[6]], [0, 1, 2]))
    assert found[1].node is plain
    assert len(found) == 3


def test_the_input_is_left_as_it_is() -> None:
    given_nodes = hits(nodes_of(make_document(TEXT, "a.md", [])), [4, 5])
    before = copy.deepcopy([hit.model_dump() for hit in given_nodes])
    WINDOWS.postprocess_nodes(given_nodes)
    assert [hit.model_dump() for hit in given_nodes] == before


def test_nothing_in_nothing_out() -> None:
    assert WINDOWS.postprocess_nodes([]) == []


@settings(max_examples=100, deadline=None)
@given(
    order=st.lists(st.integers(0, 9), unique=True, max_size=10),
    k=st.integers(0, 4),
)
def test_windows_are_slices_that_hold_every_sentence_once(order: list[int], k: int) -> None:
    nodes = nodes_of(make_document(TEXT, "a.md", []), k)
    found = WINDOWS.postprocess_nodes(hits(nodes, order))
    spans = sorted(span(hit.node) for hit in found)
    for hit in found:
        start, end = span(hit.node)
        assert hit.node.get_content() == TEXT[start:end]
    assert all(a[1] <= b[0] for a, b in pairwise(spans))
    for i in order:
        start, end = span(nodes[i])
        assert any(s <= start and end <= e for s, e in spans)
    scores = [hit.score for hit in found]
    assert scores == sorted(scores, reverse=True)
