"""A whole run with a model that follows a script."""

from __future__ import annotations

from pathlib import Path

from evals.synthesis.corpus import Corpus, read_corpus
from evals.synthesis.journal import Journal
from evals.synthesis.lengths import read_lengths
from evals.synthesis.provenance import Provenance
from evals.synthesis.synthesis import Request, synthesize
from tests.evals.synthesis.question_writer import QuestionWriter, Unlike, documents

PROVENANCE = Provenance("m", "nf4", "w", "p-1", "c-1", 0, "both", "auto", "5-60=1", "d")
REQUEST = Request(6, ("open", "options"), read_lengths("5-60=1"))


def made(
    folder: Path,
    model: QuestionWriter | None = None,
    request: Request = REQUEST,
    corpus: Corpus | None = None,
) -> Journal:
    journal = Journal(folder / "q.jsonl", PROVENANCE)
    corpus = corpus or read_corpus(documents(), None, 0)
    model = model or QuestionWriter()
    synthesize(request, corpus, model, Unlike(), journal, forget=model.forget)
    return journal


def reasons(journal: Journal) -> set[str]:
    return {record["reason"] for record in journal.rejected}
