"""The documents, cut and ordered for being asked about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from llama_index.core.schema import Document

from evals.synthesis.candidates import Candidate, candidates
from evals.synthesis.language import Language
from evals.synthesis.passages import cut_passages
from evals.synthesis.telling_words import TellingWords
from pipelines.errors import ConfigError


@dataclass(frozen=True)
class Corpus:
    """Texts by source, what their words tell, and what is asked for, in this order."""

    texts: Mapping[str, str]
    words: TellingWords
    queue: Sequence[Candidate]


def read_corpus(documents: Sequence[Document], language: Language | None, seed: int) -> Corpus:
    """The corpus of documents as they were read.

    Args:
        documents: All of them; what a word tells is counted over all.
        language: Of the passages to ask about; None for either.
        seed: Of the order.

    Raises:
        ConfigError: There is nothing to ask for.
    """
    passages = cut_passages(documents)
    words = TellingWords([one.shown for passage in passages for one in passage.sentences])
    kept = [passage for passage in passages if language in (None, passage.language)]
    queue = candidates(kept, words, seed)
    if not queue:
        raise ConfigError(
            f"eval synthesize: no sentence of the documents{f' in {language}' if language else ''} "
            "could be asked about: give other documents"
        )
    texts = {str(document.metadata["source"]): document.get_content() for document in documents}
    return Corpus(texts, words, queue)
