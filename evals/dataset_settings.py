"""Where a dataset comes from: the menu of kinds."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from evals.dataset import Dataset
from evals.question_lines import raised, read_questions
from evals.retrieval_set import add_relevance, queries_file
from evals.sample import Sample
from evals.split import Part, SplitSettings, part_of
from pipelines.component import ComponentSettings
from pipelines.config_files import shown
from pipelines.errors import ConfigError


class _DatasetSettings(ComponentSettings):
    """What every dataset may have.

    `part` keeps one side of the `split` only, `options` only questions with (true) or without
    (false) them; `limit` at most so many of these, spread evenly over the file. Paths are relative
    to the file that names them.
    """

    name: str = Field("", description="In reports; the file's name when empty.")
    split: SplitSettings = SplitSettings()
    part: Part = "all"
    options: bool | None = None
    limit: int | None = Field(default=None, ge=1)

    def _chosen(self, samples: Sequence[Sample]) -> tuple[Sample, ...]:
        kept = [
            s
            for s in samples
            if self.part in ("all", part_of(s, self.split))
            and self.options in (None, bool(s.options))
        ]
        if self.limit and len(kept) > self.limit:
            step = len(kept) / self.limit
            kept = [kept[int(place * step)] for place in range(self.limit)]
        return tuple(kept)


class VersionSettings(ComponentSettings):
    """The same questions, by their ids, about another version of the documents.

    Their evidence is quoted from that version, such as a transcript that people corrected.
    """

    path: Path
    documents: tuple[Path, ...]


class QuestionsSettings(_DatasetSettings):
    """A file of questions, open or with options, and the documents they are about.

    Arms may name one of the `versions`.
    """

    kind: Literal["questions"] = "questions"
    path: Path
    documents: tuple[Path, ...] = ()
    versions: dict[str, VersionSettings] = Field(default_factory=dict)

    def build(self, folder: Path) -> Dataset:
        """Read the questions.

        Args:
            folder: What relative paths start from.

        Raises:
            ConfigError: A file is wrong, each problem with its line, or a path does not exist.
        """
        path = folder / self.path
        asked = self._chosen(_read(path))
        name = self.name or path.stem
        return Dataset(
            name,
            asked,
            _documents(folder, self.documents),
            versions={key: self._version(key, name, folder, asked) for key in self.versions},
            file=path,
        )

    def _version(self, key: str, name: str, folder: Path, asked: Sequence[Sample]) -> Dataset:
        version = self.versions[key]
        path = folder / version.path
        by_id = {sample.id: sample for sample in _read(path)}
        if missing := [sample.id for sample in asked if sample.id not in by_id]:
            raise ConfigError(
                f"{shown(path)}: versions: it lacks {missing[0]!r} of {shown(folder / self.path)}: "
                "a version has the same questions"
            )
        samples = tuple(by_id[sample.id] for sample in asked)
        return Dataset(name, samples, _documents(folder, version.documents), file=path)


def _read(path: Path) -> list[Sample]:
    samples, problems = read_questions(path)
    raised(path, problems)
    return samples


def _documents(folder: Path, named: Sequence[Path]) -> tuple[Path, ...]:
    documents = tuple(folder / document for document in named)
    for document in documents:
        if not document.exists():
            raise ConfigError(f"{shown(document)}: documents: no such file or folder")
    return documents


class PassagesSettings(_DatasetSettings):
    """A retrieval set: a folder with corpus.jsonl, queries.jsonl or questions.jsonl, qrels.tsv."""

    kind: Literal["passages"] = "passages"
    folder: Path

    def build(self, folder: Path) -> Dataset:
        """Read the questions that have a relevant passage; see `QuestionsSettings.build`."""
        path = folder / self.folder
        queries = queries_file(path)
        judged = add_relevance(path, _read(queries))
        corpus = path / "corpus.jsonl"
        chosen = self._chosen(judged)
        return Dataset(self.name or path.name, chosen, (corpus,), by_passage=True, file=queries)


DatasetSettings = Annotated[QuestionsSettings | PassagesSettings, Field(discriminator="kind")]
