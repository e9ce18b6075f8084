"""How much of the evidence each parser and retriever finds, at ranks and at character budgets.

    python benchmarks/retrieval_recall.py ../shared/corpora ../shared/qa/dev.jsonl
    python benchmarks/retrieval_recall.py --passages ../shared/data/niilc

The first form reads a folder of documents and questions with evidence quotes, the second a
retrieval set (corpus.jsonl, queries.jsonl or questions.jsonl, qrels.tsv; a passage is a document).
A quote is found when the nodes cover 80 % of its characters. `any` is the share of questions with
one quote found, `all` with every quote found (one, where `evidence_any` says that is enough).
At a budget, nodes are taken best first, leaving out those that no longer fit. Questions whose id
ends in an odd number may be tuned on; the even ones are printed apart, as held out.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from statistics import fmean
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from llama_index.core.schema import Document, NodeWithScore

from benchmarks.memory_collection import CachedEmbedding, MemoryCollection
from evals.metrics.gold_quote import FoldedText, GoldQuote, quote_ranks
from evals.metrics.reciprocal_rank import reciprocal_rank
from pipelines.document import make_document, span
from pipelines.embeddings.embedded_e5 import EmbeddedE5Settings
from pipelines.home import home_directory
from pipelines.japanese.tokens import CharNgramTokenizerSettings, SudachiTokenizerSettings
from pipelines.node_parsers.sentence import SentenceParserSettings
from pipelines.node_parsers.sentence_window import SentenceWindowParserSettings
from pipelines.parts import Parts
from pipelines.postprocessors.deduplicate import DeduplicateSettings
from pipelines.postprocessors.sentence_window import SentenceWindowSettings
from pipelines.retrievers.dense import DenseRetrieverSettings
from pipelines.retrievers.fusion import FusionRetrieverSettings
from pipelines.retrievers.words import BM25RetrieverSettings
from storage.readers.discovery import find_files
from storage.readers.reader import read_all
from storage.readers.results import ReadResult
from storage.readers.settings import FileReaderSettings

RANKS = (1, 3, 5, 10, 20)
BUDGETS = (600, 900, 1200, 1800, 2400)
DEPTH = 50

PARSERS = {
    "sentence": SentenceParserSettings(max_chars=0),
    "chars-200": SentenceParserSettings(max_chars=200),
    "chars-300": SentenceParserSettings(max_chars=300),
    "chars-300-overlap-1": SentenceParserSettings(max_chars=300, overlap_sentences=1),
    "chars-300-overlap-2": SentenceParserSettings(max_chars=300, overlap_sentences=2),
    "chars-300-bare": SentenceParserSettings(max_chars=300, embed_metadata=()),
    "chars-400": SentenceParserSettings(max_chars=400),
    "chars-600": SentenceParserSettings(max_chars=600),
    "window-1": SentenceWindowParserSettings(before=1, after=1),
    "window-2": SentenceWindowParserSettings(before=2, after=2),
}
TOKENIZERS = {
    "": SudachiTokenizerSettings(),
    "-C": SudachiTokenizerSettings(mode="C"),
    "-surface": SudachiTokenizerSettings(form="surface"),
    "-bigram": CharNgramTokenizerSettings(),
}


def fusion(depth: int, *tokenizers: str) -> FusionRetrieverSettings:
    """Dense and BM25 with these tokenizers, each `depth` deep."""
    words = (BM25RetrieverSettings(top_k=depth, tokenizer=TOKENIZERS[n]) for n in tokenizers)
    return FusionRetrieverSettings(
        top_k=DEPTH, children=(DenseRetrieverSettings(top_k=depth), *words)
    )


RETRIEVERS = {
    "dense": DenseRetrieverSettings(top_k=DEPTH),
    **{
        f"bm25{name}": BM25RetrieverSettings(top_k=DEPTH, tokenizer=tokenizer)
        for name, tokenizer in TOKENIZERS.items()
    },
    "fusion-10": fusion(10, ""),
    "fusion-20": fusion(20, ""),
    "fusion-40": fusion(40, ""),
    "fusion-10-bigram": fusion(10, "-bigram"),
    "fusion-10-three": fusion(10, "", "-bigram"),
}
POSTPROCESSORS = {
    "none": (),
    "deduplicate": (DeduplicateSettings(),),
    "window": (SentenceWindowSettings(),),
    "window+deduplicate": (SentenceWindowSettings(), DeduplicateSettings()),
}


@dataclass(frozen=True)
class Question:
    """A question with at least one gold quote."""

    id: str
    text: str
    quotes: list[GoldQuote]
    any_suffices: bool

    @property
    def is_odd(self) -> bool:
        """Whether the number at the end of the id is odd."""
        digits = self.id[len(self.id.rstrip("0123456789")) :]
        return bool(digits) and int(digits) % 2 == 1


def read_documents(folder: Path) -> list[Document]:
    """All readable documents of a folder."""
    outcomes = read_all(find_files([folder]).files, FileReaderSettings())
    return [outcome.document for outcome in outcomes if isinstance(outcome, ReadResult)]


def read_questions(path: Path, documents: Sequence[Document]) -> list[Question]:
    """The questions with evidence; quotes are located in the documents' text."""
    texts = {d.metadata["source"]: FoldedText(d.metadata["source"], d.text) for d in documents}
    return [
        Question(
            row["id"],
            row["question"],
            [texts[piece["source"]].locate(piece["quote"]) for piece in row["evidence"]],
            bool(row.get("evidence_any")),
        )
        for row in _json_lines(path)
        if row["evidence"]
    ]


