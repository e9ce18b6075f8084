"""Retrieval in collections of 1,000 to 100,000 nodes: building, size, opening, seconds a query.

    python -m benchmarks.scale FOLDER [--nodes 1000,10000,100000] [--queries 50] [--plot scale.svg]

The folder's nodes are repeated and varied (half of one node with half of another and a number)
until there are enough, and stored in a real collection with made-up vectors, so that
no embedding model takes part: `fusion` is that of dense, bm25 and phonetic search without the
embedding of the question. Beside them in the same run: rank_bm25 over the same tokens, and
LlamaIndex's own BM25Retriever over the same nodes where llama-index-retrievers-bm25 is installed.
Questions are the middles of nodes. Opening is a new process that opens the collection and answers
one question by words.
"""

from __future__ import annotations

import argparse
import importlib.util
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from llama_index.core.schema import QueryBundle, TextNode

from benchmarks.retrieval_recall import read_documents
from benchmarks.synthetic_corpus import (
    ClusteredEmbedding,
    SentenceLineParser,
    clustered_vector,
    identity,
    read_result,
)
from pipelines.node_parsers.sentence import SentenceParserSettings
from pipelines.parts import Parts
from pipelines.retrievers.dense import DenseRetrieverSettings
from pipelines.retrievers.fusion import FusionRetrieverSettings
from pipelines.retrievers.phonetic import PhoneticRetrieverSettings
from pipelines.retrievers.words import BM25RetrieverSettings, TfidfRetrieverSettings
from storage.collection import Collection
from storage.ingestion import ingest

NODES_A_DOCUMENT = 500
SETTINGS = {
    "bm25": BM25RetrieverSettings(top_k=10),
    "tfidf": TfidfRetrieverSettings(top_k=10),
    "phonetic": PhoneticRetrieverSettings(top_k=10),
    "dense": DenseRetrieverSettings(top_k=10),
}
OPEN = """
import sys, time
started = time.perf_counter()
from pathlib import Path
from pipelines.parts import Parts
from pipelines.retrievers.words import BM25RetrieverSettings
from storage.collection import Collection
imported = time.perf_counter()
with Collection(Path(sys.argv[1]), "scale") as collection:
    BM25RetrieverSettings(top_k=10).build(Parts(collection)).retrieve(sys.argv[2])
import psutil
print(time.perf_counter() - imported, psutil.Process().memory_info().rss / 2**20)
"""


def varied(texts: Sequence[str], count: int, seed: int = 0) -> list[str]:
    """`count` different texts, the given ones first; each is a line."""
    chance = random.Random(seed)
    flat = [" ".join(text.split()) for text in texts]
    found = flat[:count]
    while len(found) < count:
        one, other = chance.choice(flat), chance.choice(flat)
        found.append(f"{one[: len(one) // 2]}{other[len(other) // 2 :]} {len(found)}。")
    return found


