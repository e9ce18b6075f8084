"""A node's text as it was read, and as it is embedded and given to a model."""

from __future__ import annotations

from typing import Any

from llama_index.core.schema import MetadataMode, NodeWithScore, TextNode

from pipelines.document import CORRECTIONS_KEY, cleaned_text, embedded_text
from pipelines.postprocessors.joined_spans import union
from pipelines.query_engines.context import pack

TEXT = "次は教科学習をしす。"
CORRECTIONS = [[2, 6, "強化学習"], [8, 8, "ま"], [9, 10, "ね。"]]


def node(start: int, end: int, corrections: Any = CORRECTIONS) -> TextNode:
    return TextNode(
        text=TEXT[start:end],
        start_char_idx=start,
        end_char_idx=end,
        metadata={"heading": "第七回", CORRECTIONS_KEY: corrections},
        excluded_embed_metadata_keys=[CORRECTIONS_KEY],
        metadata_template="{value}",
        text_template="{metadata_str}\n{content}",
    )


def test_corrections_inside_of_the_node_are_made() -> None:
    assert cleaned_text(node(2, 9)) == "強化学習をします"


def test_a_part_of_a_node_knows_its_own_alone() -> None:
    assert cleaned_text(node(4, 9)) == "学習をします"


def test_without_corrections_it_is_the_text() -> None:
    plain = TextNode(text="教科学習", start_char_idx=2, end_char_idx=6, metadata={"heading": "x"})
    assert cleaned_text(plain) == "教科学習"
    assert embedded_text(plain) == plain.get_content(MetadataMode.EMBED)


def test_what_is_no_slice_of_the_document_stays() -> None:
    joined = node(2, 6).model_copy(update={"text": "教科 … をしす"})
    assert cleaned_text(joined) == "教科 … をしす"


def test_the_cleaned_text_is_embedded_behind_what_finds_it() -> None:
    one = node(2, 6)
    assert embedded_text(one) == "第七回\n強化学習"
    assert one.text == "教科学習"


def test_joined_nodes_have_the_corrections_of_both() -> None:
    before, after = node(0, 6, CORRECTIONS[:1]), node(5, 9, CORRECTIONS[1:2])
    assert cleaned_text(union(before, after, after)) == "次は強化学習をします"


def test_the_model_reads_the_cleaned_text() -> None:
    kept, passages = pack([NodeWithScore(node=node(2, 9), score=1.0)], 100, len)
    assert passages == "(1) 第七回\n強化学習をします"
    assert kept[0].node.get_content(MetadataMode.NONE) == "教科学習をしす"