def read_passages(folder: Path) -> tuple[list[Document], list[Question]]:
    """A retrieval set; every passage of a positive score is relevant."""
    passages = list(_json_lines(folder / "corpus.jsonl"))
    documents = [
        make_document(p["text"], p["_id"], [], **({"title": p["title"]} if p["title"] else {}))
        for p in passages
    ]
    lengths = {p["_id"]: len(p["text"]) for p in passages}
    relevant: dict[str, list[GoldQuote]] = {}
    for line in (folder / "qrels.tsv").read_text("utf-8").splitlines()[1:]:
        query, passage, score = line.split("\t")
        if int(score) > 0:
            gold = GoldQuote(passage, ((0, lengths[passage]),))
            relevant.setdefault(query, []).append(gold)
    queries = next(f for n in ("queries", "questions") if (f := folder / f"{n}.jsonl").is_file())
    questions = [
        Question(row["_id"], row["text"], relevant[row["_id"]], any_suffices=False)
        for row in _json_lines(queries)
        if row["_id"] in relevant
    ]
    return documents, questions


def _json_lines(path: Path) -> Iterator[dict[str, Any]]:
    for line in path.read_text("utf-8").splitlines():
        yield json.loads(line)


def scores(question: Question, nodes: Sequence[NodeWithScore]) -> dict[str, float]:
    """MRR, and `any` and `all` at every rank and budget, of one ranking."""
    spans = [(str(hit.node.metadata["source"]), *span(hit.node)) for hit in nodes]
    ranks = quote_ranks(spans, question.quotes)
    row = {"mrr": reciprocal_rank(ranks, DEPTH)}
    for k in RANKS:
        row |= _found([r is not None and r <= k for r in ranks], question, f"@{k}")
    for budget in BUDGETS:
        within = quote_ranks(_fitting(spans, budget), question.quotes)
        row |= _found([r is not None for r in within], question, f"@{budget} chars")
    return row


def _found(found: Sequence[bool], question: Question, at: str) -> dict[str, float]:
    enough = any(found) if question.any_suffices else all(found)
    return {f"any{at}": float(any(found)), f"all{at}": float(enough)}


def _fitting(spans: Sequence[tuple[str, int, int]], budget: int) -> list[tuple[str, int, int]]:
    taken: list[tuple[str, int, int]] = []
    for source, start, end in spans:
        if end - start <= budget:
            taken.append((source, start, end))
            budget -= end - start
    return taken


def table_row(name: str, half: str, rows: Sequence[Mapping[str, float]]) -> str:
    """One line of the Markdown table: means over questions."""

    def cells(prefix: str, at: Sequence[int], suffix: str = "") -> str:
        return " ".join(f"{fmean(r[f'{prefix}@{k}{suffix}'] for r in rows):.2f}" for k in at)

    return (
        f"| {name} | {half} | {len(rows)} | {fmean(r['mrr'] for r in rows):.2f} "
        f"| {cells('any', RANKS)} | {cells('all', RANKS)} "
        f"| {cells('any', BUDGETS, ' chars')} | {cells('all', BUDGETS, ' chars')} |"
    )


def main() -> None:
    """Print the table, a line as soon as it is known."""
    options = _options()
    if options.passages:
        documents, questions = read_passages(options.passages)
    else:
        documents = read_documents(options.corpora)
        questions = read_questions(options.questions, documents)
    model = EmbeddedE5Settings(kind="embedded_e5").build(home_directory())
    embed_model = CachedEmbedding(model, options.cache)
    ranks, budgets = ("/".join(map(str, at)) for at in (RANKS, BUDGETS))
    print(
        f"| parser ({len(documents)} documents) | half | n | mrr | any@{ranks} | all@{ranks} "
        f"| any@{budgets} chars | all@{budgets} chars |\n|---|---|---|---|---|---|---|---|"
    )
    for parser_name, parser in PARSERS.items():
        if not fnmatch(parser_name, options.parsers):
            continue
        nodes = parser.build()(documents)
        parts = Parts(MemoryCollection(nodes, embed_model), embed_model)
        for retriever_name, settings in RETRIEVERS.items():
            if not fnmatch(retriever_name, options.retrievers):
                continue
            retriever = settings.build(parts)
            found = [retriever.retrieve(question.text) for question in questions]
            for steps_name, steps in POSTPROCESSORS.items():
                if not fnmatch(steps_name, options.postprocessors):
                    continue
                rankings = found
                for step in steps:
                    built = step.build(parts)
                    rankings = [built.postprocess_nodes(ranking) for ranking in rankings]
                rows = [scores(q, r) for q, r in zip(questions, rankings, strict=True)]
                name = f"{parser_name} ({len(nodes)}) {retriever_name} {steps_name}"
                for half, is_odd in (("odd", True), ("even", False)):
                    part = [r for q, r in zip(questions, rows, strict=True) if q.is_odd is is_odd]
                    if part:
                        print(table_row(name, half, part), flush=True)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("corpora", type=Path, nargs="?")
    parser.add_argument("questions", type=Path, nargs="?")
    parser.add_argument("--passages", type=Path)
    for name, menu in (
        ("parsers", PARSERS),
        ("retrievers", RETRIEVERS),
        ("postprocessors", POSTPROCESSORS),
    ):
        parser.add_argument(f"--{name}", default="*", help=f"pattern; of {', '.join(menu)}")
    cache = Path(tempfile.gettempdir()) / "yomitoki-embeddings"
    parser.add_argument("--cache", type=Path, default=cache)
    options = parser.parse_args()
    if not options.passages and not (options.corpora and options.questions):
        parser.error("give CORPORA and QUESTIONS, or --passages FOLDER")
    return options


if __name__ == "__main__":
    main()
