from __future__ import annotations

import pytest
from llama_index.core.schema import TextNode

from benchmarks.memory_collection import MemoryCollection
from pipelines.errors import ConfigError
from pipelines.parts import Parts
from pipelines.retrievers.cascade import CascadeRetrieverSettings

# Two sections; the word 堰 stands most often in a sentence of the second, 魚道 only in the first.
FIRST = "魚道の工費は三千万円です。堰の話は後でします。"
SECOND = "堰、堰、堰の改修です。"


def node(key: str, text: str, level: str, start: int) -> TextNode:
    return TextNode(
        id_=key,
        text=text,
        start_char_idx=start,
        end_char_idx=start + len(text),
        metadata={"source": "a.md", "level": level},
        excluded_embed_metadata_keys=["source", "level"],
    )


def collection() -> MemoryCollection:
    head, tail = FIRST.split("。")[0] + "。", FIRST.split("。")[1] + "。"
    return MemoryCollection(
        [
            node("A", FIRST, "section", 0),
            node("B", SECOND, "section", len(FIRST)),
            node("a1", head, "sentence", 0),
            node("a2", tail, "sentence", len(head)),
            node("b1", SECOND, "sentence", len(FIRST)),
        ],
        None,  # type: ignore[arg-type]
    )


def cascade(top_k: int = 1) -> CascadeRetrieverSettings:
    return CascadeRetrieverSettings.model_validate(
        {
            "coarse": {"kind": "bm25", "level": "section", "top_k": top_k},
            "fine": {"kind": "tfidf", "level": "sentence", "top_k": 5},
        }
    )


def test_only_what_lies_in_the_coarse_nodes_is_found() -> None:
    parts = Parts(collection())
    found = cascade().build(parts).retrieve("魚道と堰の話")
    assert {hit.node.node_id for hit in found} == {"a1", "a2"}
    both = cascade(top_k=2).build(parts).retrieve("魚道と堰の話")
    assert {hit.node.node_id for hit in both} == {"a1", "a2", "b1"}
    assert [hit.score for hit in both] == sorted((hit.score for hit in both), reverse=True)


def test_nothing_coarse_is_nothing_at_all() -> None:
    assert cascade().build(Parts(collection())).retrieve("会計監査") == []


def test_it_finds_as_many_as_its_fine_retriever() -> None:
    assert cascade().top_k == 5


def test_what_a_part_lacks_is_said_when_it_is_built() -> None:
    with pytest.raises(ConfigError, match=r"retriever\.cascade: needs a collection"):
        cascade().build(Parts())
    dense = {"coarse": {"kind": "bm25"}, "fine": {"kind": "dense"}}
    with pytest.raises(ConfigError, match=r"retriever\.dense: needs an embedding"):
        CascadeRetrieverSettings.model_validate(dense).build(Parts(collection()))
