"""sentence-transformers for real: a tiny random BERT of ours that scores pairs."""

from __future__ import annotations

import copy
import math
from pathlib import Path
from typing import Any

import pytest
from llama_index.core.schema import NodeWithScore, QueryBundle, TextNode

from pipelines.errors import ConfigError, YomitokiError
from pipelines.parts import Parts
from pipelines.postprocessors.cross_encoder import CrossEncoderSettings

pytestmark = pytest.mark.model

WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "報", "酬", "堰", "魚", "道", "a", "b", "c"]
TEXTS = ["魚道 a", "報酬 報酬", "堰", "c c c", "a b 魚", "報 酬 堰 a b c"]
QUESTION = "報酬 b"


def save(place: Path, labels: int, architecture: str = "BertForSequenceClassification") -> Path:
    import torch
    import transformers

    torch.manual_seed(0)
    config = transformers.BertConfig(
        vocab_size=len(WORDS),
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=64,
        num_labels=labels,
        initializer_range=0.5,
    )
    getattr(transformers, architecture)(config).save_pretrained(str(place))
    (place / "vocab.txt").write_text("\n".join(WORDS), encoding="utf-8")
    transformers.BertTokenizer(str(place / "vocab.txt")).save_pretrained(str(place))
    return place


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save(tmp_path_factory.mktemp("reranker"), 1)


def hits(texts: list[str]) -> list[NodeWithScore]:
    return [NodeWithScore(node=TextNode(text=text), score=1.0) for text in texts]


def reranked(
    model: Path, nodes: list[NodeWithScore], question: str = QUESTION, **settings: Any
) -> list[tuple[str, float]]:
    build = {"model": str(model), "device": "cpu", "top_n": None, **settings}
    part = CrossEncoderSettings.model_validate(build).build(Parts())
    out = part.postprocess_nodes(nodes, QueryBundle(question))
    return [(hit.node.get_content(), hit.score or 0.0) for hit in out]


def direct(model: Path, text: str, max_length: int = 64) -> float:
    """The model's own logit of a pair, through transformers alone."""
    import torch
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(str(model))
    encoded = tokenizer(QUESTION, text, truncation=True, max_length=max_length, return_tensors="pt")
    with torch.no_grad():
        scorer = AutoModelForSequenceClassification.from_pretrained(str(model)).eval()
        return float(scorer(**encoded).logits[0, 0])


def test_order_and_scores_are_the_models_own(tiny: Path) -> None:
    expected = sorted(((t, direct(tiny, t)) for t in TEXTS), key=lambda pair: -pair[1])
    out = reranked(tiny, hits(TEXTS), batch_size=4)
    assert [text for text, _ in out] == [text for text, _ in expected]
    assert [s for _, s in out] == pytest.approx([s for _, s in expected], abs=1e-5)
    assert expected[0][1] - expected[-1][1] > 0.1, "the texts differ for the model"


def test_sigmoid_keeps_the_order(tiny: Path) -> None:
    logits, shares = reranked(tiny, hits(TEXTS)), reranked(tiny, hits(TEXTS), scores="sigmoid")
    assert [text for text, _ in shares] == [text for text, _ in logits]
    expected = [1 / (1 + math.exp(-s)) for _, s in logits]
    assert [s for _, s in shares] == pytest.approx(expected, abs=1e-5)


def test_top_n_and_ties_and_an_unchanged_input(tiny: Path) -> None:
    nodes = hits(["堰", "魚道 a", "堰"])
    before = copy.deepcopy([hit.model_dump() for hit in nodes])
    part = CrossEncoderSettings(model=str(tiny), device="cpu").build(Parts())
    out = part.postprocess_nodes(nodes, QueryBundle(QUESTION))
    places = [next(i for i, n in enumerate(nodes) if n.node is hit.node) for hit in out]
    assert places.index(0) < places.index(2)
    assert [hit.model_dump() for hit in nodes] == before
    assert len(reranked(tiny, hits(TEXTS), top_n=2)) == 2


def test_max_length_cuts_the_pair(tiny: Path) -> None:
    long = "a b c " * 20
    (out,) = reranked(tiny, hits([long]), max_length=10)
    assert out[1] == pytest.approx(direct(tiny, long, 10), abs=1e-5)
    (whole,) = reranked(tiny, hits([long]), max_length=60)
    assert whole[1] != pytest.approx(out[1], abs=1e-4)


def test_the_heading_is_read_as_it_was_embedded(tiny: Path) -> None:
    headed = NodeWithScore(node=TextNode(text="堰", metadata={"heading": "報酬"}))
    content = headed.node.get_content("embed")  # type: ignore[arg-type]
    assert content != "堰"
    assert reranked(tiny, [headed])[0][1] == pytest.approx(direct(tiny, content), abs=1e-5)


def test_text_that_is_no_unicode(tiny: Path) -> None:
    assert len(reranked(tiny, hits(["堰\ud800", "", "\0"]), question="\udfff")) == 3


def test_models_without_one_score_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="gives 3 scores a pair"):
        reranked(save(tmp_path / "three", 3), hits(TEXTS))
    with pytest.raises(ConfigError, match="is a BertModel without a score"):
        reranked(save(tmp_path / "bare", 1, "BertModel"), hits(TEXTS))


def test_broken_files_and_devices_that_do_not_exist_are_a_line(tiny: Path, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    for folder, device in ((tmp_path, "cpu"), (tiny, "abacus")):
        with pytest.raises(YomitokiError, match="can't be loaded as a cross-encoder") as caught:
            reranked(folder, hits(TEXTS), device=device)
        assert "\n" not in str(caught.value)
