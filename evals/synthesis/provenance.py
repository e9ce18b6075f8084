"""What questions are made with: whoever has the same gets the same questions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from llama_index.core.schema import Document

from evals.model_state import weights_state
from evals.synthesis.language import LANGUAGES
from evals.synthesis.prompts import prompt_version
from pipelines.component import fingerprint
from pipelines.llms.settings import LLMSettings

# Raise it when the checks change: what passed others is not the same set of questions.
CHECKS_VERSION = "checks-1"


@dataclass(frozen=True)
class Provenance:
    """What decides the questions of a file, but for how many there are; a part of each record.

    `weights` and `documents` are hashes: of the model's files and settings, and of the texts.
    """

    model: str
    quantization: str
    weights: str
    prompt_version: str
    checks_version: str
    seed: int
    kind: str
    language: str
    lengths: str
    documents: str

    def differs_from(self, record: Mapping[str, Any]) -> list[str]:
        """What is different in an earlier record, as *seed 1, now 0*."""
        return [
            f"{name} {record.get(name)}, now {value}"
            for name, value in asdict(self).items()
            if record.get(name) != value
        ]


def provenance_of(
    llm: LLMSettings,
    documents: Sequence[Document],
    seed: int,
    kind: str,
    language: str,
    lengths: str,
) -> Provenance:
    """The provenance of questions that are about to be made."""
    texts = sorted((str(d.metadata["source"]), d.get_content()) for d in documents)
    return Provenance(
        model=llm.model,
        quantization=getattr(llm, "quantization", ""),
        weights=fingerprint([llm.model_dump(mode="json"), weights_state(llm)]),
        prompt_version=";".join(prompt_version(one) for one in LANGUAGES),
        checks_version=CHECKS_VERSION,
        seed=seed,
        kind=kind,
        language=language,
        lengths=lengths,
        documents=fingerprint(texts),
    )
