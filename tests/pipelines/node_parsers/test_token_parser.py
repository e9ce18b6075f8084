from __future__ import annotations

from collections.abc import Callable

import pytest
from llama_index.core.schema import BaseNode, Document
from pydantic import ValidationError

from pipelines.document import Section, make_document, span
from pipelines.errors import ConfigError
from pipelines.node_parsers.token import TokenParserSettings
from pipelines.parts import Parts

FIVE = "川に行く。"


def parse(document: Document, count: Callable[[str], int] = len, **settings: int) -> list[BaseNode]:
    parts = Parts(count_tokens=count)
    return TokenParserSettings.model_validate(settings).build(parts)([document])


def texts(text: str, count: Callable[[str], int] = len, **settings: int) -> list[str]:
    return [node.get_content() for node in parse(Document(text=text), count, **settings)]


def test_whole_sentences_are_packed_up_to_the_number_of_tokens() -> None:
    # A token a character: three sentences of 5 are 15 tokens, four are more than 16.
    assert texts(FIVE * 6, max_tokens=16) == [FIVE * 3] * 2


def test_the_given_tokenizer_counts() -> None:
    # A token every two characters: three a sentence, 18 for six.
    assert texts(FIVE * 6, lambda text: -(-len(text) // 2), max_tokens=18) == [FIVE * 6]


def test_overlap_repeats_what_fits_into_its_tokens() -> None:
    spans = [span(node) for node in parse(Document(text=FIVE * 6), max_tokens=16, overlap_tokens=9)]
    # 9 tokens hold one sentence of 5 and not two. From 10 on 20 are left, half of them a node.
    assert spans == [(0, 15), (10, 20), (15, 30)]


def test_a_long_sentence_is_cut_at_clause_ends_and_then_anywhere() -> None:
    assert texts("今日は雨なので、家にいることにした。", max_tokens=16) == [
        "今日は雨なので、",
        "家にいることにした。",
    ]
    assert texts("あ" * 40, max_tokens=16) == ["あ" * 16, "あ" * 16, "あ" * 8]


def test_texts_that_have_more_tokens_together_are_parted() -> None:
    def count(text: str) -> int:
        return len(text) + 10 * (text.count("。") > 2)

    found = texts(FIVE * 6, count, max_tokens=16)
    assert "".join(found) == FIVE * 6
    assert all(count(text) <= 16 for text in found)


def test_a_character_is_never_cut() -> None:
    assert texts("あい", lambda text: 20 * len(text), max_tokens=16) == ["あ", "い"]


def test_nodes_stay_inside_their_section() -> None:
    document = make_document(
        FIVE * 2, "a.md", [Section(0, 5, {"page": 1}), Section(5, 10, {"page": 2})]
    )
    assert [node.metadata["page"] for node in parse(document)] == [1, 2]


def test_it_needs_a_tokenizer_and_room_for_something_new() -> None:
    with pytest.raises(ConfigError, match=r"token: needs a tokenizer: pass Parts\(count_tokens"):
        TokenParserSettings().build()
    with pytest.raises(ValidationError, match="less than max_tokens, got 64 and 64"):
        TokenParserSettings(max_tokens=64, overlap_tokens=64)
