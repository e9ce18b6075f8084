"""Options scored by an encoder that was trained for it (`AutoModelForMultipleChoice`)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from pydantic import Field

from pipelines.component import ComponentSettings
from pipelines.errors import ConfigError, YomitokiError
from pipelines.models.repository import model_folder
from pipelines.parts import Parts
from pipelines.query_engines.option_scoring import OptionScores, softmax

_SETTING = "query_engine.scorer"
_EXAMPLES = "or a hub id of a model that was trained for multiple choice"


class EncoderScorerSettings(ComponentSettings):
    """An encoder with a multiple-choice head, such as a DeBERTa of the Kaggle LLM Science Exam.

    `model` is a hub id, pinned by `revision`, or a folder in Hugging Face format. It reads one
    pair an option, (passages, question and option); where a pair is longer than `max_tokens`, the
    passages are cut at their beginning, never the question or the option: the best passage stands
    last. `batch_size` options are read at a time.
    """

    kind: Literal["encoder"]
    model: str = Field(min_length=1)
    revision: str | None = None
    max_tokens: int = Field(default=512, ge=16)
    batch_size: int = Field(default=8, ge=1)
    device: str = "auto"

    def build(self, parts: Parts) -> EncoderScorer:  # noqa: ARG002
        """The loaded scorer; it needs no parts.

        Raises:
            ConfigError: The folder or the device does not exist, or `max_tokens` is more than the
                model reads.
            YomitokiError: The model can't be found or loaded.
        """
        import torch
        from transformers import AutoModelForMultipleChoice, AutoTokenizer

        folder = model_folder(self.model, self.revision, _SETTING, _EXAMPLES)
        try:
            tokenizer = AutoTokenizer.from_pretrained(folder, truncation_side="left")
            model, loading = AutoModelForMultipleChoice.from_pretrained(
                folder, output_loading_info=True
            )
        except (OSError, ValueError, KeyError) as error:
            reason = str(error).strip().splitlines() or [type(error).__name__]
            raise YomitokiError(
                f"{_SETTING}.model: {self.model}: can't be loaded: {reason[0]}"
            ) from error
        # transformers fills what a checkpoint lacks with random numbers and goes on.
        if missing := [key for key in loading["missing_keys"] if not key.endswith("position_ids")]:
            raise YomitokiError(
                f"{_SETTING}.model: {self.model}: has no trained "
                f"{', '.join(sorted(missing)[:3])}: use a model trained for multiple choice"
            )
        longest = getattr(model.config, "max_position_embeddings", None) or self.max_tokens
        if self.max_tokens > longest:
            raise ConfigError(
                f"{_SETTING}.max_tokens: {self.max_tokens}: {self.model} reads at most {longest}"
            )
        device = self.device
        if device == "auto":
            device = "cuda" if torch.cuda.is_available() else "cpu"
        try:
            model = model.to(device).eval()
        except (RuntimeError, AssertionError) as error:
            raise ConfigError(
                f"{_SETTING}.device: {device!r}: {str(error).splitlines()[0]}"
            ) from error
        return EncoderScorer(model, tokenizer, self.max_tokens, self.batch_size)


class EncoderScorer:
    """See EncoderScorerSettings; an `OptionScorer`. The order of the options does not matter."""

    def __init__(self, model: Any, tokenizer: Any, max_tokens: int, batch_size: int) -> None:
        """Score with a model of transformers and its tokenizer, which cuts texts on the left."""
        self._model = model
        self._tokenizer = tokenizer
        self._max_tokens = max_tokens
        self._batch_size = batch_size

    def count_tokens(self, text: str) -> int:
        """See `OptionScorer`."""
        return len(self._tokenizer(text, add_special_tokens=False, verbose=False).input_ids)

    def score(self, question: str, options: Sequence[str], passages: str) -> OptionScores:
        """See `OptionScorer`; probabilities are the softmax of the head's logits."""
        asked = [f"{question} {option}" for option in options]
        room = self._max_tokens - self._tokenizer.num_special_tokens_to_add(pair=True)
        longest = max(self.count_tokens(text) for text in asked)
        if longest > room:
            raise YomitokiError(
                f"question: with its longest option {longest} tokens are too long: at most {room} "
                f"fit into query_engine.scorer.max_tokens={self._max_tokens}"
            )
        logits: list[float] = []
        for start in range(0, len(asked), self._batch_size):
            logits.extend(self._logits(passages, asked[start : start + self._batch_size]))
        return OptionScores(softmax(logits))

    def _logits(self, passages: str, asked: Sequence[str]) -> list[float]:
        import torch

        pairs = self._tokenizer(
            [passages] * len(asked),
            list(asked),
            truncation="only_first",
            max_length=self._max_tokens,
            padding=True,
            return_tensors="pt",
        )
        # The models of transformers take (questions, options, tokens).
        inputs = {name: ids[None].to(self._model.device) for name, ids in pairs.items()}
        with torch.inference_mode():
            return [float(value) for value in self._model(**inputs).logits[0]]
