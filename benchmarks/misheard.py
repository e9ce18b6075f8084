"""Searches a transcript for terms that the recogniser misheard, by the terms as they were said.

    python -m benchmarks.misheard FOLDER [--terms TERMS.jsonl] [--cache DIR]

TERMS.jsonl has {"said", "heard"} a line. A node is relevant if it holds the heard form (white space
left out); nodes that hold the said form are left out of the search for that term, because finding
them is no feat. Prints the hit rate at 5 and 10 and the mean reciprocal rank at 10 of every way.
"""

from __future__ import annotations

import argparse
import json
import re
import tempfile
from pathlib import Path

from llama_index.core.schema import NodeWithScore, TextNode

from benchmarks.memory_collection import CachedEmbedding, MemoryCollection
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


def squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text)


def ranks(found: list[NodeWithScore], said: str, heard: str) -> int | None:
    """The 1-based rank of the first node with the heard form, among those without the said one."""
    rank = 0
    for hit in found:
        text = squeezed(hit.node.get_content())
        if said.lower() in text.lower():
            continue
        rank += 1
        if heard in text:
            return rank
    return None


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument(
        "--terms", type=Path, default=Path(__file__).with_name("misheard_terms.jsonl")
    )
    parser.add_argument("--cache", type=Path, default=Path(tempfile.gettempdir()) / "embeddings")
    arguments = parser.parse_args()
    reads = read_all(find_files([arguments.folder]).files, FileReaderSettings())
    documents = [read.document for read in reads if isinstance(read, ReadResult)]
    nodes = SentenceParserSettings().build()(documents)
    assert all(isinstance(node, TextNode) for node in nodes)
    texts = [squeezed(node.get_content()) for node in nodes]
    lines = arguments.terms.read_text("utf-8").splitlines()
    terms = [(line["said"], line["heard"]) for line in map(json.loads, lines)]
    usable = [
        (said, heard)
        for said, heard in terms
        if any(heard in text and said.lower() not in text.lower() for text in texts)
    ]
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
    print(f"{len(usable)} misheard terms, {len(nodes)} nodes\n")
    print("| retriever | hit_rate@5 | hit_rate@10 | mrr@10 | not in the first 5 |")
    print("|---|---|---|---|---|")
    for name, settings in ways.items():
        retriever = settings.build(parts)
        found = {term: ranks(retriever.retrieve(term[0]), *term) for term in usable}
        rates = [
            sum(rank is not None and rank <= k for rank in found.values()) / len(usable)
            for k in CUTOFFS
        ]
        mrr = sum(1 / rank for rank in found.values() if rank and rank <= 10) / len(usable)
        missed = [said for (said, _), rank in found.items() if rank is None or rank > 5]
        print(f"| {name} | {rates[0]:.2f} | {rates[1]:.2f} | {mrr:.2f} | {', '.join(missed)} |")


if __name__ == "__main__":
    main()
