from __future__ import annotations

import random

import pytest
from letter_embedding import LetterEmbedding
from llama_index.core.node_parser import SemanticSplitterNodeParser
from llama_index.core.schema import Document

from pipelines.document import Section, make_document
from pipelines.errors import ConfigError
from pipelines.node_parsers.semantic import SemanticParserSettings
from pipelines.parts import Parts

# Two subjects that share no letter but the stop.
RIVER = [
    "川と魚の川。",
    "魚と川の魚。",
    "川の魚と川。",
    "魚の川と魚。",
    "川と川の魚。",
    "魚と魚の川。",
]
MONEY = [
    "税金計算書。",
    "計算税金書。",
    "金税書計算。",
    "算書税金計。",
    "書計算金税。",
    "税金書算計。",
]
SUBJECTS = ["".join(RIVER), "".join(MONEY)]


def texts(
    document: Document, model: LetterEmbedding | None = None, **settings: object
) -> list[str]:
    parser = SemanticParserSettings.model_validate({"min_chars": 0, **settings}).build(
        Parts(embed_model=model or LetterEmbedding())
    )
    return [node.get_content() for node in parser([document])]


@pytest.mark.parametrize(
    "settings",
    [
        {"mode": "percentile", "buffer": 1, "percentile": 95},
        {"mode": "local_minimum", "buffer": 1},
        {"mode": "local_minimum", "buffer": 2},
    ],
)
def test_a_node_ends_where_the_subject_changes(settings: dict[str, object]) -> None:
    found = texts(Document(text="".join(SUBJECTS)), None, **settings)
    assert found == SUBJECTS


@pytest.mark.parametrize("buffer", [0, 1, 3])
@pytest.mark.parametrize("percentile", [50, 80, 95])
def test_percentile_mode_cuts_where_llama_index_cuts(buffer: int, percentile: int) -> None:
    letters = random.Random(buffer)
    sentences = ["".join(letters.choices("川魚堰水税金書予算", k=12)) + "。" for _ in range(60)]
    peer = SemanticSplitterNodeParser(
        embed_model=LetterEmbedding(),
        buffer_size=buffer,
        breakpoint_percentile_threshold=percentile,
        sentence_splitter=lambda text: [f"{part}。" for part in text.split("。") if part],
    )
    document = Document(text="".join(sentences))
    found = texts(document, None, buffer=buffer, percentile=percentile, max_chars=1000)
    assert found == [node.get_content() for node in peer([document])]
    assert len(found) > 3


def test_there_and_back_again() -> None:
    text = "".join([*SUBJECTS, SUBJECTS[0]])
    found = texts(Document(text=text), mode="local_minimum")
    assert found == [*SUBJECTS, SUBJECTS[0]]


def test_what_is_too_long_is_cut_between_the_subjects_first() -> None:
    # The percentile leaves one break at most; 40 characters hold one subject of 36.
    text = "".join([*SUBJECTS, *SUBJECTS])
    found = texts(Document(text=text), buffer=1, percentile=99, max_chars=40)
    assert found == [*SUBJECTS, *SUBJECTS]


def test_short_nodes_join_the_more_similar_neighbour() -> None:
    text = SUBJECTS[0] + "税金。" + SUBJECTS[1]
    for mode in ("percentile", "local_minimum"):
        found = texts(Document(text=text), mode=mode, buffer=1, percentile=80, min_chars=20)
        assert found[0].startswith("川")
        assert "税金。" not in found[0]


def test_nodes_stay_inside_their_section() -> None:
    text = "".join(RIVER)
    sections = [Section(0, 18, {"page": 1}), Section(18, 36, {"page": 2})]
    assert texts(make_document(text, "a.md", sections), percentile=99) == [text[:18], text[18:]]


def test_sentences_are_embedded_once_as_passages_with_their_neighbours() -> None:
    model = LetterEmbedding()
    texts(Document(text="一つ。 二つ。\n三つ。"), model, buffer=1)
    assert model.passages == ["一つ。 二つ。", "一つ。 二つ。\n三つ。", "二つ。\n三つ。"]
    texts(Document(text="一つ。"), model)
    assert len(model.passages) == 3, "a lone sentence has no gap"


def test_it_needs_an_embedding_model() -> None:
    with pytest.raises(ConfigError, match=r"semantic: needs an embedding model: pass Parts\(embed"):
        SemanticParserSettings().build(Parts())
