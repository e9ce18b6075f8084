"""A tiny BERT with a multiple-choice head and a tiny tokenizer: random weights, real code paths."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pipelines.errors import ConfigError, YomitokiError
from pipelines.parts import Parts
from pipelines.query_engines.encoder_scorer import EncoderScorer, EncoderScorerSettings
from pipelines.query_engines.multiple_choice_settings import MultipleChoiceSettings
from tests.pipelines.query_engines.engine_doubles import Finds, node

LETTERS = "いつ明治大正昭和堰は大にできた。0123456789"
SPECIALS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
QUESTION, OPTIONS = "いつ", ["明治", "大正", "昭和時代"]


def tiny_config() -> Any:
    from transformers import BertConfig

    return BertConfig(
        vocab_size=len(SPECIALS) + len(set(LETTERS)),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=64,
        pad_token_id=0,
        # Else the random logits are too near to each other to be told apart.
        initializer_range=0.5,
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkpoint folder; a token a character."""
    import torch
    from tokenizers import Regex, Tokenizer, models, pre_tokenizers, processors
    from transformers import BertForMultipleChoice, PreTrainedTokenizerFast

    torch.manual_seed(3)
    vocabulary = {piece: i for i, piece in enumerate([*SPECIALS, *sorted(set(LETTERS))])}
    raw = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
    raw.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Whitespace(), pre_tokenizers.Split(Regex("."), "isolated")]
    )
    raw.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[("[CLS]", 2), ("[SEP]", 3)],
    )
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=raw,
        pad_token="[PAD]",
        unk_token="[UNK]",
        cls_token="[CLS]",
        sep_token="[SEP]",
        mask_token="[MASK]",
        model_input_names=["input_ids", "token_type_ids", "attention_mask"],
    )
    path = tmp_path_factory.mktemp("encoder")
    tokenizer.save_pretrained(str(path))
    BertForMultipleChoice(tiny_config()).save_pretrained(str(path))
    return path


def scorer(folder: Path, **settings: int) -> EncoderScorer:
    chosen = {"kind": "encoder", "model": str(folder), "max_tokens": 64, **settings}
    return EncoderScorerSettings.model_validate(chosen).build(Parts())


def probabilities_one_by_one(
    folder: Path, pairs: list[list[int]], second: list[int]
) -> list[float]:
    """The head's softmax over pairs, each read alone and unpadded; segment 1 begins at `second`."""
    import torch
    from transformers import BertForMultipleChoice

    model = BertForMultipleChoice.from_pretrained(str(folder)).eval()
    logits = []
    for ids, start in zip(pairs, second, strict=True):
        types = [0] * start + [1] * (len(ids) - start)
        with torch.inference_mode():
            out = model(
                input_ids=torch.tensor([[ids]]), token_type_ids=torch.tensor([[types]])
            ).logits
        logits.append(out[0, 0])
    return torch.softmax(torch.stack(logits), 0).tolist()


def ids(folder: Path, text: str) -> list[int]:
    from transformers import AutoTokenizer

    found: list[int] = AutoTokenizer.from_pretrained(str(folder))(
        text, add_special_tokens=False
    ).input_ids
    return found


@pytest.mark.parametrize("batch_size", [1, 2, 8])
def test_scores_are_those_of_each_pair_read_alone(folder: Path, batch_size: int) -> None:
    passages = "堰は大正にできた。"
    found = scorer(folder, batch_size=batch_size).score(QUESTION, OPTIONS, passages)
    first = [2, *ids(folder, passages), 3]
    pairs = [[*first, *ids(folder, f"{QUESTION} {option}"), 3] for option in OPTIONS]
    expected = probabilities_one_by_one(folder, pairs, [len(first)] * 3)
    assert found.probabilities == pytest.approx(expected, abs=1e-5)
    assert max(expected) - min(expected) > 0.01, "the options must differ, or nothing is tested"


def test_only_the_beginning_of_the_passages_is_cut(folder: Path) -> None:
    passages = "0123456789" * 10
    found = scorer(folder, max_tokens=20).score(QUESTION, OPTIONS, passages)
    pairs, starts = [], []
    for option in OPTIONS:
        second = ids(folder, f"{QUESTION} {option}")
        room = 20 - 3 - len(second)
        pairs.append([2, *ids(folder, passages)[-room:], 3, *second, 3])
        starts.append(room + 2)
    expected = probabilities_one_by_one(folder, pairs, starts)
    assert found.probabilities == pytest.approx(expected, abs=1e-5)


def test_order_of_the_options_does_not_matter_and_no_passages_are_needed(folder: Path) -> None:
    asking = scorer(folder)
    forth = asking.score(QUESTION, OPTIONS, "").probabilities
    back = asking.score(QUESTION, OPTIONS[::-1], "").probabilities
    assert back[::-1] == pytest.approx(forth, abs=1e-6)
    assert sum(forth) == pytest.approx(1.0)


def test_the_engine_ranks_by_it_without_a_language_model(folder: Path) -> None:
    settings = MultipleChoiceSettings.model_validate(
        {
            "kind": "multiple_choice",
            "scorer": {"kind": "encoder", "model": str(folder), "max_tokens": 64},
        }
    )
    engine = settings.build(Parts(), Finds([node("堰は大正にできた。")]), ())
    answer = engine.choose(QUESTION, OPTIONS)
    read = scorer(folder).score(QUESTION, OPTIONS, "(1)\n堰は大正にできた。")
    assert {o.option: o.probability for o in answer.ranking} == pytest.approx(
        dict(enumerate(read.probabilities))
    )


def test_a_question_that_leaves_no_room_is_an_error(folder: Path) -> None:
    with pytest.raises(YomitokiError, match=r"24 tokens are too long: at most 17 .*max_tokens=20"):
        scorer(folder, max_tokens=20).score("堰" * 20, OPTIONS, "")


def test_what_cannot_be_loaded_says_why(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"scorer\.model: no folder /no/where: name a folder"):
        scorer(Path("/no/where"))
    with pytest.raises(ConfigError, match="holds no model"):
        scorer(tmp_path)
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(YomitokiError, match="can't be loaded"):
        scorer(tmp_path)
    with pytest.raises(ConfigError, match="reads at most 64"):
        scorer(folder, max_tokens=65)
    with pytest.raises(ConfigError, match=r"scorer\.device: 'nowhere'"):
        scorer(folder, device="nowhere")


def test_a_model_without_a_trained_head_is_refused(folder: Path, tmp_path: Path) -> None:
    """transformers would make up a head of random numbers and only warn."""
    from transformers import AutoTokenizer, BertModel

    BertModel(tiny_config()).save_pretrained(str(tmp_path))
    AutoTokenizer.from_pretrained(str(folder)).save_pretrained(str(tmp_path))
    with pytest.raises(YomitokiError, match=r"no trained classifier\..*multiple choice"):
        scorer(tmp_path)
