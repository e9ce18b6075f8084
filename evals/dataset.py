"""Questions with the documents they are about."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from evals.sample import Sample


@dataclass(frozen=True)
class Dataset:
    """A named set of questions.

    `documents` are the files and folders that are searched, none if there is nothing to search.
    With `by_passage`, what is relevant are passages by their id (`Sample.relevant`), and a node
    stands for the passage that it is cut from; else it is quotes of documents (`Sample.evidence`).
    """

    name: str
    samples: tuple[Sample, ...]
    documents: tuple[Path, ...] = ()
    by_passage: bool = False

    def digest(self) -> str:
        """A hash of the questions and of what they are scored against (16 hex digits)."""
        return digest(self.samples)


def digest(samples: Sequence[Sample]) -> str:
    """A hash of questions and their gold, whatever line they stand in (16 hex digits)."""
    records = [{**asdict(sample), "line": 0} for sample in samples]
    canonical = json.dumps(records, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode("utf-8", "surrogatepass")).hexdigest()[:16]