def timed(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def spread(seconds: Sequence[float]) -> str:
    """p50 and p95, in milliseconds."""
    return f"{1000 * median(seconds):.1f} / {1000 * quantiles(seconds, n=20)[-1]:.1f} ms"


def megabytes(folder: Path) -> float:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6


def measure(lines: list[str], queries: list[str], home: Path) -> list[tuple[str, str, str, float]]:
    """(what, built in, size, p50 and p95; median in seconds) of each index over the lines."""
    documents = [
        read_result(f"{start:06d}.txt", "\n".join(lines[start : start + NODES_A_DOCUMENT]))
        for start in range(0, len(lines), NODES_A_DOCUMENT)
    ]
    stored = timed(
        lambda: ingest(
            documents,
            home=home,
            name="scale",
            identity=identity(),
            node_parser=SentenceLineParser(),
            embed_model=ClusteredEmbedding(),
        )
    )
    rows = []
    with Collection(home, "scale") as collection:
        parts = Parts(collection, ClusteredEmbedding())
        (generation,) = [p for p in (home / "collections").glob("*/g*") if p.is_dir()]
        bundles = [QueryBundle(query, embedding=clustered_vector(query)) for query in queries]
        for name, settings in SETTINGS.items():
            retriever = settings.build(parts)
            before = megabytes(generation)
            built = timed(lambda: retriever.retrieve(bundles[0]))  # noqa: B023
            size = megabytes(generation) - before
            if name == "dense":
                built, size = (
                    stored,
                    sum(megabytes(folder) for folder in generation.glob("chroma-*")),
                )
            seconds = [timed(lambda: retriever.retrieve(bundle)) for bundle in bundles]  # noqa: B023
            rows.append((name, f"{built:.1f} s", f"{size:.0f} MB", seconds))
        everything = FusionRetrieverSettings(
            children=tuple(SETTINGS[name] for name in ("dense", "bm25", "phonetic"))
        ).build(parts)
        two = FusionRetrieverSettings(
            children=tuple(SETTINGS[name] for name in ("dense", "bm25"))
        ).build(parts)
        for name, retriever in (
            ("fusion of dense and bm25", two),
            ("fusion with phonetic", everything),
        ):
            seconds = [timed(lambda: retriever.retrieve(bundle)) for bundle in bundles]  # noqa: B023
            rows.append((name, "", "", seconds))
    rows.extend(peers(lines, queries))
    return [(name, built, size, spread(s), median(s)) for name, built, size, s in rows]  # type: ignore[misc]


def peers(lines: list[str], queries: list[str]) -> list[tuple[str, str, str, list[float]]]:
    """The same rows for other people's BM25, over the same tokens where they take them."""
    from rank_bm25 import BM25Okapi

    tokenizer = BM25RetrieverSettings().tokenizer.build()
    rows = []
    held: list[Any] = []
    built = timed(lambda: held.append(BM25Okapi(tokenizer.tokenize_many(lines))))
    few = queries[:10]
    seconds = [timed(lambda: held[0].get_scores(tokenizer.tokenize(q))) for q in few]  # noqa: B023
    rows.append(("rank_bm25", f"{built:.1f} s", "in memory", seconds))
    if importlib.util.find_spec("llama_index.retrievers"):
        from llama_index.retrievers.bm25 import BM25Retriever

        nodes = [TextNode(text=line) for line in lines]
        built = timed(
            lambda: held.append(BM25Retriever.from_defaults(nodes=nodes, similarity_top_k=10))
        )
        seconds = [timed(lambda: held[-1].retrieve(q)) for q in few]  # noqa: B023
        rows.append(("LlamaIndex BM25Retriever", f"{built:.1f} s", "in memory", seconds))
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--nodes", default="1000,10000,100000")
    parser.add_argument("--queries", type=int, default=50)
    parser.add_argument("--plot", type=Path, help="an SVG of the medians against the nodes")
    options = parser.parse_args()
    documents = read_documents(options.folder)
    texts = [node.get_content() for node in SentenceParserSettings().build()(documents)]
    step = max(1, len(texts) // options.queries)
    queries = [t[len(t) // 3 : len(t) // 3 + 30] for t in texts[::step]][: options.queries]
    growth: dict[str, list[tuple[int, float]]] = {}
    for count in map(int, options.nodes.split(",")):
        lines = varied(texts, count)
        with tempfile.TemporaryDirectory() as home:
            rows = measure(lines, queries, Path(home))
            opened = subprocess.run(
                [sys.executable, "-c", OPEN, home, queries[0]],
                capture_output=True,
                text=True,
                check=True,
            )
        seconds, mebibytes = map(float, opened.stdout.split())
        print(f"\n{count} nodes: opening to the first hit {seconds:.2f} s, {mebibytes:.0f} MiB\n")
        print("| search | built in | on disk | a query, p50 / p95 |\n|---|---|---|---|")
        for name, built, size, shown, middle in rows:
            print(f"| {name} | {built} | {size} | {shown} |", flush=True)
            growth.setdefault(name, []).append((count, middle))
    if options.plot:
        options.plot.write_text(plot(growth), encoding="utf-8")


def plot(growth: dict[str, list[tuple[int, float]]]) -> str:
    """Medians in milliseconds against nodes, both logarithmic, as an SVG."""
    import math

    width, height, left, bottom = 760, 420, 70, 40
    points = [point for line in growth.values() for point in line]
    low_x, high_x = (math.log10(f(n for n, _ in points)) for f in (min, max))
    low_y, high_y = (math.log10(f(1000 * s for _, s in points)) for f in (min, max))

    def place(nodes: int, seconds: float) -> tuple[float, float]:
        across = (math.log10(nodes) - low_x) / max(high_x - low_x, 1e-9)
        up = (math.log10(1000 * seconds) - low_y) / max(high_y - low_y, 1e-9)
        return left + across * (width - left - 190), height - bottom - up * (height - bottom - 20)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        'font-family="sans-serif" font-size="12"><rect width="100%" height="100%" fill="white"/>'
    ]
    for power in range(math.floor(low_y), math.ceil(high_y) + 1):
        if low_y <= power <= high_y:
            y = place(points[0][0], 10**power / 1000)[1]
            parts.append(
                f'<line x1="{left}" x2="{width - 190}" y1="{y:.0f}" y2="{y:.0f}" '
                f'stroke="#ddd"/><text x="10" y="{y + 4:.0f}">{10**power:g} ms</text>'
            )
    for nodes in sorted({n for n, _ in points}):
        x = place(nodes, points[0][1])[0]
        parts.append(f'<text x="{x - 20:.0f}" y="{height - 12}">{nodes:,} nodes</text>')
    colours = ("#1f77b4", "#ff7f0e", "#2ca02c", "#d62728", "#9467bd", "#8c564b", "#e377c2", "#777")
    for (name, line), colour in zip(growth.items(), colours, strict=False):
        path = " ".join("{:.0f},{:.0f}".format(*place(*point)) for point in line)
        x, y = place(*line[-1])
        parts.append(
            f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>'
            f'<text x="{x + 6:.0f}" y="{y + 4:.0f}" fill="{colour}">{name}</text>'
        )
    return "\n".join([*parts, "</svg>\n"])


if __name__ == "__main__":
    main()
