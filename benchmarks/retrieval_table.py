"""Every retriever on several sets of questions: recall@5, recall@10, mrr@10 and ndcg@10.

    python -m benchmarks.retrieval_table --questions CORPORA QUESTIONS.jsonl
    python -m benchmarks.retrieval_table --passages ../shared/data/niilc

The first form takes a folder of documents and questions with evidence quotes (a quote counts as
found when the nodes cover 80 % of it), the second a retrieval set (corpus.jsonl, queries.jsonl or
questions.jsonl, qrels.tsv), whose nodes stand for their passage, the best of them for its rank.
Beside each mean stands its difference to the default's ndcg@10 on the same questions, with a paired
bootstrap interval (95 %, seed 0) and a verdict.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence
from pathlib import Path
from statistics import fmean

from llama_index.core.schema import Document, NodeWithScore

from benchmarks.intervals import verdict
from benchmarks.memory_collection import CachedEmbedding, MemoryCollection
from benchmarks.retrieval_recall import Question, read_documents, read_passages, read_questions
from evals.metrics.found_ranks import any_of, id_ranks
from evals.metrics.gold_quote import quote_ranks
from evals.metrics.ndcg import ndcg
from evals.metrics.recall import recall
from evals.metrics.reciprocal_rank import reciprocal_rank
from pipelines.component import ComponentSettings
from pipelines.config import load_config
from pipelines.document import span
from pipelines.home import home_directory
from pipelines.japanese.tokens import CharNgramTokenizerSettings
from pipelines.node_parsers.sentence import SentenceParserSettings
from pipelines.parts import Parts
from pipelines.retrievers.dense import DenseRetrieverSettings
from pipelines.retrievers.fusion import FusionRetrieverSettings
from pipelines.retrievers.phonetic import PhoneticRetrieverSettings
from pipelines.retrievers.widening import widened
from pipelines.retrievers.words import BM25RetrieverSettings, TfidfRetrieverSettings

DEPTH = 50
DEFAULT = "fusion of dense and bm25 (default)"
SEED = 0

DENSE, WORDS = DenseRetrieverSettings(top_k=10), BM25RetrieverSettings(top_k=10)
SOUND = PhoneticRetrieverSettings(top_k=10)
OURS = Path(__file__).resolve().parent.parent / "configs" / "ladder" / "6_ours.yaml"
RETRIEVERS: dict[str, ComponentSettings] = {
    "dense": widened(DENSE, DEPTH),
    "bm25": widened(WORDS, DEPTH),
    "bm25, character pairs": BM25RetrieverSettings(
        top_k=DEPTH, tokenizer=CharNgramTokenizerSettings()
    ),
    "tfidf": TfidfRetrieverSettings(top_k=DEPTH),
    "phonetic": widened(SOUND, DEPTH),
    DEFAULT: FusionRetrieverSettings(top_k=DEPTH, children=(DENSE, WORDS)),
    "the same, min_max": FusionRetrieverSettings(
        top_k=DEPTH, children=(DENSE, WORDS), combine="min_max"
    ),
    "the same, zscore": FusionRetrieverSettings(
        top_k=DEPTH, children=(DENSE, WORDS), combine="zscore"
    ),
    "phonetic as a third vote, weight .5": FusionRetrieverSettings(
        top_k=DEPTH, children=(DENSE, WORDS, SOUND), weights=(1.0, 1.0, 0.5)
    ),
    "configs/ladder/6_ours.yaml": load_config(OURS).retriever,
}


def ranks_of(question: Question, hits: Sequence[NodeWithScore], passages: bool) -> list[int | None]:
    """The 1-based rank of each quote or relevant passage; None where it was not found."""
    if not passages:
        spans = [(str(hit.node.metadata["source"]), *span(hit.node)) for hit in hits]
        return list(quote_ranks(spans, question.quotes))
    order = list(dict.fromkeys(str(hit.node.metadata["source"]) for hit in hits))
    return id_ranks(order, [quote.source for quote in question.quotes])


def row_of(ranks: Sequence[int | None], any_suffices: bool) -> dict[str, float]:
    """recall@5, recall@10, mrr@10 and ndcg@10 of one question."""
    wanted = any_of(ranks) if any_suffices else ranks
    row = {f"recall@{k}": recall(wanted, k) for k in (5, 10)}
    return row | {"mrr@10": reciprocal_rank(wanted, 10), "ndcg@10": ndcg(wanted, 10)}


def _thinned(
    documents: Sequence[Document], questions: Sequence[Question], others: int
) -> list[Document]:
    """All relevant passages and so many of the others, in their order."""
    relevant = {quote.source for question in questions for quote in question.quotes}
    rest = [d for d in documents if d.metadata["source"] not in relevant]
    step = max(1.0, len(rest) / max(1, others))
    kept = {rest[int(place * step)].metadata["source"] for place in range(min(others, len(rest)))}
    return [d for d in documents if d.metadata["source"] in relevant | kept]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--questions", type=Path, nargs=2, metavar=("CORPORA", "QUESTIONS"))
    parser.add_argument("--passages", type=Path)
    parser.add_argument("--limit", type=int, help="at most so many questions, spread evenly")
    parser.add_argument(
        "--half",
        choices=("held-out", "chosen-on"),
        help="every second question alone: 6_ours.yaml was chosen on the second, fourth, …",
    )
    parser.add_argument(
        "--others",
        type=int,
        help="at most so many passages, spread evenly, that are relevant to no question",
    )
    parser.add_argument("--max-chars", type=int, default=300, help="a node's characters at most")
    cache = Path(tempfile.gettempdir()) / "yomitoki-embeddings"
    parser.add_argument("--cache", type=Path, default=cache)
    options = parser.parse_args()
    if bool(options.questions) == bool(options.passages):
        parser.error("give either --questions CORPORA QUESTIONS or --passages FOLDER")
    if options.passages:
        documents, questions = read_passages(options.passages)
        if options.others is not None:
            documents = _thinned(documents, questions, options.others)
    else:
        documents = read_documents(options.questions[0])
        questions = read_questions(options.questions[1], documents)
    if options.half:
        questions = questions[0 if options.half == "held-out" else 1 :: 2]
    if options.limit and len(questions) > options.limit:
        step = len(questions) / options.limit
        questions = [questions[int(i * step)] for i in range(options.limit)]
    embed_model = CachedEmbedding(load_config().embedding.build(home_directory()), options.cache)
    nodes = SentenceParserSettings(max_chars=options.max_chars).build()(documents)
    parts = Parts(MemoryCollection(nodes, embed_model), embed_model)  # type: ignore[arg-type]
    rows: dict[str, list[dict[str, float]]] = {}
    for name, settings in RETRIEVERS.items():
        retriever = settings.build(parts)  # type: ignore[attr-defined]
        rows[name] = [
            row_of(ranks_of(q, retriever.retrieve(q.text), bool(options.passages)), q.any_suffices)
            for q in questions
        ]
    print(f"{len(questions)} questions, {len(documents)} documents, {len(nodes)} nodes\n")
    columns = list(next(iter(rows.values()))[0])
    print(f"| retriever | {' | '.join(columns)} | ndcg@10 against the default |")
    print("|---|" + "---|" * (len(columns) + 1))
    base = [row["ndcg@10"] for row in rows[DEFAULT]]
    for name, scored in rows.items():
        means = " | ".join(f"{fmean(row[column] for row in scored):.3f}" for column in columns)
        said = ""
        if name != DEFAULT:
            gains = [row["ndcg@10"] - mine for row, mine in zip(scored, base, strict=True)]
            said = verdict(gains, SEED)
        print(f"| {name} | {means} | {said} |")


if __name__ == "__main__":
    main()
