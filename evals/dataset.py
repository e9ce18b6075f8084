"""Questions with the documents they are about."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from evals.sample import Sample
from pipelines.errors import ConfigError


@dataclass(frozen=True)
class Dataset:
    """A named set of questions.

    `documents` are the files and folders that are searched, none if there is nothing to search.
    With `by_passage`, what is relevant are passages by their id (`Sample.relevant`), and a node
    stands for the passage that it is cut from; else it is quotes of documents (`Sample.evidence`).
    `versions` are the same questions about other versions of the documents, such as corrected ones,
    with evidence that stands in these. `file` is where the questions were read, for errors alone.
    """

    name: str
    samples: tuple[Sample, ...]
    documents: tuple[Path, ...] = ()
    by_passage: bool = False
    versions: Mapping[str, Dataset] = field(default_factory=dict)
    file: Path | None = None

    def version(self, name: str) -> Dataset:
        """A version by its name, the dataset itself by an empty one.

        Raises:
            ConfigError: There is none of this name.
        """
        if name and name not in self.versions:
            there = ", ".join(map(repr, self.versions)) or "none"
            raise ConfigError(f"dataset {self.name!r}: no version {name!r}: it has {there}")
        return self.versions[name] if name else self

    def digest(self) -> str:
        """A hash of the questions and of what they are scored against (16 hex digits)."""
        return digest(self.samples)


def digest(samples: Sequence[Sample]) -> str:
    """A hash of questions and their gold, whatever line they stand in (16 hex digits)."""
    records = [{**asdict(sample), "line": 0} for sample in samples]
    canonical = json.dumps(records, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode("utf-8", "surrogatepass")).hexdigest()[:16]
