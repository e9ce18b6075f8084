"""Any embedding model in Hugging Face format, through sentence-transformers."""

from __future__ import annotations

import logging
import threading
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from llama_index.core.base.embeddings.base import BaseEmbedding
from pydantic import Field, PositiveInt, PrivateAttr

from pipelines.component import ComponentSettings, need
from pipelines.embeddings.model_folder import dimension, find_folder, own_prompts
from pipelines.embeddings.text import embeddable
from pipelines.errors import YomitokiError
from pipelines.home import home_directory

log = logging.getLogger(__name__)

# A loaded model is one for the process, and its tokenizer can't be used by two threads at once.
_computing = threading.Lock()

DTYPES = {"auto": "auto", "fp32": "float32", "bf16": "bfloat16", "fp16": "float16"}


class HuggingFaceEmbeddingSettings(ComponentSettings):
    """A model of the hub, of a folder, or that ``models pull`` brought (all-minilm-l6-v2).

    A prompt is put before every text of its side; left out, the model's own is used, and ""
    switches it off. `revision` pins a hub model; without it, the commit that was downloaded first
    stays in use. `trust_remote_code` runs Python code that the model brings.
    """

    kind: Literal["huggingface"]
    model: str = Field(min_length=1)
    revision: str | None = None
    query_prompt: str | None = None
    passage_prompt: str | None = None
    normalize: bool = True
    device: str = "auto"
    dtype: Literal["auto", "fp32", "bf16", "fp16"] = "auto"
    batch_size: PositiveInt = 32
    trust_remote_code: bool = False

    def build(self, home: Path) -> HuggingFaceEmbedding:
        """The loaded model.

        Raises:
            ConfigError: The model or the device does not exist.
            YomitokiError: It is not downloaded, or its files can't be loaded.
        """
        need("sentence_transformers", "pip install sentence-transformers")
        folder = find_folder(self.model, self.revision, home).path
        device = None if self.device == "auto" else self.device
        model = _load(folder, device, DTYPES[self.dtype], self.trust_remote_code)
        query_prompt, passage_prompt = self._prompts(folder)
        embedding = HuggingFaceEmbedding(
            model_name=self.model,
            embed_batch_size=self.batch_size,
            query_prompt=query_prompt,
            passage_prompt=passage_prompt,
            normalize=self.normalize,
        )
        embedding._model = model
        return embedding

    def identity(self, home: Path | None = None) -> dict[str, Any]:
        """What vectors depend on. Device and batch size change them by rounding only.

        A hub model that is not in the cache yet is downloaded to learn its commit.
        """
        folder = find_folder(self.model, self.revision, home or home_directory())
        query_prompt, passage_prompt = self._prompts(folder.path)
        return {
            "model": folder.path.name if Path(self.model).expanduser().is_dir() else self.model,
            "revision": folder.revision,
            "dimension": dimension(folder.path),
            "query_prompt": query_prompt,
            "passage_prompt": passage_prompt,
            "normalize": self.normalize,
            "dtype": self.dtype,
        }

    def _prompts(self, folder: Path) -> tuple[str, str]:
        query, passage = own_prompts(folder)
        return (
            query if self.query_prompt is None else self.query_prompt,
            passage if self.passage_prompt is None else self.passage_prompt,
        )


class HuggingFaceEmbedding(BaseEmbedding):
    """LlamaIndex embedding over a sentence-transformers model.

    A text over the model's own limit is cut there; the first time that happens is logged.
    """

    query_prompt: str = ""
    passage_prompt: str = ""
    normalize: bool = True
    _model: Any = PrivateAttr(default=None)
    _warned: bool = PrivateAttr(default=False)

    def _get_query_embedding(self, query: str) -> list[float]:
        return self._embed([query], is_query=True)[0]

    def _get_text_embedding(self, text: str) -> list[float]:
        return self._embed([text], is_query=False)[0]

    def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
        return self._embed(texts, is_query=False)

    async def _aget_query_embedding(self, query: str) -> list[float]:
        return self._get_query_embedding(query)

    def count_tokens(self, texts: list[str], is_query: bool) -> int:
        """Tokens that the model is given for the texts, those included that are cut off."""
        prompt = self.query_prompt if is_query else self.passage_prompt
        clean = [prompt + embeddable(text) for text in texts]
        with _computing:
            return sum(map(len, self._model.tokenizer(clean, verbose=False)["input_ids"]))

    def _embed(self, texts: list[str], is_query: bool) -> list[list[float]]:
        clean = [embeddable(text) for text in texts]
        encode = self._model.encode_query if is_query else self._model.encode_document
        with _computing:
            self._warn_of_cuts(clean)
            vectors = encode(
                clean,
                prompt=self.query_prompt if is_query else self.passage_prompt,
                batch_size=self.embed_batch_size,
                normalize_embeddings=self.normalize,
                show_progress_bar=False,
                convert_to_numpy=True,
            )
        rows: list[list[float]] = vectors.astype("float32").tolist()
        return rows

    def _warn_of_cuts(self, texts: list[str]) -> None:
        limit = self._model.max_seq_length
        if self._warned or not limit:
            return
        # A token is at least a byte, so only these can be too long.
        longest = max(texts, key=len, default="")
        if len(longest.encode("utf-8")) <= limit:
            return
        count = len(self._model.tokenizer(longest, verbose=False)["input_ids"])
        if count > limit:
            self._warned = True
            log.warning(
                "%s reads %d tokens of a text; one of %d was cut (use shorter nodes)",
                self.model_name,
                limit,
                count,
            )


@lru_cache(maxsize=2)
def _load(folder: Path, device: str | None, dtype: str, trust_remote_code: bool) -> Any:
    """A loaded model, one for the process and its settings."""
    from sentence_transformers import SentenceTransformer
    from transformers.utils.logging import disable_progress_bar

    disable_progress_bar()
    try:
        return SentenceTransformer(
            str(folder),
            device=device,
            local_files_only=True,
            trust_remote_code=trust_remote_code,
            model_kwargs={"dtype": dtype},
        )
    except (OSError, ValueError, RuntimeError, ImportError) as error:
        first = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise YomitokiError(
            f"{folder}: can't be loaded as an embedding model ({first[:200]})"
        ) from error
