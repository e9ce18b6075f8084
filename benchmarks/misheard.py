"""Searches for terms that a recogniser or a listener misheard, by the terms as they were said.

    python -m benchmarks.misheard FOLDER [--terms TERMS.jsonl] [--cache DIR]
    python -m benchmarks.misheard --pairs PAIRS.jsonl [--every 8]

TERMS.jsonl has {"said", "heard"} a line. A node of FOLDER's documents is relevant if it holds the
heard form (white space left out); nodes that hold the said form are left out of the search for that
term, because finding them is no feat. PAIRS.jsonl has {"said", "misheard"} a line (the mishearing
corpus, CC0): each misheard phrase is a node, and `every`th of the odd lines' said phrases is
searched; from the even ones the scores of sounds were learnt. Prints the hit rate at 5 and 10 and
the mean reciprocal rank at 10 of every way.
"""

from __future__ import annotations

import argparse
import json
import re
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

from llama_index.core.schema import NodeWithScore, TextNode

from benchmarks.memory_collection import CachedEmbedding, MemoryCollection
from evals.metrics.reciprocal_rank import reciprocal_rank
from pipelines.config import load_config
from pipelines.home import home_directory
from pipelines.japanese.tokens import CharNgramTokenizerSettings
from pipelines.node_parsers.sentence import SentenceParserSettings
from pipelines.parts import Parts
from pipelines.retrievers.dense import DenseRetrieverSettings
from pipelines.retrievers.fusion import FusionRetrieverSettings
from pipelines.retrievers.phonetic import PhoneticRetrieverSettings
from pipelines.retrievers.words import BM25RetrieverSettings
from storage.readers.discovery import find_files
from storage.readers.reader import read_all
from storage.readers.results import ReadResult
from storage.readers.settings import FileReaderSettings

DEPTH = 200
CUTOFFS = (5, 10)
OURS = Path(__file__).resolve().parent.parent / "configs" / "ladder" / "6_ours.yaml"


@dataclass(frozen=True)
class Case:
    """What was said, the nodes that hold what was heard of it, and those that don't count."""

    said: str
    relevant: frozenset[str]
    left_out: frozenset[str] = frozenset()


def squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text)


def rank(found: Sequence[NodeWithScore], case: Case) -> int | None:
    """The 1-based rank of the first relevant node among those that count."""
    counting = [hit.node.node_id for hit in found if hit.node.node_id not in case.left_out]
    return next((i for i, node_id in enumerate(counting, 1) if node_id in case.relevant), None)


def cases_of_terms(nodes: Sequence[TextNode], terms: Path) -> list[Case]:
    """The terms of which some node holds the heard form without the said one."""
    texts = {node.node_id: squeezed(node.get_content()) for node in nodes}
    cases = []
    for line in map(json.loads, terms.read_text("utf-8").splitlines()):
        said, heard = line["said"], line["heard"]
        left_out = frozenset(i for i, text in texts.items() if said.lower() in text.lower())
        relevant = frozenset(i for i, text in texts.items() if heard in text) - left_out
        if relevant:
            cases.append(Case(said, relevant, left_out))
    return cases


def cases_of_pairs(pairs: Path, every: int) -> tuple[list[TextNode], list[Case]]:
    """Every misheard phrase as a node, and some odd lines' said phrases, each with its own node."""
    lines = [json.loads(line) for line in pairs.read_text("utf-8").splitlines()]
    nodes = [TextNode(id_=str(i), text=line["misheard"]) for i, line in enumerate(lines)]
    asked = list(range(1, len(lines), 2))[::every]
    return nodes, [Case(lines[i]["said"], frozenset({str(i)})) for i in asked]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument(
        "--terms", type=Path, default=Path(__file__).with_name("misheard_terms.jsonl")
    )
    parser.add_argument("--pairs", type=Path)
    parser.add_argument("--every", type=int, default=8)
    parser.add_argument("--cache", type=Path, default=Path(tempfile.gettempdir()) / "embeddings")
    arguments = parser.parse_args()
    if bool(arguments.folder) == bool(arguments.pairs):
        parser.error("give either FOLDER or --pairs PAIRS.jsonl")
    if arguments.pairs:
        nodes, cases = cases_of_pairs(arguments.pairs, arguments.every)
    else:
        reads = read_all(find_files([arguments.folder]).files, FileReaderSettings())
        documents = [read.document for read in reads if isinstance(read, ReadResult)]
        nodes = [n for n in SentenceParserSettings().build()(documents) if isinstance(n, TextNode)]
        cases = cases_of_terms(nodes, arguments.terms)
    embed_model = CachedEmbedding(load_config().embedding.build(home_directory()), arguments.cache)
    parts = Parts(MemoryCollection(nodes, embed_model), embed_model)  # type: ignore[arg-type]
    words = BM25RetrieverSettings(top_k=DEPTH)
    dense = DenseRetrieverSettings(top_k=DEPTH)
    sound = PhoneticRetrieverSettings(top_k=DEPTH)
    ways = {
        "bm25, words": words,
        "bm25, character pairs": BM25RetrieverSettings(
            top_k=DEPTH, tokenizer=CharNgramTokenizerSettings(n=2)
        ),
        "dense": dense,
        "phonetic": sound,
        "the default": load_config().retriever,
        "three votes": FusionRetrieverSettings(top_k=DEPTH, children=(dense, words, sound)),
        "configs/ladder/6_ours.yaml": load_config(OURS).retriever,
    }
    print(f"{len(cases)} misheard terms, {len(nodes)} nodes\n")
    print("| retriever | hit_rate@5 | hit_rate@10 | mrr@10 |")
    print("|---|---|---|---|")
    missed = {}
    for name, settings in ways.items():
        retriever = settings.build(parts)
        ranks = [rank(retriever.retrieve(case.said), case) for case in cases]
        rates = [fmean(found is not None and found <= k for found in ranks) for k in CUTOFFS]
        mrr = fmean(reciprocal_rank([found], 10) for found in ranks)
        print(f"| {name} | {rates[0]:.2f} | {rates[1]:.2f} | {mrr:.2f} |")
        missed[name] = [
            case.said for case, at in zip(cases, ranks, strict=True) if at is None or at > 5
        ]
    for name, terms in missed.items():
        print(f"\nNot in the first 5, {name}: {', '.join(terms)}")


if __name__ == "__main__":
    main()
