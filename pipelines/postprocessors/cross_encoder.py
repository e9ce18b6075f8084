"""Reranking by a model that reads question and passage together."""

from __future__ import annotations

import threading
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from llama_index.core.postprocessor.types import BaseNodePostprocessor
from llama_index.core.schema import NodeWithScore, QueryBundle
from pydantic import Field, PrivateAttr
from typing_extensions import override

from pipelines.component import ComponentSettings, need
from pipelines.digest import read_json_object
from pipelines.document import embedded_text
from pipelines.errors import ConfigError, YomitokiError
from pipelines.models.repository import model_folder
from pipelines.parts import Parts

_EXAMPLES = "or a hub id such as hotchpotch/japanese-reranker-cross-encoder-small-v1"
# Heads that sentence-transformers reads a score from; it would give any other model a random one.
_HEADS = ("ForSequenceClassification", "ForCausalLM")

Scores = Literal["logit", "sigmoid"]

# A loaded model is one for the process, and its tokenizer can't be used by two threads at once.
_computing = threading.Lock()


class CrossEncoderSettings(ComponentSettings):
    """Orders all nodes by a cross-encoder's score and keeps the `top_n` best (all if null).

    `model` is a folder or a hub id; `revision` pins a hub model, and without it the commit that was
    downloaded first stays in use. The model reads the question and what was embedded of the node
    (its heading or recording, and its text), cut to `max_length` tokens together (the model's own
    limit if null), `batch_size` pairs at a time, on `device`.

    `scores: logit` gives the model's raw output, of any size, higher is better; `sigmoid` puts it
    between 0 and 1, as `cutoff` may want it. The order is the same. `trust_remote_code` runs Python
    code that the model brings.
    """

    kind: Literal["cross_encoder"] = "cross_encoder"
    model: str = Field(min_length=1)
    revision: str | None = None
    top_n: int | None = Field(default=5, ge=1)
    max_length: int | None = Field(default=None, ge=8)
    batch_size: int = Field(default=16, ge=1)
    scores: Scores = "logit"
    device: str = "auto"
    trust_remote_code: bool = False

    def build(self, parts: Parts) -> BaseNodePostprocessor:  # noqa: ARG002
        """The postprocessor, its model loaded.

        Raises:
            ConfigError: The model does not exist or is no cross-encoder with one score.
            YomitokiError: It can't be had, or its files can't be loaded.
        """
        need("sentence_transformers", "pip install sentence-transformers")
        folder = model_folder(self.model, self.revision, "cross_encoder", _EXAMPLES)
        named = read_json_object(folder / "config.json").get("architectures")
        if named and not any(str(name).endswith(_HEADS) for name in named):
            raise ConfigError(
                f"cross_encoder.model: {self.model} is a {named[0]} without a score: name a "
                f"cross-encoder (…{_HEADS[0]}), {_EXAMPLES.removeprefix('or ')}"
            )
        device = None if self.device == "auto" else self.device
        model = _load(folder, device, self.max_length, self.trust_remote_code)
        if model.num_labels != 1:
            raise ConfigError(
                f"cross_encoder.model: {self.model} gives {model.num_labels} scores a pair: name "
                "one that gives a single score"
            )
        return CrossEncoderPostprocessor(self, model)


class CrossEncoderPostprocessor(BaseNodePostprocessor):
    """See CrossEncoderSettings. Best first; equal scores keep the order that they came in."""

    _settings: CrossEncoderSettings = PrivateAttr()
    _model: Any = PrivateAttr()

    def __init__(self, settings: CrossEncoderSettings, model: Any) -> None:
        """Rerank with a loaded sentence-transformers CrossEncoder."""
        super().__init__()
        self._settings = settings
        self._model = model

    @classmethod
    def class_name(cls) -> str:
        return "CrossEncoderPostprocessor"

    @override
    def _postprocess_nodes(
        self, nodes: list[NodeWithScore], query_bundle: QueryBundle | None = None
    ) -> list[NodeWithScore]:
        if query_bundle is None:
            raise ValueError("cross_encoder: no question given")
        if not nodes:
            return []
        from torch.nn import Identity, Sigmoid

        question = _encodable(query_bundle.query_str)
        with _computing:
            scores = self._model.predict(
                [(question, _encodable(embedded_text(hit.node))) for hit in nodes],
                batch_size=self._settings.batch_size,
                activation_fn=Sigmoid() if self._settings.scores == "sigmoid" else Identity(),
                show_progress_bar=False,
            ).tolist()
        scored = [
            NodeWithScore(node=hit.node, score=score)
            for hit, score in zip(nodes, scores, strict=True)
        ]
        scored.sort(key=lambda hit: -(hit.score or 0.0))
        return scored[: self._settings.top_n]


def _encodable(text: str) -> str:
    """A text that tokenizers can take: surrogates, which UTF-8 can't hold, become "?"."""
    return text.encode("utf-8", "replace").decode("utf-8")


@lru_cache(maxsize=2)
def _load(folder: Path, device: str | None, max_length: int | None, trust_remote_code: bool) -> Any:
    """A loaded model, one for the process and its settings."""
    from sentence_transformers import CrossEncoder
    from transformers.utils.logging import disable_progress_bar

    disable_progress_bar()
    try:
        return CrossEncoder(
            str(folder),
            device=device,
            max_length=max_length,
            local_files_only=True,
            trust_remote_code=trust_remote_code,
        )
    except (OSError, ValueError, RuntimeError, ImportError) as error:
        first = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise YomitokiError(
            f"{folder}: can't be loaded as a cross-encoder ({first[:200]})"
        ) from error
